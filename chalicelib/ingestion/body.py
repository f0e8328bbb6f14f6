"""What a request with events has in its body: JSON, perhaps compressed. Its headers are not asked: beacons and SDKs
send JSON as text or as a form, and `Content-Encoding` is wrong once a gateway has inflated the body."""

import zlib
from typing import Any

from ..api.validation import parse_json
from ..errors import InvalidEvent, InvalidJson, PayloadTooLarge

GZIP = b"\x1f\x8b"  # RFC 1952, section 2.3.1


def inflated(raw: bytes, largest: int) -> bytes:
    """The body without its compression. Never more memory than `largest` is used for it.

    Raises InvalidEvent, PayloadTooLarge.
    """
    if len(raw) > largest:
        raise PayloadTooLarge(f"The body has {len(raw):,} bytes; at most {largest:,} are taken")
    if not raw.startswith(GZIP):
        return raw
    inflater = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        body = inflater.decompress(raw, largest + 1)
    except zlib.error:
        raise InvalidEvent("The body begins like gzip but cannot be inflated") from None
    if len(body) > largest:
        raise PayloadTooLarge(f"The body has more than {largest:,} bytes once it is inflated")
    if not inflater.eof:
        raise InvalidEvent("The gzip body ends too early")
    return body


def parsed(body: bytes) -> dict[str, Any]:
    """The JSON object in a body.

    Raises InvalidEvent.
    """
    try:
        value = parse_json(body)
    except InvalidJson as error:
        raise InvalidEvent(error.message) from None
    if not isinstance(value, dict):
        raise InvalidEvent("The body must be a JSON object")
    return value
