"""No test finds what another left in tables, queues and buckets."""

import boto3
import pytest

from chalicelib.accounts.table import User

from ..conftest import ENVIRONMENT, an_aws

BUCKET, QUEUE, USERS = ENVIRONMENT["EVENTS_BUCKET"], ENVIRONMENT["EVENTS_QUEUE_URL"], User.Meta.table_name


def look():
    """What there is in the table of users, in a queue, in a bucket, and which buckets there are."""
    waiting = boto3.client("sqs").get_queue_attributes(QueueUrl=QUEUE, AttributeNames=["All"])["Attributes"]
    return {
        "users": boto3.client("dynamodb").scan(TableName=USERS)["Items"],
        "messages": [waiting["ApproximateNumberOfMessages"], waiting["ApproximateNumberOfMessagesNotVisible"]],
        "objects": boto3.client("s3").list_object_versions(Bucket=BUCKET).get("Versions", []),
        "buckets": [each["Name"] for each in boto3.client("s3").list_buckets()["Buckets"]],
    }


def put_an_item():
    boto3.client("dynamodb").put_item(TableName=USERS, Item={"org_id": {"S": "org"}, "id": {"S": "usr"}})


def change_and_delete_items():
    for user in list(User.scan()):
        user.update([User.name.set("Somebody else")])
    user.delete()


def send_and_take_messages():
    sqs = boto3.client("sqs")
    for body in "ab":
        sqs.send_message(QueueUrl=QUEUE, MessageBody=body)
    sqs.receive_message(QueueUrl=QUEUE, MaxNumberOfMessages=1)


def put_an_object():
    boto3.client("s3").put_object(Bucket=BUCKET, Key="key", Body=b"content")


def make_a_bucket():
    boto3.client("s3").create_bucket(Bucket="another")
    boto3.client("s3").put_object(Bucket="another", Key="key", Body=b"content")


@pytest.mark.parametrize(
    "do", [put_an_item, change_and_delete_items, send_and_take_messages, put_an_object, make_a_bucket]
)
def test_what_a_test_does_to_its_aws_is_gone_after_it(moto_aws, with_owner, do):
    held, _ = with_owner
    with an_aws(held):
        before = look()
        do()
        assert look() != before
    with an_aws(held):
        assert look() == before


def test_an_aws_without_the_owner_has_nobody(moto_aws, with_owner, pristine_aws):
    with an_aws(with_owner[0]):
        assert look()["users"]
    with an_aws(pristine_aws):
        assert not look()["users"]
