"""Makes tables, queues, buckets and key from the CloudFormation template that is deployed. What is there already stays.

Works on any AWS behind the endpoint URLs; CloudFormation itself is not needed, which DynamoDB Local does not have.
"""

import json
from typing import Any

import botocore.session
from botocore.exceptions import ClientError

from .problem import Problem

TABLE_PROPERTIES = (
    "TableName",
    "BillingMode",
    "KeySchema",
    "AttributeDefinitions",
    "GlobalSecondaryIndexes",
    "LocalSecondaryIndexes",
)

QUEUE_PROPERTIES: tuple[str, ...] = ("VisibilityTimeout", "MessageRetentionPeriod", "FifoQueue")


def provision(template: dict[str, Any]) -> dict[str, str]:
    """Make everything; returns the environment variables that tell the product what it is."""
    session = botocore.session.get_session()
    resources = template["Resources"]
    create_tables(template, session.create_client("dynamodb"))
    queues = _create_queues(resources, session.create_client("sqs"))
    return {
        "EVENTS_QUEUE_URL": queues["EventsQueue"],
        "EVENTS_DEAD_LETTER_QUEUE_URL": queues["EventsDeadLetterQueue"],
        "BUILDS_QUEUE_URL": queues["BuildsQueue"],
        "DELIVERIES_QUEUE_URL": queues["DeliveriesQueue"],
        "COLLECTOR_BUCKET": _create_bucket(resources["CollectorBucket"]["Properties"], session),
        "EVENTS_BUCKET": _create_bucket(resources["EventsBucket"]["Properties"], session),
        "KMS_KEY_ID": _create_key(resources, session.create_client("kms")),
    }


def create_tables(template: dict[str, Any], dynamodb: Any) -> None:
    """Make the tables that are missing. Raises Problem for one whose indexes are not those of the template."""
    present: set[str] = set()
    for page in dynamodb.get_paginator("list_tables").paginate():
        present |= set(page["TableNames"])
    for properties in _of_type(template["Resources"], "AWS::DynamoDB::Table").values():
        if properties["TableName"] in present:
            _check_indexes(properties, dynamodb)
        else:
            _create_table(properties, dynamodb)


def _create_table(properties: dict[str, Any], dynamodb: Any) -> None:
    name = properties["TableName"]
    wanted = {key: properties[key] for key in TABLE_PROPERTIES if properties.get(key)}
    try:
        dynamodb.create_table(**wanted)
    except dynamodb.exceptions.ResourceInUseException:
        return  # another process makes the same tables
    dynamodb.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    if "TimeToLiveSpecification" in properties:
        dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification=properties["TimeToLiveSpecification"])


def _check_indexes(properties: dict[str, Any], dynamodb: Any) -> None:
    table = dynamodb.describe_table(TableName=properties["TableName"])["Table"]
    for kind in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes"):
        wanted = {index["IndexName"] for index in properties.get(kind, [])}
        if missing := wanted - {index["IndexName"] for index in table.get(kind, [])}:
            name = properties["TableName"]
            raise Problem(
                f"The table {name} is from an older version without the index {missing.pop()}; "
                "start anew with `make clean-state`"
            )


def _create_queues(resources: dict[str, Any], sqs: Any) -> dict[str, str]:
    urls: dict[str, str] = {}
    queues = _of_type(resources, "AWS::SQS::Queue")
    for logical_id, properties in sorted(queues.items(), key=lambda queue: "RedrivePolicy" in queue[1]):
        attributes = {name: str(properties[name]).lower() for name in QUEUE_PROPERTIES if name in properties}
        if "RedrivePolicy" in properties:
            policy = properties["RedrivePolicy"]
            dead_letters = urls[policy["deadLetterTargetArn"]["Fn::GetAtt"][0]]
            arn = sqs.get_queue_attributes(QueueUrl=dead_letters, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
            attributes["RedrivePolicy"] = json.dumps(policy | {"deadLetterTargetArn": arn})
        urls[logical_id] = _queue(sqs, properties["QueueName"], attributes)
    return urls


def _queue(sqs: Any, name: str, attributes: dict[str, str]) -> str:
    try:
        return str(sqs.get_queue_url(QueueName=name)["QueueUrl"])
    except ClientError:
        return str(sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"])


def _create_bucket(properties: dict[str, Any], session: Any) -> str:
    account = session.create_client("sts").get_caller_identity()["Account"]
    name = str(properties["BucketName"]["Fn::Sub"]).replace("${AWS::AccountId}", account)
    s3 = session.create_client("s3")
    try:
        s3.head_bucket(Bucket=name)
    except ClientError:
        s3.create_bucket(Bucket=name, **_located(s3.meta.region_name))
    return name


def _located(region: str) -> dict[str, Any]:
    """S3 refuses its first region by name, and wants that of any other."""
    return {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}


def _create_key(resources: dict[str, Any], kms: Any) -> str:
    (properties,) = _of_type(resources, "AWS::KMS::Alias").values()
    alias = str(properties["AliasName"])
    try:
        kms.describe_key(KeyId=alias)
    except ClientError:
        key = kms.create_key(Description="Datafly Signal secrets")["KeyMetadata"]["KeyId"]
        kms.create_alias(AliasName=alias, TargetKeyId=key)
    return alias


def _of_type(resources: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    return {name: resource["Properties"] for name, resource in resources.items() if resource["Type"] == kind}
