"""The keys that access tokens and forms are signed with: what the environment says, or a secret of AWS Secrets Manager.

A deployed stage has them in a secret, so that they are in no template and no environment, and a rotation needs no
deployment: the secret's version AWSCURRENT signs. AWSPREVIOUS is accepted as long as tokens may live that it signed.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from . import aws, clock
from .settings import settings

KEPT = timedelta(minutes=5)
# So that signatures which nobody made are not a way to let us read the secret all the time.
READ_AGAIN_AFTER = timedelta(seconds=10)

Found = TypeVar("Found")

_reading = threading.Lock()
_read: "_Read | None" = None


@dataclass(frozen=True, slots=True)
class _Read:
    keys: tuple[str, ...]  # the first one signs
    at: datetime


def signing() -> str:
    """The key that signs.

    Raises botocore's errors while the secret cannot be read and never was.
    """
    return _keys(KEPT)[0]


def verified(check: Callable[[str], Found | None]) -> Found | None:
    """The first thing that `check` finds with one of the keys whose signatures count; None when it finds nothing.

    Raises as `signing` does, and what `check` raises.
    """
    keys = _keys(KEPT)
    for key in keys:
        if found := check(key):
            return found
    # Another process may know of a rotation that this one does not.
    for key in set(_keys(READ_AGAIN_AFTER)) - set(keys):
        if found := check(key):
            return found
    return None


def previous_until(rotated_at: datetime) -> datetime:
    """Until when there may be tokens that the key from before a rotation signed: others may have used it as long as
    they keep what they read."""
    return rotated_at + KEPT + timedelta(seconds=settings().access_token_seconds)


def forget() -> None:
    """Drop what was read."""
    global _read
    _read = None


def _keys(at_most: timedelta) -> tuple[str, ...]:
    global _read
    secret_id = settings().jwt_secret_arn
    if secret_id is None:
        given = (settings().jwt_secret, settings().jwt_secret_previous)
        return tuple(key for key in given if key)
    with _reading:
        if _read is None or clock.now() - _read.at >= at_most:
            try:
                keys = _stored(secret_id)
            except Exception:
                if _read is None:
                    raise
                keys = _read.keys  # better than turning everybody away
            _read = _Read(keys, clock.now())
        return _read.keys


def _stored(secret_id: str) -> tuple[str, ...]:
    secrets = aws.client("secretsmanager")
    current = secrets.get_secret_value(SecretId=secret_id)
    if not _may_live(current["CreatedDate"]):
        return (current["SecretString"],)
    try:
        previous = secrets.get_secret_value(SecretId=secret_id, VersionStage="AWSPREVIOUS")
    except secrets.exceptions.ResourceNotFoundException:
        return (current["SecretString"],)
    return (current["SecretString"], previous["SecretString"])


def _may_live(rotated_at: datetime) -> bool:
    return clock.now() < previous_until(rotated_at)
