"""What each function may do: it exists, it is named, and it is not more than that."""

import json
from typing import Any

import pytest
from cfnlint.data import AdditionalSpecs
from cfnlint.helpers import load_resource

from chalicelib.infrastructure.functions import FUNCTIONS
from chalicelib.infrastructure.resources import template

from ..permissions import CHALICE, CONFIG, POLICIES

STATEMENTS = [
    pytest.param(statement, id=f"{function}: {statement['Sid']}")
    for function, policy in POLICIES.items()
    for statement in policy["Statement"]
]


def test_every_function_has_a_policy_of_its_own() -> None:
    names = {"api_handler" if function.name == "api" else function.name for function in FUNCTIONS}
    files = [said["iam_policy_file"] for said in CONFIG["lambda_functions"].values()]
    assert set(CONFIG["lambda_functions"]) == names
    assert sorted(files) == sorted(path.name for path in CHALICE.glob("policy-*.json"))


@pytest.mark.parametrize("statement", STATEMENTS)
def test_every_action_exists(statement: dict[str, Any]) -> None:
    known = load_resource(AdditionalSpecs, "Policies.json")
    for action in statement["Action"]:
        service, _, name = action.partition(":")
        assert name.lower() in known[service]["Actions"], action


@pytest.mark.parametrize("statement", STATEMENTS)
def test_every_resource_is_one_of_the_template(statement: dict[str, Any]) -> None:
    resources = template("dev")["Resources"] | template("dev")["Parameters"]
    for resource in statement["Resource"]:
        assert _is_of_the_organisation(resource) or _logical_id(resource) in resources, resource


def _is_of_the_organisation(resource: dict[str, Any]) -> bool:
    """Whether it is a bucket or stream that the organisation made to get its events: named so by convention."""
    return str(resource.get("Fn::Sub", "")).endswith(("s3:::signal-sink-*", "deliverystream/signal-sink-*"))


def _logical_id(resource: dict[str, Any]) -> str:
    """Of `{"Ref": "X"}`, `{"Fn::GetAtt": ["X", "Arn"]}`, or the last of `{"Fn::Sub": "…${X.Arn}…"}`, if it is one."""
    if "Ref" in resource:
        return str(resource["Ref"])
    if "Fn::GetAtt" in resource:
        return str(resource["Fn::GetAtt"][0])
    return str(resource["Fn::Sub"]).rpartition("${")[2].partition("}")[0].removesuffix(".Arn")


@pytest.mark.parametrize(
    ("function", "actions"),
    [
        pytest.param("api_handler", {"dynamodb:Scan", "dynamodb:DeleteTable", "s3:DeleteObject"}, id="the API"),
        pytest.param("process", {"kms:Decrypt", "dynamodb:DeleteItem", "dynamodb:Scan"}, id="the processor"),
        pytest.param("deliver", {"kms:Encrypt", "dynamodb:Scan", "s3:DeleteObject"}, id="the deliverer"),
        pytest.param("build", {"kms:Decrypt", "dynamodb:PutItem", "dynamodb:DeleteItem"}, id="the builder"),
        pytest.param("cleanup", {"dynamodb:PutItem", "dynamodb:GetItem", "dynamodb:Scan"}, id="the cleanup"),
    ],
)
def test_a_function_may_not(function: str, actions: set[str]) -> None:
    granted = {action for statement in POLICIES[function]["Statement"] for action in statement["Action"]}
    assert not granted & actions
    assert not any("*" in action for action in granted)


def test_the_cleanup_may_ask_for_a_certificate_only_where_a_domain_has_one() -> None:
    policy = json.loads((CHALICE / "policy-cleanup.json").read_text())
    (conditional,) = (each["Fn::If"] for each in policy["Statement"] if "Fn::If" in each)
    condition, granted, otherwise = conditional
    assert (condition, otherwise) == ("HasDomainName", {"Ref": "AWS::NoValue"})
    assert (granted["Action"], granted["Resource"]) == (["acm:DescribeCertificate"], [{"Ref": "CertificateArn"}])


@pytest.mark.parametrize(
    ("function", "action", "objects"),
    [
        ("process", "s3:PutObject", ["pipeline=*", "configuration/*"]),
        ("process", "s3:GetObject", ["configuration/*"]),
        ("deliver", "s3:GetObject", ["configuration/*"]),
        ("api_handler", "s3:PutObject", []),
    ],
)
def test_of_the_events_bucket_a_function_has_only(function: str, action: str, objects: list[str]) -> None:
    statements = [each for each in POLICIES[function]["Statement"] if action in each["Action"]]
    found = [resource.get("Fn::Sub", "") for each in statements for resource in each["Resource"]]
    prefix = "${EventsBucket.Arn}/"
    assert [each.removeprefix(prefix) for each in found if each.startswith(prefix)] == objects


@pytest.mark.parametrize(
    ("table", "actions"),
    [
        ("AuditLogTable", {"dynamodb:PutItem", "dynamodb:Query"}),
        ("PipelineRevisionsTable", {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"}),
    ],
)
def test_what_is_recorded_is_written_and_read_by_the_api_and_changed_by_nobody(table: str, actions: set[str]) -> None:
    granted = {
        function: {
            action
            for statement in policy["Statement"]
            if table in {_logical_id(resource) for resource in statement["Resource"]}
            for action in statement["Action"]
        }
        for function, policy in POLICIES.items()
    }
    assert {function: found for function, found in granted.items() if found} == {"api_handler": actions}
