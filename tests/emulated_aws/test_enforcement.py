"""The engine reads the policies that are deployed: what is taken from one is refused, and the test fails."""

import json

import boto3
import pytest

from . import signing


@pytest.fixture
def taken_away():
    """Take all that is allowed on a table from the deployed policy of a function, until the end of the test."""
    iam, before = boto3.client("iam"), []

    def take_away(function, table):
        role = signing.role_of(function)
        (name,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
        policy = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        before.append({"RoleName": role, "PolicyName": name, "PolicyDocument": json.dumps(policy)})
        for statement in policy["Statement"]:
            statement["Resource"] = [each for each in statement["Resource"] if not each.endswith(f"/{table}")]
        policy["Statement"] = [each for each in policy["Statement"] if each["Resource"]]
        iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(policy))

    yield take_away
    for policy in before:
        iam.put_role_policy(**policy)


def test_a_call_that_the_deployed_policy_no_longer_allows_is_refused(api, taken_away):
    assert api.get("/v1/ready").status == 200
    taken_away("ingest", "signal-test-unique-names")
    with pytest.raises(AssertionError, match=r"ingest: .*AccessDenied"), signing.nothing_refused():
        assert (api.get("/v1/ready").status, api.get("/v1/health").status) == (503, 200)
    signing.refused.clear()


def test_a_test_itself_may_do_everything(moto_aws):
    assert boto3.client("sts").get_caller_identity()["Arn"].endswith(":root")
