"""What an event is, whoever gives it: the kinds there are, their fields, and what those may be. Plain functions."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

KINDS = ("track", "page", "screen", "identify", "group", "alias")
OBJECTS = ("properties", "traits", "context")
IDS = ("userId", "anonymousId", "previousId", "groupId")
TEXTS = ("event", "name", *IDS, "messageId")
LONGEST_TEXT = 500  # characters
LONGEST_ID = 900  # bytes: a message id becomes part of a key, and DynamoDB's have at most 1,024
REQUIRED = {
    "track": ("event", "the name of what happened"),
    "alias": ("previousId", "who the user was before"),
}
A_KIND = f"must be {', '.join(KINDS[:-1])} or {KINDS[-1]}"
A_TIME = "must be an ISO 8601 time such as 2026-02-20T10:00:00.000Z"


def problems(kind: str, fields: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The fields of an event of this kind that are not what they must be, each with what would be right."""
    given = {field: value for field, value in fields.items() if value is not None}
    for field in OBJECTS:
        if not isinstance(given.get(field, {}), dict):
            yield field, "must be an object"
    for field in TEXTS:
        text = given.get(field, "")
        if not isinstance(text, str) or len(text) > LONGEST_TEXT:
            yield field, f"must be a string of at most {LONGEST_TEXT} characters"
        elif field == "messageId" and len(text.encode("utf-8", "replace")) > LONGEST_ID:
            yield field, f"must have at most {LONGEST_ID} bytes as UTF-8"
    required, what = REQUIRED.get(kind, ("", ""))
    if required and not given.get(required):
        yield required, f"is required: {what}"


def time_of(given: Any) -> datetime | None:
    """The moment that is meant, or None for what is no ISO 8601 time."""
    if isinstance(given, str) and len(given) <= 40 and re.match(r"\d{4}-\d{2}-\d{2}T", given):
        try:
            return datetime.fromisoformat(given)
        except ValueError:
            pass
    return None
