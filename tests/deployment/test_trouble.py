"""What stands in the way of a deployment is named with the next step, changes nothing, and is no trouble afterwards; by
the real commands in an emulated AWS."""

import json
import subprocess
from typing import Any

import pytest

from ..infrastructure.deployment_to_emulator import command, eventually
from .world import World

pytestmark = pytest.mark.slow

Done = subprocess.CompletedProcess[str]
FOREIGN = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}


def says(done: Done, *words: str) -> None:
    """Whether a command failed with these words and nothing else on its standard error."""
    assert done.returncode == 1, done.stdout + done.stderr
    assert done.stderr.startswith("error: "), done.stderr
    assert "Traceback" not in done.stderr
    for each in words:
        assert each in done.stderr, done.stderr


def works(world: World, stage: str) -> None:
    """Whether the next deployment goes through."""
    done = world.deploy(stage)
    assert done.returncode == 0, done.stdout + done.stderr
    assert world.stack(stage)["StackStatus"].endswith("_COMPLETE")


def create(world: World, name: str, template: Any) -> None:
    """A stack that somebody else made."""
    client = world.client("cloudformation")
    client.create_stack(StackName=name, TemplateBody=json.dumps(template))
    client.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1})


def test_a_stack_of_somebody_else_is_left_alone(world: World) -> None:
    create(world, "signal-foreign", FOREIGN)
    for done in (world.deploy("foreign"), world.destroy("foreign", "--confirm", "foreign")):
        says(done, "There is a stack signal-foreign that is not of Datafly Signal", "take another STAGE")
    assert world.types("foreign") == {"AWS::SNS::Topic"}


def a_table(name: str) -> dict[str, Any]:
    key = {"AttributeName": "id"}
    return {
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [key | {"KeyType": "HASH"}],
        "AttributeDefinitions": [key | {"AttributeType": "S"}],
    }


def test_what_was_left_over_is_not_taken_over_and_can_be_removed(world: World) -> None:
    world.client("dynamodb").create_table(**a_table("signal-left-users"))
    says(
        world.deploy("left"),
        "There is already signal-left-users, which no stack has",
        "`make destroy STAGE=left DATA=delete`",
    )
    done = world.destroy("left", "--data", "delete", "--confirm", "left", "--confirm-data", "delete the data of left")
    assert done.returncode == 0, done.stderr
    works(world, "left")


def takes_the_bus(template: Any) -> None:
    """With something whose name is taken, so that creating it fails."""
    template["Resources"]["Bus"] = {"Type": "AWS::Events::EventBus", "Properties": {"Name": "taken"}}


@pytest.fixture(scope="module")
def bus(world: World) -> None:
    """What somebody else has already."""
    world.client("events").create_event_bus(Name="taken")


def test_a_creation_that_failed_is_explained_by_what_failed_first_and_repaired(world: World, bus: None) -> None:
    says(
        world.deploy("again", world.package("again", takes_the_bus)),
        "The stack signal-again could not be changed, it is now ROLLBACK_COMPLETE. What failed first is Bus "
        "(AWS::Events::EventBus): EventBus already exists: taken. Something else has that name: remove it, or",
    )
    assert not [each for each in world.client("dynamodb").list_tables()["TableNames"] if "signal-again-" in each]
    done = world.deploy("again")
    assert done.returncode == 0, done.stderr
    assert "The stack signal-again never came to be (ROLLBACK_COMPLETE); it is removed" in done.stdout


def test_a_creation_that_failed_can_be_destroyed(world: World, bus: None) -> None:
    says(world.deploy("never", world.package("never", takes_the_bus)), "ROLLBACK_COMPLETE")
    done = world.destroy("never", "--confirm", "never")
    assert (done.returncode, world.stack("never")) == (0, None), done.stderr


def test_a_deletion_by_hand_that_failed_is_finished_when_that_is_said(world: World) -> None:
    def holds_something(template: Any) -> None:
        properties = {"RepositoryName": "holding"}
        template["Resources"]["Holding"] = {"Type": "AWS::ECR::Repository", "Properties": properties}

    assert world.deploy("half", world.package("half", holds_something)).returncode == 0
    world.client("ecr").put_image(repositoryName="holding", imageManifest="{}", imageTag="one")
    client = world.client("cloudformation")
    client.delete_stack(StackName="signal-half")
    eventually(lambda: world.stack("half")["StackStatus"] == "DELETE_FAILED", "it cannot be deleted")
    says(world.deploy("half"), "was to be deleted, which failed", "run `make destroy STAGE=half DATA=delete`")
    words = ("--data", "delete", "--confirm", "half", "--confirm-data", "delete the data of half")
    says(world.destroy("half", *words), "The stack signal-half cannot be deleted: Holding (AWS::ECR::Repository): ")
    world.client("ecr").batch_delete_image(repositoryName="holding", imageIds=[{"imageTag": "one"}])
    done = world.destroy("half", *words)
    assert (done.returncode, world.stack("half")) == (0, None), done.stderr
    assert not [each for each in world.client("dynamodb").list_tables()["TableNames"] if "signal-half-" in each]
    works(world, "half")


def test_a_change_set_that_nobody_executed_is_no_trouble(world: World) -> None:
    """As when a deployment was interrupted after it had uploaded and before it did anything."""
    world.client("cloudformation").create_change_set(
        StackName="signal-begun", ChangeSetName="x", ChangeSetType="CREATE", TemplateBody=json.dumps(FOREIGN)
    )
    assert world.stack("begun")["StackStatus"] == "REVIEW_IN_PROGRESS"
    works(world, "begun")


@pytest.fixture(scope="module")
def running(world: World) -> str:
    """A stage that has what can be lost."""
    works(world, "running")
    return "running"


def _other_key(template: Any) -> None:
    properties = template["Resources"]["PipelinesTable"]["Properties"]
    properties["KeySchema"] = [{"AttributeName": "id", "KeyType": "HASH"}]
    properties["AttributeDefinitions"] = [{"AttributeName": "id", "AttributeType": "S"}]
    properties.pop("GlobalSecondaryIndexes", None)


def _other_name(template: Any) -> None:
    template["Resources"]["EventsBucket"]["Properties"]["BucketName"] = "another-name"


def _no_table(template: Any) -> None:
    del template["Resources"]["DeadLettersTable"]


def _not_even_protected(template: Any) -> None:
    """What decides is what was deployed, not what is to be."""
    _other_key(template)
    del template["Resources"]["PipelinesTable"]["DeletionPolicy"]


@pytest.mark.parametrize(
    ("loss", "words"),
    [
        pytest.param(_other_key, "replace the table signal-running-pipelines (its ", id="a table with another key"),
        pytest.param(_other_name, "replace the bucket signal-running-events-", id="a bucket with another name"),
        pytest.param(_no_table, "remove the table signal-running-dead-letters", id="a table that is no more"),
        pytest.param(_not_even_protected, "replace the table signal-running-pipelines", id="protection taken away"),
    ],
)
def test_no_release_takes_data_away(world: World, running: str, loss: Any, words: str) -> None:
    before = world.stack(running)
    says(world.deploy(running, world.package(running, loss)), "This would " + words, "nothing was changed")
    after = world.stack(running)
    assert (after["StackStatus"], after.get("LastUpdatedTime")) == (before["StackStatus"], before["LastUpdatedTime"])


def _another_index(template: Any) -> None:
    table = template["Resources"]["OrganisationsTable"]["Properties"]
    table["AttributeDefinitions"].append({"AttributeName": "slug", "AttributeType": "S"})
    index = {"AttributeName": "slug", "KeyType": "HASH"}
    table["GlobalSecondaryIndexes"] = [
        {"IndexName": "by-slug", "KeySchema": [index], "Projection": {"ProjectionType": "ALL"}}
    ]


def test_a_table_may_get_an_index(world: World, running: str) -> None:
    world.client("dynamodb").put_item(
        TableName="signal-running-organisations", Item={"id": {"S": "org_1"}, "slug": {"S": "acme"}}
    )
    done = world.deploy(running, world.package(running, _another_index))
    assert done.returncode == 0, done.stderr
    table = world.client("dynamodb").describe_table(TableName="signal-running-organisations")["Table"]
    assert [each["IndexName"] for each in table["GlobalSecondaryIndexes"]] == ["by-slug"]
    works(world, running)


def test_a_change_that_fails_leaves_everything_as_it_was(world: World, running: str, bus: None) -> None:
    says(
        world.deploy(running, world.package(running, takes_the_bus)),
        "could not be changed, it was put back as it was. What failed first is Bus (AWS::Events::EventBus): ",
    )
    works(world, running)


def test_what_lies_in_the_way_of_an_update_is_named_without_endangering_the_rest(world: World, running: str) -> None:
    def one_more_table(template: Any) -> None:
        table = {
            "Type": "AWS::DynamoDB::Table",
            "DeletionPolicy": "Retain",
            "Properties": a_table("signal-running-new"),
        }
        template["Resources"]["NewTable"] = table

    world.client("dynamodb").create_table(**a_table("signal-running-new"))
    done = world.deploy(running, world.package(running, one_more_table))
    says(done, "There is already signal-running-new, which no stack has", "delete that alone, then deploy again")
    assert "DATA=delete" not in done.stderr


def test_what_was_said_before_is_kept(world: World, running: str) -> None:
    parameters = {each["ParameterKey"]: each["ParameterValue"] for each in world.stack(running)["Parameters"]}
    assert parameters["DeliverToPrivateAddresses"] == "yes"
    package = world.package(running)
    done = command("deploy", world.endpoint, "--stage", running, "--package", str(package), "--no-smoke-test")
    assert done.returncode == 0, done.stderr
    after = {each["ParameterKey"]: each["ParameterValue"] for each in world.stack(running)["Parameters"]}
    assert after == parameters


def test_another_region_is_another_place(world: World, running: str) -> None:
    says(
        world.deploy(running, None, "--region", "eu-central-1"),
        "Stage running is in us-east-1, where its bucket signal-running-artifacts-000000000000 is",
        "say REGION=us-east-1",
    )


def test_the_package_of_another_stage_is_refused(world: World, running: str) -> None:
    says(
        world.deploy(running, world.package("elsewhere")),
        "is that of 'Datafly Signal, elsewhere', not of stage running",
    )
