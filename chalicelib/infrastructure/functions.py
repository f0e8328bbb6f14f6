"""What is changed of the functions that Chalice generates: names, sizes, what each is told, how queues call it."""

from dataclasses import dataclass
from typing import Any

from .parameters import HAS_RESERVED, HAS_WARM, if_given, public_url
from .queues import CONSUMER_TIMEOUT_SECONDS

RUNTIME = "python3.13"  # Chalice would take the version of the Python that packages
ARCHITECTURE = "arm64"
LOGS_KEPT_DAYS = 30
ALIAS = "live"
EVENTS_FUNCTION = "Ingest"
EVENTS_ALIAS = f"{EVENTS_FUNCTION}.Alias"  # as SAM calls it
TOLD: dict[str, Any] = {
    "PUBLIC_URL": public_url(),
    "JWT_SECRET_ARN": {"Fn::GetAtt": ["SigningKey", "Id"]},
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
    """A function as Chalice names it, and what it needs. `told` are the environment variables it is given; `most` is
    the parameter that says how many of it a queue may have at work at once."""

    logical_id: str
    name: str
    memory_mb: int
    timeout_seconds: int
    told: tuple[str, ...] = ()
    queue: str | None = None
    batch_size: int = 1
    most: str = ""


FUNCTIONS = (
    Function(
        "APIHandler",
        "api",
        memory_mb=1024,  # argon2 wants the CPU that comes with memory
        timeout_seconds=29,  # API Gateway waits no longer
        told=(
            "PUBLIC_URL",
            "JWT_SECRET_ARN",
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
        EVENTS_FUNCTION,
        "ingest",
        memory_mb=512,  # it mostly waits, and hashes no passwords
        timeout_seconds=29,
        told=("PUBLIC_URL", "KMS_KEY_ID", "EVENTS_QUEUE_URL", "TRUSTED_PROXIES"),
    ),
    Function(
        "Process",
        "process",
        512,
        CONSUMER_TIMEOUT_SECONDS,
        told=("EVENTS_BUCKET", "EVENTS_DEAD_LETTER_QUEUE_URL", "DELIVERIES_QUEUE_URL"),
        queue="EventsQueue",
        batch_size=10,
        most="ProcessConcurrency",
    ),
    Function(
        "Deliver",
        "deliver",
        512,
        CONSUMER_TIMEOUT_SECONDS,
        told=("EVENTS_BUCKET", "DELIVERIES_QUEUE_URL", "DELIVER_TO_PRIVATE_ADDRESSES"),
        queue="DeliveriesQueue",
        most="DeliverConcurrency",
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
            **_concurrency(function),
        },
    }


def _trigger(function: Function) -> dict[str, Any]:
    """Chalice cannot say that a consumer reports the messages that failed; without it those would be deleted."""
    if function.queue is None:
        return {}
    event: dict[str, Any] = {
        "Properties": {
            "Queue": {"Fn::Sub": f"${{{function.queue}.Arn}}"},  # Fn::Sub, to take the place of Chalice's own
            "BatchSize": function.batch_size,
            "FunctionResponseTypes": ["ReportBatchItemFailures"],
        }
    }
    if function.most:
        event["Properties"]["ScalingConfig"] = {"MaximumConcurrency": {"Ref": function.most}}
    return {"Events": {f"{function.logical_id}SqsEventSource": event}}


def _concurrency(function: Function) -> dict[str, Any]:
    """What the function has for itself: the API a part of the account's concurrency, so that no flood of events keeps
    people from the console; the entrances for events some that are always warm, if the operator pays for them.

    An alias, because only a version can be kept warm, and what a gateway calls without one is no version.
    """
    if function.logical_id == "APIHandler":
        return {"ReservedConcurrentExecutions": if_given(HAS_RESERVED, {"Ref": "ApiConcurrency"})}
    if function.logical_id == EVENTS_FUNCTION:
        warm = {"ProvisionedConcurrentExecutions": {"Ref": "WarmIngest"}}
        return {
            "AutoPublishAlias": ALIAS,
            "AutoPublishAliasAllProperties": True,
            "ProvisionedConcurrencyConfig": if_given(HAS_WARM, warm),
        }
    return {}


def _log_group(function: Function, prefix: str) -> dict[str, Any]:
    return {
        "Type": "AWS::Logs::LogGroup",
        "Properties": {
            "LogGroupName": f"/aws/lambda/{function_name(function, prefix)}",
            "RetentionInDays": LOGS_KEPT_DAYS,
        },
    }
