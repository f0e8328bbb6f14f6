"""Of a hundred resources that failed, the one that the others followed from, and what to do about it."""

import pytest

from deployment.reasons import advice, first_fault

STACK = "arn:aws:cloudformation:eu-central-1:123456789012:stack/signal-prod/1"


def an_event(name, status, reason="", physical_id="x"):
    return {
        "StackId": STACK,
        "LogicalResourceId": name,
        "PhysicalResourceId": physical_id,
        "ResourceType": "AWS::X::Y",
        "ResourceStatus": status,
        "ResourceStatusReason": reason,
    }


def test_the_first_that_failed_by_itself_is_found():
    events = [
        an_event("A", "CREATE_COMPLETE"),
        an_event("B", "CREATE_FAILED", "Resource creation cancelled"),
        an_event("C", "CREATE_FAILED", "It exploded."),
        an_event("D", "CREATE_FAILED", "Resource creation cancelled"),
        an_event("signal-prod", "ROLLBACK_FAILED", "The following resource(s) failed to create", STACK),
    ]
    assert str(first_fault(events)) == "C (AWS::X::Y): It exploded."


def test_where_only_the_stack_failed_its_reason_is_told():
    events = [an_event("signal-prod", "ROLLBACK_FAILED", "Transform failed", STACK)]
    assert first_fault(events).reason == "Transform failed"


def test_nothing_failed_where_nothing_did():
    assert first_fault([an_event("A", "CREATE_COMPLETE")]) is None


@pytest.mark.parametrize(
    ("reason", "next_step"),
    [
        (
            "One or more of the CNAMEs you provided are already associated (… Error Code: CNAMEAlreadyExists)",
            "Another distribution has the domain",
        ),
        (
            "User: arn:aws:iam::1:user/ci is not authorized to perform: cloudfront:CreateDistribution on resource: *",
            "The credentials may not cloudfront:CreateDistribution",
        ),
        ("Action denied by stack policy: Statement [#2] does not allow [Update:Replace]", "It keeps data"),
        ("The specified SSL certificate doesn't exist, isn't in us-east-1 region", "CloudFront cannot use the certifi"),
        ("/aws/lambda/signal-prod-api already exists in stack arn:aws:…", "Something else has that name"),
        ("Resource handler returned message: LimitExceededException: too many tables", "The account is at a limit"),
        ("Rate exceeded", "AWS was asked too much"),
        ("S3 Error Code: NoSuchKey. The specified key does not exist.", "not there any more: deploy again"),
    ],
)
def test_a_known_reason_has_its_next_step(reason, next_step):
    assert advice(reason).startswith(next_step) or next_step in advice(reason)


def test_an_unknown_reason_is_told_as_it_is():
    assert advice("The moon is full") == ""
