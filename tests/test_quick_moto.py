"""What makes moto quicker changes none of its answers."""

import copy

import pytest
from botocore.exceptions import ClientError
from moto.core.serialize import AttributePicker
from moto.dynamodb.models import DynamoDBBackend

from chalicelib import aws

from . import quick_moto

pytestmark = pytest.mark.moto("it is about moto")
TABLE = "signal-test-users"
ADA = {"org_id": {"S": "o"}, "id": {"S": "ada"}}


@pytest.fixture
def dynamodb(moto_aws):
    client = aws.client("dynamodb")
    described = client.describe_table(TableName=TABLE)["Table"]["KeySchema"]
    assert [each["AttributeName"] for each in described] == list(ADA)
    client.put_item(TableName=TABLE, Item=ADA | {"logins": {"N": "1"}, "tags": {"L": [{"S": "a"}, {"BOOL": True}]}})
    return client


def update(by, **more):
    return {
        "TableName": TABLE,
        "Key": ADA,
        "UpdateExpression": "SET logins = logins + :by, #tags[0] = :by",
        "ExpressionAttributeNames": {"#tags": "tags"},
        "ExpressionAttributeValues": {":by": {"N": str(by)}},
    } | more


def row(client):
    return client.get_item(TableName=TABLE, Key=ADA)["Item"]


def test_what_a_cancelled_transaction_had_updated_is_as_it_was(dynamodb):
    before = row(dynamodb)
    missing = {"TableName": TABLE, "Key": ADA | {"id": {"S": "bob"}}, "ConditionExpression": "attribute_exists(id)"}
    with pytest.raises(ClientError, match="ConditionalCheckFailed"):
        dynamodb.transact_write_items(TransactItems=[{"Update": update(5)}, {"ConditionCheck": missing}])
    assert row(dynamodb) == before


def test_what_was_copied_does_not_see_what_is_updated_later(dynamodb):
    from moto.dynamodb.models import dynamodb_backends

    (region,) = dynamodb_backends["123456789012"].values()
    table = region.tables[TABLE]
    kept = copy.deepcopy(table)
    before = [each.to_json() for each in kept.all_items()]
    dynamodb.update_item(**update(5))
    dynamodb.put_item(TableName=TABLE, Item=ADA | {"id": {"S": "bob"}})
    assert [each.to_json() for each in kept.all_items()] == before
    assert len(list(table.all_items())) == 2


CALLS = {
    "get_item": {"TableName": TABLE, "Key": ADA},
    "query": {
        "TableName": TABLE,
        "KeyConditionExpression": "org_id = :o",
        "ExpressionAttributeValues": {":o": {"S": "o"}},
    },
    "update_item": update(2, ReturnValues="ALL_NEW"),
    "delete_item": {"TableName": TABLE, "Key": ADA, "ReturnValues": "ALL_OLD"},
    "describe_table": {"TableName": TABLE},
    "transact_get_items": {"TransactItems": [{"Get": {"TableName": TABLE, "Key": ADA}}]},
    "batch_get_item": {"RequestItems": {TABLE: {"Keys": [ADA]}}},
}


@pytest.mark.parametrize("call", CALLS)
def test_a_call_is_answered_as_without_it(dynamodb, monkeypatch, call):
    quick = getattr(dynamodb, call)(**CALLS[call])
    dynamodb.put_item(TableName=TABLE, Item=ADA | {"logins": {"N": "1"}, "tags": {"L": [{"S": "a"}, {"BOOL": True}]}})
    monkeypatch.setattr(AttributePicker, "__call__", quick_moto._pick)
    monkeypatch.setattr(DynamoDBBackend, "update_item", quick_moto._update_item)
    slow = getattr(dynamodb, call)(**CALLS[call])
    assert quick | {"ResponseMetadata": {}} == slow | {"ResponseMetadata": {}}
