"""In whatever state a stack is found, it is brought to one that can be changed, or people are told how."""

import datetime
import io
import json
import re

import pytest

from deployment.failure import DeploymentFailed
from deployment.stack import NEVER_WAS, Stack
from deployment.terminal import Terminal

from .canned import a_clock, canned

ID = "arn:aws:cloudformation:eu-central-1:123456789012:stack/signal-prod/1"
NOW = datetime.datetime(2026, 11, 25)
OURS = '{"Description": "Datafly Signal, prod"}'


class Found:
    """A stack in a canned account, and what is said meanwhile."""

    def __init__(self, account):
        self.account = account
        self.out = io.StringIO()
        self.clock = a_clock()
        self.stack = Stack(account, "prod", Terminal(self.clock, self.out), self.clock)

    def stands(self, *statuses):
        """How it stands at the next looks."""
        for status in statuses:
            found = {"StackName": "signal-prod", "StackId": ID, "StackStatus": status, "CreationTime": NOW}
            self.account.expect("cloudformation", "describe_stacks", {"Stacks": [found]})

    def is_gone(self):
        """It is not there at the next look."""
        missing = "Stack with id signal-prod does not exist"
        self.account.refuse("cloudformation", "describe_stacks", "ValidationError", missing)

    def is_ours(self, template=OURS):
        """Its template is looked at."""
        found = {"TemplateBody": template}
        self.account.expect("cloudformation", "get_template", found, StackName=ID, TemplateStage="Original")

    def has(self, **resources):
        """What it has at the next look: (logical id, status)."""
        queue = {"Type": "AWS::SQS::Queue", "DeletionPolicy": "RetainExceptOnCreate"}
        template = {"Resources": {"EventsQueue": queue | {"Properties": {"QueueName": "signal-prod-events"}}}}
        self.account.expect("cloudformation", "get_template", {"TemplateBody": json.dumps(template)})
        about = {"ResourceType": "AWS::SQS::Queue", "PhysicalResourceId": "x", "LastUpdatedTimestamp": NOW}
        told = [about | {"LogicalResourceId": name, "ResourceStatus": status} for name, status in resources.values()]
        self.account.expect("cloudformation", "list_stack_resources", {"StackResourceSummaries": told})

    def happened(self, *events):
        """What its events are at the next look, the oldest first: (logical id, status, reason)."""
        told = [
            {
                "StackId": ID,
                "EventId": str(number),
                "StackName": "signal-prod",
                "LogicalResourceId": name,
                "PhysicalResourceId": ID if name == "signal-prod" else f"physical-{name}",
                "ResourceType": "AWS::CloudFront::Distribution",
                "Timestamp": NOW,
                "ResourceStatus": status,
                "ResourceStatusReason": reason,
            }
            for number, (name, status, reason) in enumerate(events)
        ]
        self.account.expect("cloudformation", "describe_stack_events", {"StackEvents": told[::-1]})


@pytest.fixture
def found():
    with canned() as account:
        yield Found(account)


def test_a_stack_that_is_not_there_is_to_be_created(found):
    found.is_gone()
    assert found.stack.settle() is None


@pytest.mark.parametrize("status", ["CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"])
def test_a_stack_that_is_well_can_be_changed_at_once(found, status):
    found.stands(status)
    found.is_ours()
    assert found.stack.settle()["StackStatus"] == status
    assert found.out.getvalue() == ""


@pytest.mark.parametrize("status", NEVER_WAS)
def test_a_stack_that_never_came_to_be_is_removed(found, status):
    found.stands(status)
    if status != "REVIEW_IN_PROGRESS":
        found.is_ours()
        found.has(a_queue=("EventsQueue", "DELETE_FAILED"))
    found.account.expect("cloudformation", "delete_stack", StackName=ID)
    found.stands("DELETE_IN_PROGRESS")
    found.happened(("signal-prod", "DELETE_IN_PROGRESS", ""))
    found.stands("DELETE_COMPLETE")
    if status != "REVIEW_IN_PROGRESS":
        url = "https://sqs.eu-central-1.amazonaws.com/1/signal-prod-events"
        found.account.expect("sqs", "get_queue_url", {"QueueUrl": url}, QueueName="signal-prod-events")
        found.account.expect("sqs", "delete_queue", QueueUrl=url)
    assert found.stack.settle() is None
    assert found.out.getvalue() == f"The stack signal-prod never came to be ({status}); it is removed\n"


def test_somebody_elses_deployment_is_waited_for(found):
    found.stands("UPDATE_IN_PROGRESS")
    found.is_ours()
    found.stands("UPDATE_IN_PROGRESS")
    found.happened(("signal-prod", "UPDATE_IN_PROGRESS", ""), ("Build", "UPDATE_IN_PROGRESS", ""))
    found.stands("UPDATE_COMPLETE", "UPDATE_COMPLETE")
    found.is_ours()
    assert found.stack.settle()["StackStatus"] == "UPDATE_COMPLETE"
    assert found.out.getvalue() == "The stack signal-prod is being changed (UPDATE_IN_PROGRESS); waiting for that\n"


@pytest.mark.parametrize(
    ("status", "call"),
    [("UPDATE_ROLLBACK_FAILED", "continue_update_rollback"), ("UPDATE_FAILED", "rollback_stack")],
)
def test_an_update_that_was_left_half_done_is_undone(found, status, call):
    found.stands(status)
    found.is_ours()
    found.account.expect("cloudformation", call, StackName=ID)
    found.stands("UPDATE_ROLLBACK_COMPLETE")
    assert found.stack.settle()["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"


def test_an_update_that_cannot_be_undone_names_the_resource_and_how_to_leave_it(found):
    found.stands("UPDATE_ROLLBACK_FAILED")
    found.is_ours()
    found.account.expect("cloudformation", "continue_update_rollback")
    found.stands("UPDATE_ROLLBACK_FAILED")
    found.happened(
        ("signal-prod", "UPDATE_IN_PROGRESS", "User Initiated"),
        ("Build", "UPDATE_FAILED", "The role cannot be assumed"),
        ("signal-prod", "UPDATE_ROLLBACK_FAILED", "The following resource(s) failed to update: [Build]"),
    )
    with pytest.raises(
        DeploymentFailed,
        match=r"cannot go back to what it was because of Build .*: The role cannot be assumed[^[]*"
        "`aws cloudformation continue-update-rollback --stack-name signal-prod --resources-to-skip Build`",
    ):
        found.stack.settle()


def test_a_deletion_that_failed_is_finished_by_who_says_so(found):
    found.stands("DELETE_FAILED")
    found.is_ours()
    found.happened(("signal-prod", "DELETE_IN_PROGRESS", ""), ("EventsBucket", "DELETE_FAILED", "Not empty"))
    with pytest.raises(DeploymentFailed, match=r"Not empty\.\nTo finish that, run `make destroy STAGE=prod D"):
        found.stack.settle()


@pytest.mark.parametrize(
    ("template", "what"),
    [
        ('{"Description": "A shop"}', "A shop"),
        ("Resources: {}", "it does not say what it is"),
        ('{"Description": "Datafly Signal, dev"}', "Datafly Signal, dev"),
    ],
)
def test_a_stack_of_somebody_else_is_left_alone(found, template, what):
    found.stands("CREATE_COMPLETE")
    found.is_ours(template)
    with pytest.raises(DeploymentFailed, match=re.escape(f"not of Datafly Signal ({what}): take another STAGE")):
        found.stack.settle()


def test_the_progress_tells_how_many_of_how_many_how_long_and_which(found):
    for _ in range(6):
        found.stands("CREATE_IN_PROGRESS")
        found.happened(
            ("signal-prod", "CREATE_IN_PROGRESS", "User Initiated"),
            ("UsersTable", "CREATE_IN_PROGRESS", ""),
            ("UsersTable", "CREATE_COMPLETE", ""),
            ("CollectorDistribution", "CREATE_IN_PROGRESS", ""),
        )
    found.stands("CREATE_COMPLETE")
    assert found.stack.wait(ID, 68)["StackStatus"] == "CREATE_COMPLETE"
    assert found.out.getvalue() == "1 of 68, 15s: CollectorDistribution (CREATE_IN_PROGRESS)\n"


def test_events_of_an_earlier_operation_do_not_count(found):
    found.happened(
        ("signal-prod", "CREATE_IN_PROGRESS", ""),
        ("Old", "CREATE_FAILED", "long ago"),
        ("signal-prod", "UPDATE_IN_PROGRESS", ""),
        ("Other", "UPDATE_FAILED", "Resource update cancelled"),
        ("New", "UPDATE_FAILED", "Now"),
    )
    assert found.stack.fault(ID).reason == "Now"
