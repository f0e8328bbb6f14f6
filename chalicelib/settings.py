"""The only reader of environment variables: each parsed once, failing with the name of the variable that is wrong."""

import os
from collections.abc import Mapping
from functools import cached_property, lru_cache

SHORTEST_SIGNING_KEY = 32  # bytes, RFC 7518 section 3.2 for HS256


class InvalidSetting(Exception):
    """An environment variable is missing or cannot be used; the message names it and says what would be right."""


class Settings:
    """Everything the functions are told from outside. Durations in seconds.

    A setting is read when first asked for, because each function is told only what it needs: the builder has no
    signing key. Raises InvalidSetting.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    @cached_property
    def stage(self) -> str:
        """The stage, whose name every table name holds."""
        return self._environ.get("STAGE") or "local"

    @cached_property
    def public_url(self) -> str:
        """Where pages reach scripts and ingestion, without a trailing slash."""
        return _required(self._environ, "PUBLIC_URL").rstrip("/")

    @cached_property
    def jwt_secret_arn(self) -> str | None:
        """The secret of AWS Secrets Manager that has the key that access tokens are signed with; none where the
        environment has it."""
        return self._environ.get("JWT_SECRET_ARN") or None

    @cached_property
    def jwt_secret(self) -> str:
        """The key that access tokens are signed with, where it is in no secret of AWS."""
        return _signing_key(self._environ, "JWT_SECRET")

    @cached_property
    def jwt_secret_previous(self) -> str | None:
        """The key from before it was last changed: accepted, but not used to sign."""
        return _signing_key(self._environ, "JWT_SECRET_PREVIOUS") if self._environ.get("JWT_SECRET_PREVIOUS") else None

    @cached_property
    def access_token_seconds(self) -> int:
        """How long an access token lives."""
        return _seconds(self._environ, "ACCESS_TOKEN_TTL", 900)

    @cached_property
    def refresh_token_seconds(self) -> int:
        """How long a refresh token lives."""
        return _seconds(self._environ, "REFRESH_TOKEN_TTL", 604_800)

    @cached_property
    def challenge_token_seconds(self) -> int:
        """How long a challenge token lives."""
        return _seconds(self._environ, "CHALLENGE_TOKEN_TTL", 3_600)

    @cached_property
    def collector_bucket(self) -> str:
        """Where built collectors lie."""
        return _required(self._environ, "COLLECTOR_BUCKET")

    @cached_property
    def cdn_distribution_id(self) -> str | None:
        """The CloudFront distribution whose cache forgets a replaced script; none where there is no CDN."""
        return self._environ.get("CDN_DISTRIBUTION_ID") or None

    @cached_property
    def certificate_arn(self) -> str | None:
        """The certificate of the domain, whose days are watched; none where CloudFront's own is used."""
        return self._environ.get("CERTIFICATE_ARN") or None

    @cached_property
    def kms_key_id(self) -> str:
        """The key that secrets are encrypted with."""
        return _required(self._environ, "KMS_KEY_ID")

    @cached_property
    def events_queue_url(self) -> str:
        """Where accepted events wait."""
        return _required(self._environ, "EVENTS_QUEUE_URL")

    @cached_property
    def events_dead_letter_queue_url(self) -> str:
        """Where events lie that cannot be worked on."""
        return _required(self._environ, "EVENTS_DEAD_LETTER_QUEUE_URL")

    @cached_property
    def deliveries_queue_url(self) -> str:
        """Where events wait that are to be delivered."""
        return _required(self._environ, "DELIVERIES_QUEUE_URL")

    @cached_property
    def live_events_always(self) -> bool:
        """Whether every event is kept to be looked at, rather than only while somebody looks."""
        return _one_of(self._environ, "LIVE_EVENTS", ("watched", "always")) == "always"

    @cached_property
    def trusted_proxies(self) -> int:
        """How many proxies of ours stand between visitors and the API, each adding to `X-Forwarded-For`."""
        return int(_one_of(self._environ, "TRUSTED_PROXIES", ("0", "1", "2", "3")))

    @cached_property
    def events_bucket(self) -> str:
        """Where accepted events are archived."""
        return _required(self._environ, "EVENTS_BUCKET")

    @cached_property
    def private_addresses(self) -> bool:
        """Whether requests may go to addresses that are not public. Only the operator can say so."""
        return _one_of(self._environ, "DELIVER_TO_PRIVATE_ADDRESSES", ("no", "yes")) == "yes"

    @cached_property
    def builds_queue_url(self) -> str:
        """Where builds wait."""
        return _required(self._environ, "BUILDS_QUEUE_URL")

    @cached_property
    def build_deadline_seconds(self) -> int:
        """After how long a build that is not ready has died."""
        return _seconds(self._environ, "BUILD_DEADLINE", 120)


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
    """The settings of this process."""
    return Settings(os.environ)


def parse(environ: Mapping[str, str]) -> Settings:
    """The settings in `environ`, all of them read at once, so that a server refuses to start with a wrong one.

    Raises InvalidSetting for the first variable that cannot be used.
    """
    read = Settings(environ)
    for name, member in vars(Settings).items():
        if isinstance(member, cached_property):
            getattr(read, name)
    return read


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


def _one_of(environ: Mapping[str, str], name: str, values: tuple[str, ...]) -> str:
    """The value, by default the first of those that are possible."""
    value = environ.get(name) or values[0]
    if value not in values:
        raise InvalidSetting(f"{name} is {value!r}; it must be {', '.join(values[:-1])} or {values[-1]}")
    return value


def _seconds(environ: Mapping[str, str], name: str, default: int) -> int:
    text = environ.get(name) or str(default)
    if not text.isascii() or not text.isdecimal() or int(text) == 0:
        raise InvalidSetting(f"{name} is {text!r}; it must be a whole number of seconds above 0")
    return int(text)
