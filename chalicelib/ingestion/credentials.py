"""Who sends: the pipeline key, and the secret and challenge token that may come with it, from wherever they are."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import InvalidPipelineKey

LONGEST_KEY = 100  # characters


@dataclass(frozen=True, slots=True)
class Credentials:
    """A pipeline key, and the secret that came with it; empty where none did."""

    key: str
    secret: str = ""


def credentials_of(headers: Mapping[str, str], query: Mapping[str, str], sent: Mapping[str, Any]) -> Credentials:
    """The pipeline key, from the first place that has one.

    Raises InvalidPipelineKey.
    """
    scheme, _, bearer = headers.get("authorization", "").partition(" ")
    candidates = (
        headers.get("x-pipeline-key"),
        bearer.strip() if scheme.lower() == "bearer" else None,
        _basic(headers),
        headers.get("x-write-key"),
        sent.get("writeKey"),
        sent.get("api_key"),
        query.get("writeKey"),
        query.get("wk"),
    )
    secret = _secret(_basic(headers)) or _secret(headers.get("x-write-key", ""))
    for candidate in candidates:
        key = candidate.partition(":")[0] if isinstance(candidate, str) else ""
        if key.startswith("dk_") and len(key) <= LONGEST_KEY:
            return Credentials(key, secret)
    raise InvalidPipelineKey


def _secret(pair: str) -> str:
    """What follows the key. An SDK that was given `key:secret` for a key adds a colon of its own behind it."""
    return pair.partition(":")[2].removesuffix(":")


def _basic(headers: Mapping[str, str]) -> str:
    """User and password of Basic authentication (RFC 7617), with the colon between them; empty where there are none.
    The Segment family's server SDKs send the key alone, as the user."""
    scheme, _, credentials = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(credentials.strip(), validate=True).decode()
    except ValueError:  # not base64, or not UTF-8 in it
        return ""


def challenge_token(headers: Mapping[str, str], sent: Mapping[str, Any]) -> str | None:
    """The challenge token, if there is one."""
    given = sent.get("challengeToken") or headers.get("x-challenge-token")
    return given if isinstance(given, str) and given else None
