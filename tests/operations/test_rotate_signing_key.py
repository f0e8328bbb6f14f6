"""Changing the key that tokens are signed with: nobody is signed out, unless it leaked."""

import argparse
from datetime import UTC, datetime

import boto3
import pytest

from chalicelib import auth, aws, signing_keys
from chalicelib.errors import InvalidToken
from chalicelib.settings import settings
from deployment.account import Account
from operations import rotate_signing_key
from operations.failure import OperationFailed
from operations.place import Place

pytestmark = pytest.mark.moto("a key that was rotated stays rotated for the next test")
NAME = "signal-test-signing-key"


@pytest.fixture
def stage(moto_aws, monkeypatch, time):
    """A stage whose key is a secret of AWS."""
    time.moment = datetime.now(UTC)  # what moto says a secret was made at
    made = aws.client("secretsmanager").create_secret(Name=NAME, SecretString="the first key, of thirty-two bytes")
    monkeypatch.setenv("JWT_SECRET_ARN", made["ARN"])
    settings.cache_clear()
    signing_keys.forget()
    yield Place(Account(boto3.Session(), "123456789012", "us-east-1"), "test")
    monkeypatch.delenv("JWT_SECRET_ARN")
    settings.cache_clear()


def rotate(stage, leaked=""):
    rotate_signing_key.run(stage, argparse.Namespace(leaked=leaked))
    signing_keys.forget()  # as every process does after some minutes


def a_token():
    return f"Bearer {auth.issue_access_token('usr_1', 'org_1', 'viewer', 'v@acme.example')}"


def keys():
    return aws.client("secretsmanager").get_secret_value(SecretId=NAME)["SecretString"]


def test_what_the_old_key_signed_is_accepted(stage):
    before, old = a_token(), keys()
    rotate(stage)
    assert auth.authenticate(before).user_id == "usr_1"
    assert auth.authenticate(a_token()).user_id == "usr_1"
    assert keys() != old
    assert (len(keys()), keys().isalnum()) == (64, True)


def test_what_a_leaked_key_signed_is_refused(stage):
    before = a_token()
    rotate(stage, leaked="1")
    with pytest.raises(InvalidToken):
        auth.authenticate(before)
    assert auth.authenticate(a_token()).user_id == "usr_1"


def test_a_key_is_not_changed_while_the_one_before_is_needed(stage, time):
    rotate(stage)
    changed = keys()
    with pytest.raises(OperationFailed, match=r"is accepted until 20.*Z: wait until then, or say LEAKED=1"):
        rotate(stage)
    assert keys() == changed
    time.pass_(minutes=21)
    rotate(stage)
    assert keys() != changed


def test_a_stage_without_a_secret_is_told_where_its_key_is(stage):
    aws.client("secretsmanager").delete_secret(SecretId=NAME, ForceDeleteWithoutRecovery=True)
    with pytest.raises(OperationFailed, match=r"has no secret signal-test-signing-key: .* secrets.json of its STATE"):
        rotate(stage)


def test_a_switch_that_is_neither_on_nor_off_is_named(stage):
    with pytest.raises(OperationFailed, match="LEAKED 'yes' must be 1, or not be said"):
        rotate(stage, leaked="yes")
