"""An event as senders give it: read from the request and brought into one envelope. Plain functions."""

import re
import uuid
from datetime import datetime
from typing import Any

from ..api.validation import parse_json
from ..errors import InvalidEvent, InvalidJson

LARGEST_EVENT = 64 * 1024  # bytes
OBJECTS = ("properties", "traits", "context")
TEXTS = ("event", "name", "userId", "anonymousId", "groupId", "messageId")
LONGEST_TEXT = 500  # characters


def parse(body: bytes) -> dict[str, Any]:
    """The JSON object in a request body, whatever content type a beacon gave it.

    Raises InvalidEvent.
    """
    try:
        value = parse_json(body)
    except InvalidJson as error:
        raise InvalidEvent(error.message) from None
    if not isinstance(value, dict):
        raise InvalidEvent("The body must be a JSON object")
    return value


def normalise(kind: str, sent: dict[str, Any], received_at: datetime) -> dict[str, Any]:
    """The envelope of a sent event of this kind. Fields that no event has are left out.

    Raises InvalidEvent, naming the field.
    """
    for field in OBJECTS:
        if not isinstance(sent.get(field, {}), dict):
            raise InvalidEvent(f"{field} must be an object")
    for field in TEXTS:
        text = sent.get(field)
        if text is not None and (not isinstance(text, str) or len(text) > LONGEST_TEXT):
            raise InvalidEvent(f"{field} must be a string of at most {LONGEST_TEXT} characters")
    if kind == "track" and not sent.get("event"):
        raise InvalidEvent("event is required: the name of what happened")
    received = received_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    envelope = {field: sent[field] for field in (*OBJECTS, *TEXTS) if sent.get(field)}
    return envelope | {
        "type": kind,
        "messageId": sent.get("messageId") or str(uuid.uuid4()),
        "timestamp": _timestamp(sent.get("timestamp")) or received,
        "receivedAt": received,
    }


def _timestamp(sent: Any) -> str | None:
    if sent is None:
        return None
    if isinstance(sent, str) and len(sent) <= 40 and re.match(r"\d{4}-\d{2}-\d{2}T", sent):
        try:
            datetime.fromisoformat(sent)
            return sent
        except ValueError:
            pass
    raise InvalidEvent("timestamp must be an ISO 8601 time such as 2026-02-20T10:00:00.000Z")
