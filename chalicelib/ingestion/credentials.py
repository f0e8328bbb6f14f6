"""Who sends: the pipeline key, and the secret and challenge token that may come with it, from wherever they are."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from ..errors import InvalidPipelineKey

LONGEST_KEY = 100  # characters


def key_of(headers: Mapping[str, str], query: Mapping[str, str], sent: dict[str, Any]) -> str:
    """The pipeline key, from the first place that has one.

    Raises InvalidPipelineKey.
    """
    scheme, _, credentials = headers.get("authorization", "").partition(" ")
    candidates = (
        credentials.strip() if scheme.lower() == "bearer" else None,
        basic(headers)[0],
        headers.get("x-write-key"),
        sent.get("writeKey"),
        query.get("writeKey"),
        query.get("wk"),
    )
    for candidate in candidates:
        if isinstance(candidate, str) and candidate.startswith("dk_") and len(candidate) <= LONGEST_KEY:
            return candidate
    raise InvalidPipelineKey


def basic(headers: Mapping[str, str]) -> tuple[str, str]:
    """The key and the secret of Basic authentication; empty where there are none. The Segment family's server SDKs
    send the key alone."""
    scheme, _, credentials = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        user, _, password = base64.b64decode(credentials.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return user, password


def challenge_token(headers: Mapping[str, str], sent: dict[str, Any]) -> str | None:
    """The challenge token, if there is one."""
    given = sent.get("challengeToken") or headers.get("x-challenge-token")
    return given if isinstance(given, str) and given else None
