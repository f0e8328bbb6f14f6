"""What an error of boto3 means, in a sentence with what to do next."""

import re
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    NoAuthTokenError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)
from botocore.exceptions import ConnectionError as Unreachable

NONE = (
    "There are no AWS credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE to a profile that "
    "`aws configure` made"
)
EXPIRED = "The AWS credentials have expired; get new ones, for a profile of IAM Identity Center with `aws sso login`"
INVALID = (
    "AWS does not know the credentials; look at AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN and "
    "AWS_PROFILE, and whether the account has the region enabled"
)
UNREACHABLE = (
    "AWS cannot be reached ({}); look at the network, then run the same command again, which goes on from here"
)
BUSY = "AWS is asked too much at the moment ({}); run the same command again in a minute, which goes on from here"

EXPIRED_CODES = {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"}
INVALID_CODES = {
    *("InvalidClientTokenId", "UnrecognizedClientException", "InvalidAccessKeyId", "SignatureDoesNotMatch"),
    *("IncompleteSignature", "InvalidSignatureException", "MissingAuthenticationToken", "AuthFailure", "InvalidToken"),
}
FORBIDDEN_CODES = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "403", "AuthorizationError"}
BUSY_CODES = {"Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequestsException", "SlowDown"}
# AWS's words: "User: arn:… is not authorized to perform: s3:CreateBucket on resource: …"
ACTION = re.compile(r"not authorized to perform:? \[?([a-z0-9-]+:[A-Za-z]+)")
# Actions that are called otherwise than their operation.
ACTIONS = {
    "s3:HeadBucket": "s3:ListBucket",
    "s3:HeadObject": "s3:GetObject",
    "s3:ListObjectVersions": "s3:ListBucketVersions",
    "s3:DeleteObjects": "s3:DeleteObjectVersion",
    "s3:PutPublicAccessBlock": "s3:PutBucketPublicAccessBlock",
    "s3:PutBucketEncryption": "s3:PutEncryptionConfiguration",
    "s3:PutBucketLifecycleConfiguration": "s3:PutLifecycleConfiguration",
    "s3:PutBucketOwnershipControls": "s3:PutBucketOwnershipControls",
}


def note_service(parsed: dict[str, Any], model: Any, **_: Any) -> None:
    """Write into the answer of AWS which service gave it: an error of botocore does not tell."""
    if "Error" in parsed:
        parsed["Error"]["Service"] = model.service_model.signing_name


def sentence(error: BotoCoreError | ClientError) -> str:
    """What is wrong and what to do."""
    if isinstance(error, ClientError):
        return _answered(error)
    if isinstance(error, NoCredentialsError):
        return NONE
    if isinstance(error, PartialCredentialsError):
        return f"The AWS credentials are not complete: {error}"
    if isinstance(error, ProfileNotFound):
        return f"{error}; AWS_PROFILE must be one of `aws configure list-profiles`"
    if isinstance(error, (SSOError, TokenRetrievalError, NoAuthTokenError)):
        return EXPIRED
    if isinstance(error, (Unreachable, HTTPClientError)):
        return UNREACHABLE.format(error)
    return f"AWS was not asked: {error}"


def _answered(error: ClientError) -> str:
    said = error.response.get("Error", {})
    code, message = str(said.get("Code", "")), str(said.get("Message", "")).strip()
    if code in EXPIRED_CODES:
        return EXPIRED
    if code in INVALID_CODES:
        return INVALID
    if is_forbidden(error):
        return forbidden(missing_action(message) or _action(str(said.get("Service", "")), error.operation_name))
    if code in BUSY_CODES:
        return BUSY.format(code)
    return f"AWS refuses {error.operation_name}: {message or code}"


def is_forbidden(error: ClientError) -> bool:
    """Whether the caller lacks a permission."""
    return str(error.response.get("Error", {}).get("Code", "")) in FORBIDDEN_CODES


def forbidden(action: str) -> str:
    """The sentence about a permission that is missing."""
    return (
        f"The credentials may not {action}; let somebody who may allow it, then run the same command again "
        "(docs/deploying.md lists what deploying needs)"
    )


def missing_action(words: str) -> str | None:
    """The action that AWS's words name: `… not authorized to perform: s3:CreateBucket on …` → `s3:CreateBucket`."""
    found = ACTION.search(words)
    return found[1] if found else None


def _action(service: str, operation: str) -> str:
    action = f"{service}:{operation}" if service else operation
    return ACTIONS.get(action, action)
