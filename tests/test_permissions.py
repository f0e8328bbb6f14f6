"""The policies hold while tests run."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from . import permissions
from .permissions import Grant


@pytest.mark.parametrize("function", permissions.POLICIES)
def test_a_function_may_do_what_its_policy_allows_and_nothing_else(function, monkeypatch):
    monkeypatch.setattr(permissions, "used", set())
    mine = [each for each in permissions.GRANTS if each.function == function]
    assert mine
    for grant in mine:
        permissions.allow(function, grant.action, grant.resource.replace("*", "x"))
    with pytest.raises(permissions.ClientError, match=f"the policy of {function} does not allow dynamodb:DeleteTable"):
        permissions.allow(function, "dynamodb:DeleteTable", "PipelinesTable")


def test_nothing_is_allowed_twice():
    assert len(set(permissions.GRANTS)) == len(permissions.GRANTS)


def test_a_call_without_its_permission_is_denied_as_at_aws(api, monkeypatch):
    assert api.get("/v1/ready").status == 200
    kept = tuple(each for each in permissions.GRANTS if each.resource != "UniqueNamesTable")
    monkeypatch.setattr(permissions, "GRANTS", kept)
    assert (api.get("/v1/ready").status, api.get("/v1/health").status) == (503, 200)


def test_the_threads_of_a_function_are_the_function():
    with permissions.as_function("cleanup"), ThreadPoolExecutor(1) as threads:
        assert threads.submit(permissions.running).result() == "cleanup"


@pytest.mark.parametrize(
    ("service", "operation", "given", "asked"),
    [
        ("dynamodb", "GetItem", {"TableName": "signal-test-users"}, [("dynamodb:GetItem", "UsersTable")]),
        (
            "dynamodb",
            "Query",
            {"TableName": "signal-test-pipeline-list", "IndexName": "changed"},
            [("dynamodb:Query", "PipelineListTable/index/changed")],
        ),
        (
            "dynamodb",
            "TransactWriteItems",
            {
                "TransactItems": [
                    {"Put": {"TableName": "signal-test-users"}},
                    {"ConditionCheck": {"TableName": "signal-test-organisations"}},
                ]
            },
            [("dynamodb:PutItem", "UsersTable"), ("dynamodb:ConditionCheckItem", "OrganisationsTable")],
        ),
        ("s3", "HeadObject", {"Bucket": "signal-sink-a", "Key": "k"}, [("s3:GetObject", "signal-sink-a/k")]),
    ],
)
def test_what_a_call_needs(service, operation, given, asked):
    assert list(permissions.needed(service, operation, given)) == asked


def test_what_nothing_needed_is_found():
    unused = Grant("cleanup", "dynamodb:DeleteItem", "SessionsTable")
    assert permissions.superfluous(set(permissions.GRANTS)) == []
    assert permissions.superfluous(set(permissions.GRANTS) - {unused}) == [unused]
