"""Settings: parsed once, failing with the variable's name."""

import pytest

from chalicelib.settings import InvalidSetting, parse

ENVIRONMENT = {
    "PUBLIC_URL": "https://data.example.com/",
    "JWT_SECRET": "s" * 32,
    "COLLECTOR_BUCKET": "collectors",
    "EVENTS_BUCKET": "events",
    "KMS_KEY_ID": "key",
    "EVENTS_QUEUE_URL": "https://queue/events",
    "EVENTS_DEAD_LETTER_QUEUE_URL": "https://queue/dead",
    "BUILDS_QUEUE_URL": "https://queue/builds",
    "DELIVERIES_QUEUE_URL": "https://queue/deliveries",
}


def test_the_defaults_are_the_documented_ones():
    settings = parse(ENVIRONMENT)
    assert settings.stage == "local"
    assert settings.public_url == "https://data.example.com"
    assert (settings.access_token_seconds, settings.refresh_token_seconds) == (900, 604_800)
    assert settings.challenge_token_seconds == 3600


@pytest.mark.parametrize("name", sorted(ENVIRONMENT))
def test_a_missing_variable_is_named(name):
    with pytest.raises(InvalidSetting, match=f"{name} is not set"):
        parse({key: value for key, value in ENVIRONMENT.items() if key != name})


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("JWT_SECRET", "short", "JWT_SECRET is shorter than 32 bytes"),
        ("JWT_SECRET_PREVIOUS", "short", "JWT_SECRET_PREVIOUS is shorter than 32 bytes"),
        ("ACCESS_TOKEN_TTL", "15m", "ACCESS_TOKEN_TTL is '15m'; it must be a whole number of seconds"),
        ("REFRESH_TOKEN_TTL", "0", "REFRESH_TOKEN_TTL is '0'"),
        ("CHALLENGE_TOKEN_TTL", "-1", "CHALLENGE_TOKEN_TTL is '-1'"),
    ],
)
def test_a_variable_that_cannot_be_used_is_named(name, value, message):
    with pytest.raises(InvalidSetting, match=message):
        parse(ENVIRONMENT | {name: value})
