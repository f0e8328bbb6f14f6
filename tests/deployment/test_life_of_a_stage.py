"""A stage from its first deployment to its end, by the real commands in an emulated AWS."""

import json
import re
import subprocess
from typing import Any

import pytest

from ..infrastructure.deployment_to_emulator import command
from .world import World

pytestmark = pytest.mark.slow

Done = subprocess.CompletedProcess[str]
STAGE = "trial"
DATA = {"AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::SQS::Queue", "AWS::KMS::Key", "AWS::SecretsManager::Secret"}
SERVES = {"AWS::Lambda::Function", "AWS::ApiGateway::RestApi", "AWS::CloudFront::Distribution"}
KEY = {"org_id": {"S": "org_1"}, "id": {"S": "pip_1"}}


def _more_memory(template: Any) -> None:
    template["Resources"]["Build"]["Properties"]["MemorySize"] = 2048


@pytest.fixture(scope="module")
def created(world: World) -> Done:
    return world.deploy(STAGE, None, "--email", "ada@acme.example", "--org", "acme")


@pytest.fixture(scope="module")
def again(world: World, created: Done) -> Done:
    return world.deploy(STAGE)


@pytest.fixture(scope="module")
def changed(world: World, again: Done) -> Done:
    return world.deploy(STAGE, world.package(STAGE, _more_memory))


@pytest.fixture(scope="module")
def destroyed(world: World, changed: Done) -> Done:
    world.client("dynamodb").put_item(TableName=f"signal-{STAGE}-pipelines", Item=KEY)
    return world.destroy(STAGE, "--confirm", STAGE)


@pytest.fixture(scope="module")
def deployed_again(world: World, destroyed: Done) -> Done:
    return world.deploy(STAGE)


@pytest.fixture(scope="module")
def deleted(world: World, deployed_again: Done) -> Done:
    tables = world.client("dynamodb")
    tables.update_table(TableName=f"signal-{STAGE}-pipelines", DeletionProtectionEnabled=True)
    bucket = world.outputs(STAGE)["EventsBucketName"]
    for content in (b"once", b"again"):
        world.client("s3").put_object(Bucket=bucket, Key="pipeline=pip_1/events.gz", Body=content)
    return world.destroy(STAGE, "--data", "delete", "--confirm", STAGE, "--confirm-data", f"delete the data of {STAGE}")


def test_a_stage_that_no_file_lists_is_created(world: World, created: Done) -> None:
    assert created.returncode == 0, created.stderr
    assert world.stack(STAGE)["StackStatus"] == "CREATE_COMPLETE"
    assert "What changes in signal-trial:\n  new:     24 tables, " in created.stdout
    assert "\x1b" not in created.stdout + created.stderr


def test_the_first_user_can_sign_in_with_the_password_that_is_shown(world: World, created: Done) -> None:
    assert world.users(STAGE) == {"ada@acme.example": "owner"}
    password = re.search(r"password +(\S{24}) +\(shown this once\)", created.stdout)
    assert password is not None
    api = f"{world.endpoint}/restapis/{world.outputs(STAGE)['RestAPIId']}/api/_user_request_"
    body = json.dumps({"email": "ada@acme.example", "password": password[1]})
    line = ["curl", "-s", f"{api}/v1/admin/auth/login", "-H", "Content-Type: application/json", "-d", body]
    assert json.loads(subprocess.run(line, capture_output=True, check=True).stdout)["access_token"]


def test_the_console_is_where_the_stack_says(world: World, created: Done) -> None:
    assert f"console    {world.outputs(STAGE)['PublicUrl']}/console\n" in created.stdout


def test_the_smoke_test_walks_through_the_cdn_and_cleans_up(world: World, created: Done) -> None:
    done = world.smoke(STAGE)
    assert done.returncode == 0, done.stderr
    assert [line[5:] for line in done.stdout.splitlines() if line.startswith("  ok ")] == [
        "The API answers",
        "A user signs in",
        "A pipeline is created",
        "Its collector is built",
        "The CDN serves the script",
        "An event is sent",
        "It is among the pipeline's events",
        "It is counted",
        "The pipeline is deleted",
    ]
    pipelines = world.client("dynamodb").scan(TableName=f"signal-{STAGE}-pipelines")["Items"]
    assert [each["deleted_at"]["S"] != "" for each in pipelines] == [True]


def test_updates_that_would_lose_data_are_denied_by_the_stack(world: World, created: Done) -> None:
    found = world.client("cloudformation").get_stack_policy(StackName=f"signal-{STAGE}")["StackPolicyBody"]
    (deny,) = (each for each in json.loads(found)["Statement"] if each["Effect"] == "Deny")
    assert deny["Action"] == ["Update:Replace", "Update:Delete"]
    assert {"LogicalResourceId/PipelinesTable", "LogicalResourceId/SecretsKey"} <= set(deny["Resource"])


def test_the_artifacts_are_private_and_encrypted(world: World, created: Done) -> None:
    s3, bucket = world.client("s3"), f"signal-{STAGE}-artifacts-000000000000"
    assert set(s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"].values()) == {True}
    (rule,) = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"


def test_deploying_the_same_again_changes_nothing(world: World, again: Done) -> None:
    assert again.returncode == 0, again.stderr
    assert "Nothing to change\n" in again.stdout
    assert "password" not in again.stdout
    objects = world.client("s3").list_objects_v2(Bucket=f"signal-{STAGE}-artifacts-000000000000")["Contents"]
    assert sorted(each["Key"].rpartition(".")[2] for each in objects) == ["json", "zip"]
    left = world.client("cloudformation").list_change_sets(StackName=f"signal-{STAGE}")["Summaries"]
    assert {each["ExecutionStatus"] for each in left} == {"EXECUTE_COMPLETE"}


def test_another_release_changes_what_is_different(world: World, changed: Done) -> None:
    assert changed.returncode == 0, changed.stderr
    assert "What changes in signal-trial:\n  changed: Build (function)" in changed.stdout
    found = world.client("lambda").get_function_configuration(FunctionName=f"signal-{STAGE}-build")
    assert found["MemorySize"] == 2048


def test_nothing_is_destroyed_without_being_confirmed(world: World, changed: Done) -> None:
    done = world.destroy(STAGE, "--confirm", "prod")
    assert (done.returncode, done.stderr) == (
        1,
        "error: Nothing was done: type it when asked, or say CONFIRM=\"trial\" ('prod' is something else)\n",
    )
    assert world.types(STAGE) >= SERVES


def test_no_data_is_deleted_without_a_second_word(world: World, changed: Done) -> None:
    done = world.destroy(STAGE, "--confirm", STAGE, "--data", "delete")
    assert (
        "What is lost for good (24 tables, 1 key, 2 buckets, 6 queues, 1 secret):\n  signal-trial-audit-log\n"
        in done.stdout
    )
    assert done.stderr == (
        'error: Nothing was done: type it when asked, or say CONFIRM_DATA="delete the data of trial"\n'
    )
    assert world.types(STAGE) >= SERVES | DATA


def test_destroying_takes_away_all_but_the_data(world: World, destroyed: Done) -> None:
    assert destroyed.returncode == 0, destroyed.stderr
    assert world.types(STAGE) == DATA
    assert world.client("lambda").list_functions()["Functions"] == []
    assert world.client("cloudfront").list_distributions()["DistributionList"]["Quantity"] == 0
    assert world.client("apigateway").get_rest_apis()["items"] == []


def test_destroying_twice_changes_nothing(world: World, destroyed: Done) -> None:
    done = world.destroy(STAGE, "--confirm", STAGE)
    assert (done.returncode, "Only its data is there\n" in done.stdout) == (0, True), done.stderr


def test_a_later_deployment_finds_the_data(world: World, deployed_again: Done) -> None:
    assert deployed_again.returncode == 0, deployed_again.stderr
    assert world.types(STAGE) >= SERVES | DATA
    found = world.client("dynamodb").get_item(TableName=f"signal-{STAGE}-pipelines", Key=KEY)
    assert found["Item"] == KEY
    assert "password" not in deployed_again.stdout, "there is a user already"


def test_a_later_deployment_works(world: World, deployed_again: Done) -> None:
    done = world.smoke(STAGE)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "Everything works"), done.stderr


def test_the_data_is_deleted_for_good_when_that_is_said_twice(world: World, deleted: Done) -> None:
    assert deleted.returncode == 0, deleted.stderr
    assert world.stack(STAGE) is None
    assert world.client("dynamodb").list_tables()["TableNames"] == []
    assert world.client("s3").list_buckets()["Buckets"] == []
    assert world.client("sqs").list_queues().get("QueueUrls", []) == []
    keys = [each["KeyId"] for each in world.client("kms").list_keys()["Keys"]]
    states = {world.client("kms").describe_key(KeyId=key)["KeyMetadata"]["KeyState"] for key in keys}
    assert states == {"PendingDeletion"}
    assert world.client("secretsmanager").list_secrets()["SecretList"] == []


def test_destroying_what_is_gone_is_no_mistake(world: World, deleted: Done) -> None:
    done = world.destroy(STAGE, "--confirm", STAGE)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "There is no stack signal-trial: nothing to destroy")
    words = ("--confirm", STAGE, "--confirm-data", f"delete the data of {STAGE}")
    assert world.destroy(STAGE, "--data", "delete", *words).returncode == 0


def test_a_stage_that_is_not_deployed_has_nothing_to_test(world: World, deleted: Done) -> None:
    done = command("smoke", world.endpoint, "--stage", STAGE)
    assert (done.returncode, done.stderr) == (
        1,
        "error: Stage trial is not deployed in us-east-1: run `make deploy STAGE=trial`\n",
    )
