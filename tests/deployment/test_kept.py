"""What keeps data outlives everything else."""

import json
from pathlib import Path

import pytest

from chalicelib.infrastructure.resources import template
from chalicelib.infrastructure.tables import MODELS
from deployment import checks
from deployment.kept import kept, only_kept, references, stack_policy
from deployment.removal import Named, Removal, named
from deployment.stage import LONGEST, artifacts_bucket, checked_stage

from .canned import ACCOUNT, a_clock, canned

TEMPLATE = template("prod")
LONGEST_NAMES = {"BucketName": 63, "FunctionName": 64, "QueueName": 80, "RoleName": 64, "TableName": 255}


def test_all_that_holds_data_is_kept():
    types = [resource["Type"] for resource in kept(TEMPLATE).values()]
    assert types.count("AWS::DynamoDB::Table") == len(MODELS)
    assert {"AWS::S3::Bucket", "AWS::SQS::Queue", "AWS::KMS::Key"} <= set(types)
    holding = {
        "AWS::DynamoDB::Table",
        "AWS::S3::Bucket",
        "AWS::SQS::Queue",
        "AWS::KMS::Key",
        "AWS::SecretsManager::Secret",
    }
    others = {name: each["Type"] for name, each in TEMPLATE["Resources"].items() if name not in kept(TEMPLATE)}
    # What alarms say is encrypted on its way alone, so nothing is lost with that key.
    assert [name for name, kind in others.items() if kind in holding] == ["AlarmKey"]


@pytest.mark.slow
def test_what_is_left_after_destroying_is_a_template_that_the_linter_takes(local_package: Path, tmp_path: Path):
    sam = json.loads((local_package / "sam.json").read_text())
    reduced = only_kept(sam)
    assert set(reduced["Resources"]) == set(kept(sam))
    assert "Transform" not in reduced
    assert reduced["Parameters"] == sam["Parameters"]
    assert {"EventsBucketName", "SecretsKeyArn"} <= set(reduced["Outputs"])
    assert "CdnDomainName" not in reduced["Outputs"]
    left = tmp_path / "left.json"
    left.write_text(json.dumps(reduced))
    # Parameters and conditions wait for the next deployment.
    checks.lint(left, ignored=("W2001", "W8001"))


def test_what_is_kept_keeps_what_it_refers_to():
    made = {
        "Resources": {
            "Data": {"Type": "AWS::X::Y", "DeletionPolicy": "Retain", "Properties": {"Key": {"Ref": "Key"}}},
            "Key": {"Type": "AWS::X::Z", "Properties": {"Name": {"Fn::Sub": "${Other.Name}-x"}}},
            "Other": {"Type": "AWS::X::Z", "DependsOn": "Last"},
            "Last": {"Type": "AWS::X::Z"},
            "Function": {"Type": "AWS::Serverless::Function", "Properties": {"Data": {"Ref": "Data"}}},
        }
    }
    assert set(only_kept(made)["Resources"]) == {"Data", "Key", "Other", "Last"}


@pytest.mark.parametrize(
    ("part", "names"),
    [
        ({"Ref": "A"}, {"A"}),
        ({"Fn::GetAtt": ["A", "Arn"]}, {"A"}),
        ({"Fn::GetAtt": "A.Arn"}, {"A"}),
        ({"Fn::Sub": "${A}/${B.Arn}"}, {"A", "B"}),
        ({"Fn::Sub": ["${A}/${C}", {"C": {"Ref": "B"}}]}, {"A", "B", "C"}),
        ({"DependsOn": ["A", "B"]}, {"A", "B"}),
        ({"Fn::If": ["Condition", [{"Ref": "A"}], "B"]}, {"A"}),
        ("A", set()),
    ],
)
def test_what_a_part_refers_to(part, names):
    assert references(part) == names


def test_the_stack_policy_is_short_enough_and_names_all_that_is_kept():
    policy = stack_policy(list(kept(TEMPLATE)))
    assert len(policy) <= 16_384  # AWS: the longest that SetStackPolicy takes
    assert policy.count("LogicalResourceId/") == len(kept(TEMPLATE))


def test_all_that_is_kept_can_be_removed_for_good():
    with canned() as account:
        ways = Removal(account, a_clock())._ways()
    assert {resource["Type"] for resource in kept(TEMPLATE).values()} <= set(ways)


def test_names_are_those_in_the_account():
    with canned() as account:
        found = named(kept(TEMPLATE), account)
    assert found["EventsBucket"] == Named("AWS::S3::Bucket", f"signal-prod-events-{ACCOUNT}")
    assert found["UsersTable"] == Named("AWS::DynamoDB::Table", "signal-prod-users")
    assert "SecretsKey" not in found


def test_the_longest_stage_still_makes_names_that_aws_takes():
    stage = checked_stage("s" * LONGEST)
    assert len(artifacts_bucket(stage, ACCOUNT)) <= 63
    for name, resource in template(stage)["Resources"].items():
        for property_name, longest in LONGEST_NAMES.items():
            given = resource.get("Properties", {}).get(property_name, "")
            text = given.get("Fn::Sub", "").replace("${AWS::AccountId}", ACCOUNT) if isinstance(given, dict) else given
            assert len(text) <= longest, name
