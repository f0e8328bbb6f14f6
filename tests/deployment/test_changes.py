"""What a change set may do, and how it is told."""

import re

import pytest

from chalicelib.infrastructure.resources import template
from deployment import changes
from deployment.changes import Change, refuse_loss, summary
from deployment.failure import DeploymentFailed

from .canned import a_clock, canned

PRESENT = template("prod")
TABLE, BUCKET = "AWS::DynamoDB::Table", "AWS::S3::Bucket"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param(Change("Remove", "UsersTable", TABLE), "remove the table UsersTable", id="removed"),
        pytest.param(
            Change("Modify", "UsersTable", TABLE, "True", "signal-prod-users", ("KeySchema",)),
            "replace the table signal-prod-users (its KeySchema would change)",
            id="replaced",
        ),
        pytest.param(Change("Modify", "EventsBucket", BUCKET, "Conditional"), "replace the bucket", id="maybe"),
        pytest.param(Change("Modify", "EventsQueue", "AWS::SQS::Queue"), "replace the queue", id="unsaid"),
        pytest.param(Change("Dynamic", "SecretsKey", "AWS::KMS::Key"), "replace the key", id="not known before"),
    ],
)
def test_what_would_lose_data_is_refused(change, words):
    with pytest.raises(DeploymentFailed, match=re.escape(f"This would {words}")):
        refuse_loss([change], PRESENT, PRESENT)


@pytest.mark.parametrize(
    "change",
    [
        Change("Add", "NewTable", TABLE),
        Change("Modify", "UsersTable", TABLE, "False", properties=("TimeToLiveSpecification",)),
        Change("Modify", "Build", "AWS::Lambda::Function", "True"),
        Change("Remove", "CollectorDistribution", "AWS::CloudFront::Distribution"),
    ],
    ids=lambda change: f"{change.action} {change.name}",
)
def test_what_loses_nothing_is_let_through(change):
    refuse_loss([change], PRESENT, PRESENT)


def with_attributes(*types, key="id"):
    """The template with a users' table of these attributes."""
    table = {
        "TableName": "signal-prod-users",
        "KeySchema": [{"AttributeName": key, "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": kind} for name, kind in types],
    }
    return {"Resources": {"UsersTable": {"Type": TABLE, "DeletionPolicy": "Retain", "Properties": table}}}


@pytest.mark.parametrize(
    ("wanted", "lost"),
    [
        pytest.param(with_attributes(("id", "S"), ("slug", "S")), False, id="one more, for an index"),
        pytest.param(with_attributes(("id", "N")), True, id="one that is another"),
        pytest.param(with_attributes(("id", "S"), ("slug", "S"), key="slug"), True, id="another key"),
    ],
)
def test_attributes_of_a_table_may_only_be_added(wanted, lost):
    change = Change("Modify", "UsersTable", TABLE, "Conditional", properties=("AttributeDefinitions",))
    try:
        refuse_loss([change], with_attributes(("id", "S")), wanted)
        found = False
    except DeploymentFailed:
        found = True
    assert found == lost


def test_few_changes_are_named_and_many_are_counted():
    many = [Change("Add", f"T{number}", TABLE) for number in range(9)]
    few = [Change("Modify", "Build", "AWS::Lambda::Function", "False"), Change("Remove", "Old", "AWS::X::Policy")]
    assert summary([*many, *few]) == [
        "  new:     9 tables",
        "  changed: Build (function)",
        "  removed: Old (Policy)",
    ]


@pytest.mark.parametrize(
    ("one", "many"), [("table", "tables"), ("bucket policy", "bucket policies"), ("key", "keys"), ("alias", "aliases")]
)
def test_kinds_have_a_plural(one, many):
    assert changes.plural(one) == many


class OfStack:
    """What of a stack a change set needs."""

    name = "signal-prod"

    def __init__(self, account):
        self.cloudformation = account.client("cloudformation")


def test_a_template_that_cloudformation_does_not_take_is_one_sentence():
    """As its check before the deployment says it of a name that is taken."""
    with canned() as account:
        account.expect("cloudformation", "create_change_set", {"Id": "arn:aws:x", "StackId": "s"})
        status = {"Status": "CREATE_IN_PROGRESS"}
        account.expect("cloudformation", "describe_change_set", status)
        failed = {"Status": "FAILED", "StatusReason": "Resource of type 'AWS::S3::Bucket' already exists"}
        account.expect("cloudformation", "describe_change_set", failed)
        account.expect("cloudformation", "delete_change_set")
        with pytest.raises(DeploymentFailed, match=r"does not take the template: Resource .* already exists"):
            changes.make(OfStack(account), a_clock(), name="d", exists=True, url="https://s3/x", parameters=[])


def test_a_change_set_of_several_pages_is_read_to_the_end():
    def page(name, **more):
        change = {"Action": "Add", "LogicalResourceId": name, "ResourceType": TABLE}
        return {"Status": "CREATE_COMPLETE", "Changes": [{"Type": "Resource", "ResourceChange": change}], **more}

    with canned() as account:
        account.expect("cloudformation", "create_change_set", {"Id": "arn:aws:x", "StackId": "s"})
        account.expect("cloudformation", "describe_change_set", page("A"))
        account.expect("cloudformation", "describe_change_set", page("A", NextToken="2"))
        account.expect("cloudformation", "describe_change_set", page("B"))
        made = changes.make(OfStack(account), a_clock(), name="d", exists=False, url="https://s3/x", parameters=[])
    assert [each.name for each in made.changes] == ["A", "B"]
