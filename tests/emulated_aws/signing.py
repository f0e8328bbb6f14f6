"""Who signs: the function that is running with its role, and otherwise the administrator."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import botocore.session
import pytest
from botocore.client import BaseClient
from botocore.credentials import Credentials, ReadOnlyCredentials
from botocore.exceptions import ClientError

from .. import permissions
from .contents import note_written
from .stage import ACCOUNT, deployed_function

ADMINISTRATOR = ReadOnlyCredentials("test", "test", None)  # MiniStack's root
# A run of all tests may take longer than the hour that a role of Lambda is lent for.
LENT_SECONDS = 12 * 3600
# Roles trust Lambda alone. What they may do is another of their policies, and stays as it is deployed.
TRUST_US = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}}
    ],
}
DENIED = frozenset({"AccessDenied", "AccessDeniedException", "403"})  # the last is S3's answer to HEAD


class ByFunction(Credentials):
    """Credentials that are those of whoever is running at the moment of signing."""

    def __init__(self, roles: dict[str, ReadOnlyCredentials]) -> None:
        super().__init__(ADMINISTRATOR.access_key, ADMINISTRATOR.secret_key)
        self._roles = roles

    def get_frozen_credentials(self) -> ReadOnlyCredentials:
        return self._roles.get(permissions.running(), ADMINISTRATOR)


@contextmanager
def signed_by_function() -> Iterator[None]:
    """Every client of this process signs as the role of the function that is running, of those that are deployed."""
    signers = ByFunction({function: _credentials(role_of(function)) for function in permissions.POLICIES})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.session.Session, "get_credentials", lambda *_: signers)
        patch.setattr(permissions, "_call", _watched(permissions._call))
        yield


def role_of(function: str) -> str:
    """The name of the role that a function is deployed with."""
    return str(deployed_function(function)["Role"]).rpartition("/")[2]


def _credentials(role: str) -> ReadOnlyCredentials:
    iam = boto3.client("iam")
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(TRUST_US))
    iam.update_role(RoleName=role, MaxSessionDuration=LENT_SECONDS)
    arn = iam.get_role(RoleName=role)["Role"]["Arn"]
    lent = boto3.client("sts").assume_role(RoleArn=arn, RoleSessionName="tests", DurationSeconds=LENT_SECONDS)
    return ReadOnlyCredentials(
        *(lent["Credentials"][name] for name in ("AccessKeyId", "SecretAccessKey", "SessionToken"))
    )


Call = Callable[[BaseClient, str, dict[str, Any]], Any]
refused: list[str] = []


def _watched(call: Call) -> Call:
    """The same, with a note of what was written to, and of every refusal: the product answers some of them with less,
    and no test would fail."""

    def watched(client: BaseClient, operation: str, given: dict[str, Any]) -> Any:
        note_written(operation, given)
        try:
            return call(client, operation, given)
        except ClientError as error:
            if error.response["Error"]["Code"] in DENIED:
                refused.append(f"{permissions.running() or 'a test'}: {error}")
            raise

    return watched


@contextmanager
def nothing_refused() -> Iterator[None]:
    """Fails at its end when the engine has refused a call that was made inside."""
    refused.clear()
    yield
    assert not refused, "IAM refused: " + "; ".join(refused)
