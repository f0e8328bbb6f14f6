"""An event that somebody gives to try something with: as SDKs send it, or as the archive has it. It gets what every
accepted event has; what ingestion finds out besides, such as the visitor's address, is there only if it is given."""

import uuid
from datetime import datetime
from typing import Any

from .. import clock
from ..errors import ValidationFailed

KINDS = ("track", "page", "screen", "identify", "group", "alias")
OBJECTS = ("properties", "traits", "context")
TEXTS = ("event", "name", "userId", "anonymousId", "previousId", "groupId", "messageId")
TIMES = ("timestamp", "originalTimestamp", "receivedAt")
NEEDED = {"track": "event", "alias": "previousId"}
LONGEST_TEXT = 500  # characters


def completed(given: dict[str, Any]) -> dict[str, Any]:
    """The event with its id and times, and without fields that no event has.

    Raises ValidationFailed with all wrong fields.
    """
    problems = list(_problems(given))
    if problems:
        raise ValidationFailed([{"field": f"event.{field}", "message": message} for field, message in problems])
    now = clock.iso_milliseconds(clock.milliseconds())
    event = {field: given[field] for field in (*OBJECTS, *TEXTS, *TIMES) if given.get(field)}
    return {"messageId": str(uuid.uuid4()), "timestamp": now, "receivedAt": now} | event | {"type": given["type"]}


def _problems(given: dict[str, Any]) -> list[tuple[str, str]]:
    kind = given.get("type")
    found = []
    if kind not in KINDS:
        found.append(("type", f"must be {', '.join(KINDS[:-1])} or {KINDS[-1]}"))
    elif kind in NEEDED and not given.get(NEEDED[kind]):
        found.append((NEEDED[kind], f"is required of {kind} events"))
    found += [(field, "must be an object") for field in OBJECTS if not isinstance(given.get(field) or {}, dict)]
    found += [
        (field, f"must be a string of at most {LONGEST_TEXT} characters")
        for field in TEXTS
        if given.get(field) and not (isinstance(given[field], str) and len(given[field]) <= LONGEST_TEXT)
    ]
    return found + [
        (field, "must be an ISO 8601 time such as 2026-02-20T10:00:00.000Z")
        for field in TIMES
        if given.get(field) and not _is_time(given[field])
    ]


def _is_time(given: Any) -> bool:
    try:
        return isinstance(given, str) and len(given) <= 40 and bool(datetime.fromisoformat(given))
    except ValueError:
        return False
