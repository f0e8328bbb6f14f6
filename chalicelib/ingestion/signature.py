"""Signed requests: an HMAC of the raw body by which a server proves that it knows the pipeline's secret.

`X-Timestamp` has milliseconds since the epoch, `X-Signature` is `sha256=` and the hexadecimal HMAC-SHA256 (RFC 2104) of
the timestamp, a dot and the bytes of the body. A request may be repeated within the time that it is good for: events
are deduplicated by their message id.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass

GOOD_FOR = 5 * 60 * 1000  # milliseconds, before and after
SIGNATURE = re.compile("sha256=([0-9a-fA-F]{64})", re.ASCII)
TIMESTAMP = re.compile("[0-9]{1,15}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Signature:
    """What a signed request says; not checked yet, and perhaps not even well formed."""

    signature: str
    timestamp: str
    body: bytes

    def is_valid(self, secrets: list[str], now: int) -> bool:
        """Whether one of the secrets made it, within five minutes of `now` (milliseconds)."""
        return self.made_with(secrets, now) is not None

    def made_with(self, secrets: list[str], now: int) -> str | None:
        """The one of the secrets that made it, within five minutes of `now` (milliseconds); None when none did."""
        given = SIGNATURE.fullmatch(self.signature)
        if not given or not TIMESTAMP.fullmatch(self.timestamp) or abs(now - int(self.timestamp)) > GOOD_FOR:
            return None
        signed = self.timestamp.encode() + b"." + self.body
        made = {secret: hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets}
        return next((secret for secret, each in made.items() if hmac.compare_digest(given[1].lower(), each)), None)

    @property
    def message_id(self) -> str:
        """An id for an event that came without one: a repeated request gives the same."""
        return f"sig-{self.signature.removeprefix('sha256=').lower()}"


def signature_of(headers: Mapping[str, str], body: bytes) -> Signature | None:
    """The signature of a request, if it has one, or a part of one."""
    signature, timestamp = headers.get("x-signature"), headers.get("x-timestamp")
    if signature is None and timestamp is None:
        return None
    return Signature((signature or "").strip(), (timestamp or "").strip(), body)
