"""What AWS, or boto3 for it, refuses is one sentence with the next step."""

import re

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    TokenRetrievalError,
    UnauthorizedSSOTokenError,
)

from deployment.refusals import sentence

from .canned import canned


@pytest.mark.parametrize(
    ("error", "words"),
    [
        pytest.param(NoCredentialsError(), "There are no AWS credentials: set AWS_ACCESS_KEY_ID", id="no credentials"),
        pytest.param(
            PartialCredentialsError(provider="env", cred_var="AWS_SECRET_ACCESS_KEY"),
            "not complete: .*AWS_SECRET_ACCESS_KEY",
            id="half of the credentials",
        ),
        pytest.param(ProfileNotFound(profile="work"), r"profile \(work\).*list-profiles", id="unknown profile"),
        pytest.param(UnauthorizedSSOTokenError(), "have expired; get new ones, .*`aws sso login`", id="signed out"),
        pytest.param(
            TokenRetrievalError(provider="sso", error_msg="Token has expired"), "have expired", id="token not renewed"
        ),
        pytest.param(
            EndpointConnectionError(endpoint_url="https://sts.eu-central-1.amazonaws.com"),
            r"cannot be reached \(.*sts\.eu-central-1.*\); look at the network, then run the same command again",
            id="no network",
        ),
        pytest.param(ConnectTimeoutError(endpoint_url="https://s3"), "cannot be reached", id="network too slow"),
    ],
)
def test_what_boto3_refuses(error, words):
    assert re.search(words, sentence(error))


@pytest.mark.parametrize(
    ("code", "message", "words"),
    [
        ("ExpiredToken", "The security token included in the request is expired", "credentials have expired"),
        ("RequestExpired", "Request has expired.", "credentials have expired"),
        ("InvalidClientTokenId", "The security token is invalid.", "AWS does not know the credentials"),
        ("SignatureDoesNotMatch", "", "AWS does not know the credentials; look at AWS_ACCESS_KEY_ID"),
        (
            "AccessDenied",
            "User: arn:aws:iam::123456789012:user/ci is not authorized to perform: iam:CreateRole on resource: role x",
            "may not iam:CreateRole; let somebody who may allow it",
        ),
        ("AccessDeniedException", "", "may not cloudformation:CreateChangeSet"),
        ("Throttling", "Rate exceeded", "asked too much at the moment (Throttling)"),
        ("ValidationError", "Template error: x", "AWS refuses CreateChangeSet: Template error: x"),
        ("Mystery", "", "AWS refuses CreateChangeSet: Mystery"),
    ],
)
def test_what_aws_refuses(code, message, words):
    with canned() as account:
        account.refuse("cloudformation", "create_change_set", code, message)
        with pytest.raises(ClientError) as refused:
            account.client("cloudformation").create_change_set(StackName="signal-prod", ChangeSetName="deploy")
    assert words in sentence(refused.value)


def test_an_action_that_is_called_otherwise_than_its_operation_is_named():
    with canned() as account:
        account.refuse("s3", "put_bucket_encryption", "AccessDenied", "Access Denied", 403)
        sse = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}
        with pytest.raises(ClientError) as refused:
            account.client("s3").put_bucket_encryption(Bucket="b", ServerSideEncryptionConfiguration=sse)
    assert "may not s3:PutEncryptionConfiguration" in sentence(refused.value)
