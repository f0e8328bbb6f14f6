"""What each function may do: it exists, it is named, and it is not more than that."""

import json
from pathlib import Path
from typing import Any

import pytest
from cfnlint.data import AdditionalSpecs
from cfnlint.helpers import load_resource

from chalicelib.infrastructure.functions import FUNCTIONS
from chalicelib.infrastructure.resources import template

CHALICE = Path(__file__).resolve().parents[2] / ".chalice"
CONFIG = json.loads((CHALICE / "config.json").read_text())
POLICIES = {
    function: json.loads((CHALICE / said["iam_policy_file"]).read_text())
    for function, said in CONFIG["lambda_functions"].items()
}
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
    resources = template("dev")["Resources"]
    for resource in statement["Resource"]:
        assert _logical_id(resource) in resources, resource


def _logical_id(resource: dict[str, Any]) -> str:
    """Of `{"Fn::GetAtt": ["X", "Arn"]}` or the last of `{"Fn::Sub": "…${X.Arn}…"}`; a plain text has none."""
    if "Fn::GetAtt" in resource:
        return str(resource["Fn::GetAtt"][0])
    return str(resource["Fn::Sub"]).rpartition("${")[2].partition("}")[0].removesuffix(".Arn")


@pytest.mark.parametrize(
    ("function", "actions"),
    [
        pytest.param("api_handler", {"dynamodb:Scan", "dynamodb:DeleteTable", "s3:PutObject"}, id="the API"),
        pytest.param("process", {"kms:Decrypt", "dynamodb:DeleteItem", "s3:GetObject"}, id="the processor"),
        pytest.param("build", {"kms:Decrypt", "dynamodb:PutItem", "dynamodb:DeleteItem"}, id="the builder"),
        pytest.param("cleanup", {"dynamodb:PutItem", "dynamodb:GetItem", "dynamodb:Scan"}, id="the cleanup"),
    ],
)
def test_a_function_may_not(function: str, actions: set[str]) -> None:
    granted = {action for statement in POLICIES[function]["Statement"] for action in statement["Action"]}
    assert not granted & actions
    assert not any("*" in action for action in granted)


def test_the_processor_writes_to_the_archive_alone() -> None:
    written = [each["Resource"] for each in POLICIES["process"]["Statement"] if "s3:PutObject" in each["Action"]]
    assert written == [[{"Fn::Sub": "${EventsBucket.Arn}/pipeline=*"}]]
