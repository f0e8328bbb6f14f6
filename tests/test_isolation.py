"""No test finds what another left: the AWS of each is as it was made, whatever was done to the one before."""

from functools import lru_cache
from typing import Any

import boto3
import pytest

from chalicelib.infrastructure.tables import MODELS
from chalicelib.pipelines.table import Pipeline

from .conftest import ENVIRONMENT, an_aws

EVENTS, DEAD_LETTERS = ENVIRONMENT["EVENTS_QUEUE_URL"], ENVIRONMENT["EVENTS_DEAD_LETTER_QUEUE_URL"]
BUCKET, KEY, PIPELINES = ENVIRONMENT["EVENTS_BUCKET"], ENVIRONMENT["KMS_KEY_ID"], Pipeline.Meta.table_name


@lru_cache
def client(service: str, region: str = "us-east-1") -> Any:
    return boto3.client(service, region)


def put_an_item() -> None:
    item = {"org_id": {"S": "org"}, "id": {"S": "pip"}}
    client("dynamodb").put_item(TableName=PIPELINES, Item=item)


def change_a_table() -> None:
    dynamodb, ttl = client("dynamodb"), {"Enabled": True, "AttributeName": "other"}
    dynamodb.update_time_to_live(TableName=PIPELINES, TimeToLiveSpecification=ttl)
    dynamodb.update_table(TableName=PIPELINES, DeletionProtectionEnabled=True)


def delete_a_table() -> None:
    client("dynamodb").delete_table(TableName=PIPELINES)


def make_a_table() -> None:
    client("dynamodb").create_table(
        TableName="another",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )


def send_and_take_messages() -> None:
    sqs = client("sqs")
    for body in "ab":
        sqs.send_message(QueueUrl=EVENTS, MessageBody=body)
    sqs.receive_message(QueueUrl=EVENTS, MaxNumberOfMessages=1)
    sqs.set_queue_attributes(QueueUrl=EVENTS, Attributes={"VisibilityTimeout": "1"})


def delete_a_queue() -> None:
    client("sqs").delete_queue(QueueUrl=DEAD_LETTERS)


def put_an_object() -> None:
    client("s3").put_object(Bucket=BUCKET, Key="key", Body=b"content")


def delete_a_bucket() -> None:
    client("s3").delete_bucket(Bucket=BUCKET)


def make_a_bucket() -> None:
    client("s3").create_bucket(Bucket="another")


def disable_the_key() -> None:
    kms = client("kms")
    kms.disable_key(KeyId=kms.describe_key(KeyId=KEY)["KeyMetadata"]["KeyId"])
    kms.delete_alias(AliasName=KEY)


def use_another_region() -> None:
    client("sqs", "eu-west-1").create_queue(QueueName="another")


def whole_aws() -> dict[str, Any]:
    """Everything in it that a test could find."""
    dynamodb, sqs, s3, kms = (client(service) for service in ("dynamodb", "sqs", "s3", "kms"))
    names = dynamodb.list_tables()["TableNames"]
    queues = {region: client("sqs", region) for region in ("us-east-1", "eu-west-1")}
    buckets = [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
    return {
        "tables": {name: dynamodb.describe_table(TableName=name)["Table"] for name in names},
        "times to live": {
            name: dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"] for name in names
        },
        "items": {name: dynamodb.scan(TableName=name)["Items"] for name in names},
        "queues": {
            url: sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
            for url in queues["us-east-1"].list_queues()["QueueUrls"]
        },
        "queues elsewhere": queues["eu-west-1"].list_queues().get("QueueUrls"),
        "objects": {name: s3.list_objects_v2(Bucket=name)["KeyCount"] for name in buckets},
        "keys": [kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"] for key in kms.list_keys()["Keys"]],
        "aliases": [alias for alias in kms.list_aliases()["Aliases"] if alias["AliasName"] == KEY],
    }


@pytest.mark.parametrize(
    "do",
    [
        put_an_item,
        change_a_table,
        delete_a_table,
        make_a_table,
        send_and_take_messages,
        delete_a_queue,
        put_an_object,
        delete_a_bucket,
        make_a_bucket,
        disable_the_key,
        use_another_region,
    ],
)
def test_what_a_test_does_to_its_aws_is_gone_after_it(pristine_aws, do):
    with an_aws(pristine_aws):
        before = whole_aws()
        do()
        assert whole_aws() != before
    with an_aws(pristine_aws):
        assert whole_aws() == before


@pytest.mark.moto("where a stage is deployed, there is more")
def test_the_aws_of_a_test_is_the_products(moto_aws):
    found = whole_aws()
    assert set(found["tables"]) == {model.Meta.table_name for model in MODELS}
    assert not any(found["items"].values())
    assert set(found["objects"]) == {ENVIRONMENT["COLLECTOR_BUCKET"], BUCKET}
    assert len(found["queues"]) == 4
