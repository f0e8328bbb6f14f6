"""An event that somebody gives to try something with: as SDKs send it, or as the archive has it. It gets what every
accepted event has; what ingestion finds out besides, such as the visitor's address, is there only if it is given."""

import uuid
from collections.abc import Iterator
from typing import Any

from .. import clock
from ..errors import ValidationFailed
from ..event_shape import A_KIND, A_TIME, KINDS, OBJECTS, TEXTS, problems, time_of

TIMES = ("timestamp", "originalTimestamp", "receivedAt")


def completed(given: dict[str, Any]) -> dict[str, Any]:
    """The event with its id and times, and without fields that no event has.

    Raises ValidationFailed with all wrong fields.
    """
    wrong = [{"field": f"event.{field}", "message": message} for field, message in _problems(given)]
    if wrong:
        raise ValidationFailed(wrong)
    now = clock.iso_milliseconds(clock.milliseconds())
    event = {field: given[field] for field in (*OBJECTS, *TEXTS, *TIMES) if given.get(field)}
    return {"messageId": str(uuid.uuid4()), "timestamp": now, "receivedAt": now} | event | {"type": given["type"]}


def _problems(given: dict[str, Any]) -> Iterator[tuple[str, str]]:
    kind = given.get("type")
    if kind not in KINDS:
        yield "type", A_KIND
    yield from problems(str(kind), given)
    yield from ((field, A_TIME) for field in TIMES if given.get(field) and time_of(given[field]) is None)
