"""What is changed of the functions that Chalice generates: names, sizes, what each is told, how queues call it."""

from dataclasses import dataclass
from typing import Any

from .parameters import public_url
from .queues import CONSUMER_TIMEOUT_SECONDS

RUNTIME = "python3.13"  # Chalice would take the version of the Python that packages
ARCHITECTURE = "arm64"
LOGS_KEPT_DAYS = 30
TOLD: dict[str, Any] = {
    "PUBLIC_URL": public_url(),
    "JWT_SECRET": {"Ref": "JwtSecret"},
    "JWT_SECRET_PREVIOUS": {"Ref": "JwtSecretPrevious"},
    "COLLECTOR_BUCKET": {"Ref": "CollectorBucket"},
    "CDN_DISTRIBUTION_ID": {"Ref": "CollectorDistribution"},
    "KMS_KEY_ID": {"Fn::GetAtt": ["SecretsKey", "Arn"]},
    "EVENTS_QUEUE_URL": {"Ref": "EventsQueue"},
    "BUILDS_QUEUE_URL": {"Ref": "BuildsQueue"},
    "DELIVERIES_QUEUE_URL": {"Ref": "DeliveriesQueue"},
    "EVENTS_DEAD_LETTER_QUEUE_URL": {"Ref": "EventsDeadLetterQueue"},
    "EVENTS_BUCKET": {"Ref": "EventsBucket"},
    "TRUSTED_PROXIES": "1",  # CloudFront
    "DELIVER_TO_PRIVATE_ADDRESSES": {"Ref": "DeliverToPrivateAddresses"},
    "CERTIFICATE_ARN": {"Ref": "CertificateArn"},
}


@dataclass(frozen=True, slots=True)
class Function:
    """A function as Chalice names it, and what it needs. `told` are the environment variables it is given."""

    logical_id: str
    name: str
    memory_mb: int
    timeout_seconds: int
    told: tuple[str, ...] = ()
    queue: str | None = None
    batch_size: int = 1


FUNCTIONS = (
    Function(
        "APIHandler",
        "api",
        memory_mb=1024,  # argon2 wants the CPU that comes with memory
        timeout_seconds=29,  # API Gateway waits no longer
        told=(
            "PUBLIC_URL",
            "JWT_SECRET",
            "JWT_SECRET_PREVIOUS",
            "COLLECTOR_BUCKET",
            "KMS_KEY_ID",
            "EVENTS_QUEUE_URL",
            "BUILDS_QUEUE_URL",
            "DELIVERIES_QUEUE_URL",
            "EVENTS_BUCKET",
            "TRUSTED_PROXIES",
            "DELIVER_TO_PRIVATE_ADDRESSES",
        ),
    ),
    Function(
        "Process",
        "process",
        512,
        CONSUMER_TIMEOUT_SECONDS,
        told=("EVENTS_BUCKET", "EVENTS_DEAD_LETTER_QUEUE_URL", "DELIVERIES_QUEUE_URL"),
        queue="EventsQueue",
        batch_size=10,
    ),
    Function(
        "Deliver",
        "deliver",
        512,
        CONSUMER_TIMEOUT_SECONDS,
        told=("EVENTS_BUCKET", "DELIVERIES_QUEUE_URL", "DELIVER_TO_PRIVATE_ADDRESSES"),
        queue="DeliveriesQueue",
    ),
    Function(
        "Build",
        "build",
        1024,
        CONSUMER_TIMEOUT_SECONDS,
        told=("PUBLIC_URL", "COLLECTOR_BUCKET", "CDN_DISTRIBUTION_ID"),
        queue="BuildsQueue",
    ),
    Function("Cleanup", "cleanup", 512, timeout_seconds=300, told=("CERTIFICATE_ARN",)),
)


def functions(stage: str, prefix: str) -> dict[str, Any]:
    """The changes to Chalice's functions, and their log groups; names start with `prefix`."""
    changes = {each.logical_id: _function(each, stage, prefix) for each in FUNCTIONS}
    return changes | {log_group_id(each): _log_group(each, prefix) for each in FUNCTIONS}


def function_name(function: Function, prefix: str) -> str:
    """The name at Lambda. It is fixed, so that the API can name the function without depending on it."""
    return prefix + function.name


def log_group_id(function: Function) -> str:
    """The logical id of the function's log group."""
    return f"{function.name.capitalize()}LogGroup"


def _function(function: Function, stage: str, prefix: str) -> dict[str, Any]:
    told = {"STAGE": stage} | {name: TOLD[name] for name in function.told}
    return {
        "Type": "AWS::Serverless::Function",
        "Properties": {
            "FunctionName": function_name(function, prefix),
            "Runtime": RUNTIME,
            "Architectures": [ARCHITECTURE],
            "MemorySize": function.memory_mb,
            "Timeout": function.timeout_seconds,
            "Environment": {"Variables": told},
            "LoggingConfig": {"LogGroup": {"Ref": log_group_id(function)}},
            **_trigger(function),
        },
    }


def _trigger(function: Function) -> dict[str, Any]:
    """Chalice cannot say that a consumer reports the messages that failed; without it those would be deleted."""
    if function.queue is None:
        return {}
    event = {
        "Properties": {
            "Queue": {"Fn::Sub": f"${{{function.queue}.Arn}}"},  # Fn::Sub, to take the place of Chalice's own
            "BatchSize": function.batch_size,
            "FunctionResponseTypes": ["ReportBatchItemFailures"],
        }
    }
    return {"Events": {f"{function.logical_id}SqsEventSource": event}}


def _log_group(function: Function, prefix: str) -> dict[str, Any]:
    return {
        "Type": "AWS::Logs::LogGroup",
        "Properties": {
            "LogGroupName": f"/aws/lambda/{function_name(function, prefix)}",
            "RetentionInDays": LOGS_KEPT_DAYS,
        },
    }
