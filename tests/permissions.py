"""IAM in tests: while a function of the product runs here, it may call AWS only as the policy allows that it is
deployed with; and a whole run fails when there are permissions that nothing needed.

What is checked is each call that botocore makes: its action, and the table, index, queue, object or key.
"""

import functools
import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, NamedTuple

from botocore.client import BaseClient
from botocore.exceptions import ClientError

from chalicelib.infrastructure.resources import template
from local.gateway import Gateway, RestApi

CHALICE = Path(__file__).resolve().parents[1] / ".chalice"
CONFIG = json.loads((CHALICE / "config.json").read_text(encoding="utf-8"))


def _policy(file: str) -> dict[str, Any]:
    """The policy with all that it grants, also what is granted on a condition."""
    policy = json.loads((CHALICE / file).read_text(encoding="utf-8"))
    statements = [each["Fn::If"][1] if "Fn::If" in each else each for each in policy["Statement"]]
    return policy | {"Statement": statements}


POLICIES = {function: _policy(said["iam_policy_file"]) for function, said in CONFIG["lambda_functions"].items()}
# Needed by Lambda itself, or to be told that an object is missing instead of that it is forbidden: by no call of ours.
OF_NO_CALL = (
    *("logs:CreateLogStream", "logs:PutLogEvents"),
    *("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"),
    "s3:ListBucket",
)
# Operations whose action has another name.
ACTIONS = {
    "sqs:SendMessageBatch": "sqs:SendMessage",
    "s3:HeadObject": "s3:GetObject",
    "s3:ListObjectsV2": "s3:ListBucket",
    "dynamodb:TransactGetItems": "dynamodb:GetItem",
}
IN_TRANSACTIONS = {
    "Put": "dynamodb:PutItem",
    "Update": "dynamodb:UpdateItem",
    "Delete": "dynamodb:DeleteItem",
    "ConditionCheck": "dynamodb:ConditionCheckItem",
}
RESOURCES = template()["Resources"]
TABLES = {
    each["Properties"]["TableName"]: name for name, each in RESOURCES.items() if each["Type"] == "AWS::DynamoDB::Table"
}


class Grant(NamedTuple):
    """One action on one resource that a function's policy allows."""

    function: str
    action: str
    resource: str  # such as `PipelinesTable`, `PipelineListTable/index/changed` or `EventsBucket/pipeline=*`


def _grants() -> Iterator[Grant]:
    for function, policy in POLICIES.items():
        for statement in policy["Statement"]:
            for action in statement["Action"]:
                for resource in statement["Resource"]:
                    yield Grant(function, action, _name(resource))


def _name(resource: dict[str, Any]) -> str:
    if "Fn::GetAtt" in resource:
        return str(resource["Fn::GetAtt"][0])
    if "Ref" in resource:
        return str(resource["Ref"])
    text = str(resource["Fn::Sub"])
    if text.startswith("arn:"):
        return text.rpartition(":")[2].partition("/")[2] if "/" in text else text.rpartition(":")[2]
    return text.replace("${", "", 1).replace(".Arn}", "", 1)


GRANTS = tuple(_grants())
used: set[Grant] = set()
_running: ContextVar[str] = ContextVar("running", default="")
_call = BaseClient._make_api_call
_submit = ThreadPoolExecutor.submit


def needed(service: str, operation: str, given: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Action and resource of everything that a call asks for."""
    action = f"{service}:{operation}"
    if operation == "TransactWriteItems":
        for item in given["TransactItems"]:
            ((kind, about),) = item.items()
            yield IN_TRANSACTIONS[kind], TABLES[about["TableName"]]
    elif operation == "TransactGetItems":
        for item in given["TransactItems"]:
            yield ACTIONS[action], TABLES[item["Get"]["TableName"]]
    elif operation in ("BatchGetItem", "BatchWriteItem"):
        for table in given["RequestItems"]:
            yield action, TABLES[table]
    else:
        yield ACTIONS.get(action, action), _resource(service, given)


def _resource(service: str, given: dict[str, Any]) -> str:
    if service == "dynamodb":
        index = f"/index/{given['IndexName']}" if "IndexName" in given else ""
        return TABLES[given["TableName"]] + index
    if service == "sqs":
        variables = ("EVENTS_QUEUE_URL", "DELIVERIES_QUEUE_URL", "BUILDS_QUEUE_URL", "EVENTS_DEAD_LETTER_QUEUE_URL")
        names = {os.environ[name]: name.removesuffix("_URL").title().replace("_", "") for name in variables}
        return names.get(given["QueueUrl"], given["QueueUrl"])
    if service == "s3":
        names = {os.environ[f"{name.upper()}_BUCKET"]: f"{name}Bucket" for name in ("Collector", "Events")}
        bucket = names.get(given["Bucket"], given["Bucket"])
        return f"{bucket}/{given['Key']}" if "Key" in given else bucket
    if service == "firehose":
        return str(given["DeliveryStreamName"])
    only = {"acm": "CertificateArn", "kms": "SecretsKey", "secretsmanager": "SigningKey"}
    return only.get(service) or {"cloudfront": "${CollectorDistribution}"}[service]


def running() -> str:
    """The function that is running; empty when none is."""
    return _running.get()


def _checked_call(client: BaseClient, operation: str, given: dict[str, Any]) -> Any:
    if function := running():
        for action, resource in needed(client.meta.service_model.service_name, operation, given):
            allow(function, action, resource)
    return _call(client, operation, given)


def allow(function: str, action: str, resource: str) -> None:
    """Note what is used of the function's policy.

    Raises ClientError, as AWS would, for what it does not allow.
    """
    found = {each for each in GRANTS if each[:2] == (function, action) and fnmatchcase(resource, each.resource)}
    if not found:
        message = f"the policy of {function} does not allow {action} on {resource}"
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": message}}, action.partition(":")[2])
    used.update(found)


def _submitted_in_context(
    pool: ThreadPoolExecutor, called: Callable[..., Any], *given: Any, **named: Any
) -> Future[Any]:
    return _submit(pool, copy_context().run, called, *given, **named)


@contextmanager
def as_function(function: str) -> Iterator[None]:
    """What is called inside is called by that function."""
    token = _running.set(function)
    try:
        yield
    finally:
        _running.reset(token)


def confined(function: str, called: Callable[..., Any]) -> Callable[..., Any]:
    """The same, as that function."""

    @functools.wraps(called, updated=())
    def call(*arguments: Any, **named: Any) -> Any:
        with as_function(function):
            return called(*arguments, **named)

    return call


def by_nobody(called: Callable[..., Any]) -> Callable[..., Any]:
    """The same as no function's doing: what a test lets happen in the middle of one."""
    return confined("", called)


def enforce(application: Any, cleanup: Any) -> None:
    """From now on policies hold for whatever is called through gateways, queues and the schedule."""
    BaseClient._make_api_call = _checked_call
    ThreadPoolExecutor.submit = _submitted_in_context  # what a function's threads do is its doing
    for name in ("process", "deliver", "build"):
        setattr(application, name, confined(name, getattr(application, name)))
    cleanup.run = confined("cleanup", cleanup.run)
    call = Gateway.call

    def call_confined(gateway: Gateway, function: Callable[..., Any], event: dict[str, Any]) -> dict[str, Any]:
        name = "api_handler" if isinstance(gateway, RestApi) else "ingest"
        return call(gateway, confined(name, function), event)

    Gateway.call = call_confined


def superfluous(by_all: set[Grant]) -> list[Grant]:
    """What nothing needed."""
    return [each for each in GRANTS if each not in by_all and each.action not in OF_NO_CALL]
