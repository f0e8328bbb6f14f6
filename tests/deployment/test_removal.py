"""What is removed for good, and what is not."""

import datetime

import pytest

from chalicelib.infrastructure.resources import template
from deployment.changes import Change
from deployment.deploy import Deployment
from deployment.destroy import Destruction
from deployment.failure import DeploymentFailed
from deployment.removal import Named, Removal
from deployment.terminal import Terminal

from .canned import ACCOUNT, a_clock, canned

NOW = datetime.datetime(2026, 11, 25)
USERS = Named("AWS::DynamoDB::Table", "signal-prod-users")
EVENTS = Named("AWS::SQS::Queue", "signal-prod-events")
BUCKET = Named("AWS::S3::Bucket", "signal-prod-events-1")
KEY = Named("AWS::KMS::Key", "11111111-2222-3333-4444-555555555555")
QUEUE_URL = "https://sqs.eu-central-1.amazonaws.com/1/signal-prod-events"


@pytest.fixture
def account():
    with canned() as made:
        yield made


def belongs_to(account, name, status="UPDATE_COMPLETE", physical_id=USERS.name):
    """CloudFormation says that a resource is of a stack."""
    stack = {"StackId": f"arn:aws:{name}", "StackName": name}
    resource = {"LogicalResourceId": "X", "ResourceType": "X", "Timestamp": NOW, "ResourceStatus": "CREATE_COMPLETE"}
    found = {"StackResources": [stack | resource]}
    account.expect("cloudformation", "describe_stack_resources", found, PhysicalResourceId=physical_id)
    described = {"Stacks": [stack | {"CreationTime": NOW, "StackStatus": status}]}
    account.expect("cloudformation", "describe_stacks", described, StackName=stack["StackId"])


def test_the_stack_that_has_a_table_is_found(account):
    belongs_to(account, "other")
    assert Removal(account, a_clock()).owner(USERS) == "other"


def test_a_queue_is_known_to_its_stack_by_its_address(account):
    account.expect("sqs", "get_queue_url", {"QueueUrl": QUEUE_URL}, QueueName=EVENTS.name)
    belongs_to(account, "other", physical_id=QUEUE_URL)
    assert Removal(account, a_clock()).owner(EVENTS) == "other"


def test_a_stack_that_was_deleted_owns_nothing(account):
    belongs_to(account, "signal-prod", "DELETE_COMPLETE")
    assert Removal(account, a_clock()).owner(USERS) is None


def test_what_no_stack_ever_had_is_owned_by_none(account):
    message = "Stack for signal-prod-users does not exist"
    account.refuse("cloudformation", "describe_stack_resources", "ValidationError", message)
    assert Removal(account, a_clock()).owner(USERS) is None


class Taken(Removal):
    """Finds a table that another stack has."""

    def present(self, wanted):
        return [each for each in wanted if each == USERS]

    def owner(self, one):
        return "other" if one == USERS else None


def test_a_name_that_another_stack_has_is_said_before_anything_is_changed(account, monkeypatch):
    monkeypatch.setattr("deployment.deploy.Removal", Taken)
    deployment = Deployment(account, "prod", Terminal(a_clock()), a_clock())
    new = [Change("Add", "UsersTable", "AWS::DynamoDB::Table")]
    with pytest.raises(DeploymentFailed, match="The stack other already has signal-prod-users: take another STAGE"):
        deployment._refuse_taken(new, template("prod"), running=False)


def test_what_another_stack_has_is_not_destroyed(account, monkeypatch):
    monkeypatch.setattr("deployment.destroy.Removal", Taken)
    account.refuse("cloudformation", "describe_stacks", "ValidationError", "Stack signal-prod does not exist")
    with pytest.raises(DeploymentFailed, match="signal-prod-users belongs to the stack other: nothing was destroyed"):
        Destruction(account, "prod", Terminal(a_clock()), a_clock()).doomed()


def test_a_type_that_nobody_knows_how_to_remove_is_said_before_anything_is(account):
    with pytest.raises(DeploymentFailed, match="of the type AWS::New::Thing, which has to be removed by hand"):
        Removal(account, a_clock()).remove([USERS, Named("AWS::New::Thing", "x")])


def test_a_key_that_is_going_already_is_left_to_go(account):
    metadata = {"KeyMetadata": {"KeyId": KEY.name, "KeyState": "PendingDeletion"}}
    account.expect("kms", "describe_key", metadata, KeyId=KEY.name)
    Removal(account, a_clock()).remove([KEY])


def test_what_is_gone_already_is_no_mistake(account):
    account.refuse("sqs", "get_queue_url", "AWS.SimpleQueueService.NonExistentQueue")
    account.refuse("dynamodb", "describe_table", "ResourceNotFoundException")
    account.refuse("dynamodb", "describe_table", "ResourceNotFoundException")
    Removal(account, a_clock()).remove([USERS, EVENTS])


def test_an_object_that_is_held_is_named(account):
    owned = {"Bucket": BUCKET.name, "ExpectedBucketOwner": ACCOUNT}
    version = {"Key": "kept.gz", "VersionId": "1"}
    account.expect("s3", "list_object_versions", {"Versions": [version]}, **owned)
    refused = {"Errors": [{"Key": "kept.gz", "Message": "Access Denied because object protected by object lock"}]}
    account.expect("s3", "delete_objects", refused)
    with pytest.raises(DeploymentFailed, match=r"kept\.gz in the bucket .* cannot be deleted: Access Denied because"):
        Removal(account, a_clock()).remove([BUCKET])


def test_a_secret_is_deleted_without_the_week_in_which_its_name_is_taken(account):
    account.expect("secretsmanager", "delete_secret", SecretId="signal-prod-jwt", ForceDeleteWithoutRecovery=True)
    Removal(account, a_clock()).remove([Named("AWS::SecretsManager::Secret", "signal-prod-jwt")])
