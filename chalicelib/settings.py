"""The only reader of environment variables: parsed once, failing with the name of the variable that is wrong."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

SHORTEST_SIGNING_KEY = 32  # bytes, RFC 7518 section 3.2 for HS256


class InvalidSetting(Exception):
    """An environment variable is missing or cannot be used; the message names it and says what would be right."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the functions are told from outside. Durations in seconds."""

    stage: str
    public_url: str  # where pages reach scripts and ingestion, without a trailing slash
    jwt_secret: str
    jwt_secret_previous: str | None
    access_token_seconds: int
    refresh_token_seconds: int
    challenge_token_seconds: int
    collector_bucket: str
    cdn_distribution_id: str | None
    kms_key_id: str
    events_queue_url: str
    builds_queue_url: str
    build_deadline_seconds: int


def table_prefix() -> str:
    """What every table name starts with: stages share an account without sharing tables."""
    return f"signal-{os.environ.get('STAGE') or 'local'}-"


def log_level() -> str:
    """The least severe level that is logged."""
    level = os.environ.get("LOG_LEVEL") or "INFO"
    if level not in ("DEBUG", "INFO", "WARNING", "ERROR"):
        raise InvalidSetting(f"LOG_LEVEL is {level!r}; it must be DEBUG, INFO, WARNING or ERROR")
    return level


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process.

    Raises InvalidSetting.
    """
    return parse(os.environ)


def parse(environ: Mapping[str, str]) -> Settings:
    """Read `environ`; raises InvalidSetting for the first variable that cannot be used."""
    return Settings(
        stage=environ.get("STAGE") or "local",
        public_url=_required(environ, "PUBLIC_URL").rstrip("/"),
        jwt_secret=_signing_key(environ, "JWT_SECRET"),
        jwt_secret_previous=(
            _signing_key(environ, "JWT_SECRET_PREVIOUS") if environ.get("JWT_SECRET_PREVIOUS") else None
        ),
        access_token_seconds=_seconds(environ, "ACCESS_TOKEN_TTL", 900),
        refresh_token_seconds=_seconds(environ, "REFRESH_TOKEN_TTL", 604_800),
        challenge_token_seconds=_seconds(environ, "CHALLENGE_TOKEN_TTL", 3_600),
        collector_bucket=_required(environ, "COLLECTOR_BUCKET"),
        cdn_distribution_id=environ.get("CDN_DISTRIBUTION_ID") or None,
        kms_key_id=_required(environ, "KMS_KEY_ID"),
        events_queue_url=_required(environ, "EVENTS_QUEUE_URL"),
        builds_queue_url=_required(environ, "BUILDS_QUEUE_URL"),
        build_deadline_seconds=_seconds(environ, "BUILD_DEADLINE", 120),
    )


def _required(environ: Mapping[str, str], name: str) -> str:
    value = environ.get(name)
    if not value:
        raise InvalidSetting(f"{name} is not set")
    return value


def _signing_key(environ: Mapping[str, str], name: str) -> str:
    value = _required(environ, name)
    if len(value.encode()) < SHORTEST_SIGNING_KEY:
        raise InvalidSetting(f"{name} is shorter than {SHORTEST_SIGNING_KEY} bytes")
    return value


def _seconds(environ: Mapping[str, str], name: str, default: int) -> int:
    text = environ.get(name) or str(default)
    if not text.isascii() or not text.isdecimal() or int(text) == 0:
        raise InvalidSetting(f"{name} is {text!r}; it must be a whole number of seconds above 0")
    return int(text)
