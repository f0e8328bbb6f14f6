"""The key that tokens and forms are signed with, when AWS Secrets Manager keeps it."""

from datetime import UTC, datetime

import pytest
from botocore.exceptions import EndpointConnectionError

from chalicelib import auth, aws, signing_keys
from chalicelib.accounts.bootstrap import ensure_user
from chalicelib.console import forms
from chalicelib.errors import InvalidToken
from chalicelib.settings import settings

from .client import PASSWORD, Api

NAME = "signal-test-signing-key"


class Secret:
    """The secret, and how often it was read."""

    def __init__(self, monkeypatch):
        self.reads, self.out_of_order = 0, False
        self.client = aws.client("secretsmanager")
        self.arn = self.made()
        real = self.client.get_secret_value

        def get_secret_value(**given):
            self.reads += 1
            if self.out_of_order:
                raise EndpointConnectionError(endpoint_url="https://secretsmanager")
            return real(**given)

        monkeypatch.setattr(self.client, "get_secret_value", get_secret_value)

    def made(self):
        """The ARN of the secret; a stage that is deployed has it already."""
        key = "the first key, of thirty-two bytes"
        try:
            return self.client.create_secret(Name=NAME, SecretString=key)["ARN"]
        except self.client.exceptions.ResourceExistsException:
            return self.client.put_secret_value(SecretId=NAME, SecretString=key)["ARN"]

    def rotate(self, key):
        self.client.put_secret_value(SecretId=NAME, SecretString=f"{key}, of at least thirty-two bytes")


@pytest.fixture
def secret(moto_aws, monkeypatch, time):
    time.moment = datetime.now(UTC)  # what AWS says a secret was made at
    secret = Secret(monkeypatch)
    monkeypatch.setenv("JWT_SECRET_ARN", secret.arn)
    settings.cache_clear()
    signing_keys.forget()
    yield secret
    monkeypatch.delenv("JWT_SECRET_ARN")
    settings.cache_clear()


def a_token():
    return f"Bearer {auth.issue_access_token('usr_1', 'org_1', 'viewer', 'v@acme.example')}"


def test_it_is_read_once_for_many_tokens(secret):
    for _ in range(5):
        assert auth.authenticate(a_token()).user_id == "usr_1"
    assert secret.reads <= 2  # the key, and the one before, which there may be


def test_nobody_is_signed_out_by_a_rotation(secret, time):
    token = a_token()
    secret.rotate("the second")
    time.pass_(minutes=6)
    assert auth.authenticate(token).user_id == "usr_1"
    assert auth.authenticate(a_token()).user_id == "usr_1"


def test_a_form_that_was_open_during_a_rotation_can_be_sent(secret, time):
    token = forms.token("ses_1")
    secret.rotate("the second")
    time.pass_(minutes=6)
    assert forms.is_token(token, "ses_1")
    assert forms.is_token(forms.token("ses_1"), "ses_1")
    assert not forms.is_token(token, "ses_2")


def test_the_key_before_ends_when_its_last_token_does(secret, time):
    token = a_token()
    secret.rotate("the second")
    time.pass_(minutes=6)
    settings().__dict__["access_token_seconds"] = 3600  # so that its age alone would not refuse it
    long_lived = a_token()
    secret.rotate("the third")
    time.pass_(minutes=6)
    assert auth.authenticate(long_lived)
    with pytest.raises(InvalidToken):
        auth.authenticate(token)  # two rotations ago
    time.pass_(minutes=70)
    assert signing_keys.verified(lambda key: key.startswith("the second")) is None


def test_what_another_process_signed_with_a_newer_key_is_known(secret, time):
    a_token()
    secret.rotate("the second")
    before, signing_keys._read = signing_keys._read, None
    token = a_token()
    signing_keys._read = before
    time.pass_(seconds=11)
    assert auth.authenticate(token).user_id == "usr_1"


def test_signatures_of_nobody_do_not_make_us_read(secret, time):
    good = a_token()
    reads = secret.reads
    for _ in range(50):
        with pytest.raises(InvalidToken):
            auth.authenticate(good[:-6] + "AAAAAA")
    assert secret.reads - reads <= 2


def test_what_was_read_serves_while_the_secret_cannot_be(secret, time):
    token = a_token()
    secret.out_of_order = True
    time.pass_(minutes=6)
    assert auth.authenticate(token).user_id == "usr_1"


def test_a_process_that_never_read_it_says_that_the_fault_is_ours(secret, api):
    token = a_token().removeprefix("Bearer ")
    secret.out_of_order = True
    signing_keys.forget()
    answer = Api(api.send, token).get("/v1/admin/auth/me")
    assert (answer.status, answer.code, answer.headers["Retry-After"]) == (503, "SERVICE_UNAVAILABLE", "2")


def test_a_function_reads_it_and_nothing_else_of_secrets_manager(secret, api):
    ensure_user("acme", "owner@acme.example", "owner", PASSWORD)
    signed_in = api.signed_in("owner@acme.example")
    signing_keys.forget()
    assert signed_in.get("/v1/admin/auth/me").json["email"] == "owner@acme.example"
