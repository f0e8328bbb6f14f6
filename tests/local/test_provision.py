"""Tables, queues, bucket and key from the template that is deployed."""

import boto3
import pytest
from moto import mock_aws

from chalicelib.infrastructure.resources import template
from local.problem import Problem
from local.provision import create_tables, provision


@pytest.fixture
def empty_aws():
    """An AWS without anything."""
    with mock_aws():
        yield


def test_provisioning_makes_what_the_product_is_told_of(empty_aws):
    told = provision(template("test"))
    assert set(told) == {
        "EVENTS_QUEUE_URL",
        "EVENTS_DEAD_LETTER_QUEUE_URL",
        "BUILDS_QUEUE_URL",
        "DELIVERIES_QUEUE_URL",
        "COLLECTOR_BUCKET",
        "EVENTS_BUCKET",
        "KMS_KEY_ID",
    }
    assert told["COLLECTOR_BUCKET"] == "signal-test-collectors-123456789012"
    assert boto3.client("kms").describe_key(KeyId=told["KMS_KEY_ID"])
    redrive = boto3.client("sqs").get_queue_attributes(
        QueueUrl=told["EVENTS_QUEUE_URL"], AttributeNames=["RedrivePolicy"]
    )
    assert "signal-test-events-dead" in redrive["Attributes"]["RedrivePolicy"]
    tables = {
        resource["Properties"]["TableName"]
        for resource in template("test")["Resources"].values()
        if resource["Type"] == "AWS::DynamoDB::Table"
    }
    assert set(boto3.client("dynamodb").list_tables()["TableNames"]) == tables


def test_provisioning_again_changes_nothing_and_keeps_the_data(empty_aws):
    told = provision(template("test"))
    boto3.client("s3").put_object(Bucket=told["COLLECTOR_BUCKET"], Key="kept", Body=b"1")
    table = boto3.resource("dynamodb").Table("signal-test-organisations")
    table.put_item(Item={"id": "org_kept"})
    assert provision(template("test")) == told
    assert table.get_item(Key={"id": "org_kept"})["Item"]
    assert boto3.client("s3").get_object(Bucket=told["COLLECTOR_BUCKET"], Key="kept")


def test_tables_alone_can_be_made_where_there_is_nothing_else(empty_aws):
    create_tables(template("test"), boto3.client("dynamodb"))
    ttl = boto3.client("dynamodb").describe_time_to_live(TableName="signal-test-pipeline-list")
    assert ttl["TimeToLiveDescription"]["AttributeName"] == "x"


def test_a_table_of_an_older_version_is_told(empty_aws):
    old = template("test")
    del old["Resources"]["PipelineListTable"]["Properties"]["LocalSecondaryIndexes"]
    properties = old["Resources"]["PipelineListTable"]["Properties"]
    properties["AttributeDefinitions"] = [
        one for one in properties["AttributeDefinitions"] if one["AttributeName"] != "h"
    ]
    create_tables(old, boto3.client("dynamodb"))
    with pytest.raises(Problem, match="without the index changed; start anew with `make clean-state`"):
        create_tables(template("test"), boto3.client("dynamodb"))
