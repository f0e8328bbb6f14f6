"""Looking at recent events: a page of them, and what came since the last look."""

import base64
import json
import zlib
from collections.abc import Iterable, Sequence
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from .. import clock
from ..errors import ValidationFailed
from ..pipelines import records
from . import live
from .schemas import EventQuery, LiveEvents
from .table import LiveEvent

MOST_READ = 2000  # rows, for one answer
MOST_KNOWN = 150  # rows that a live cursor names
# After what to read, and what of that was read: mark and time of each row.
LiveCursor = tuple[Annotated[str, Meta(pattern="^[0-9]{13}", max_length=500)], dict[str, int]]
LATE_MILLISECONDS = 5000  # by which a row may be written after another that is newer


def show(org_id: str, pipeline_id: str, query: EventQuery) -> LiveEvents:
    """Recent events that match, the newest first. From now on events are recorded, for some minutes.

    Raises PipelineNotFound, ValidationFailed.
    """
    records.load(org_id, pipeline_id)
    live.watch(pipeline_id)
    return _since(pipeline_id, query.after, query) if query.after else _page(pipeline_id, query)


def _page(pipeline_id: str, query: EventQuery) -> LiveEvents:
    before = _decoded(query.cursor, "cursor", str) if query.cursor else None
    found: list[LiveEvent] = []
    read: list[LiveEvent] = []
    ended = True
    for row in live.newest(pipeline_id, before):
        if len(found) == query.limit or len(read) == MOST_READ:
            ended = False
            break
        read.append(row)
        if _matches(row, query):
            found.append(row)
    return LiveEvents(
        events=_shown(found),
        next_cursor=None if ended else _encoded(read[-1].position),
        live_cursor=_live_cursor(live.position_of(clock.milliseconds() - LATE_MILLISECONDS), {}, read[::-1]),
    )


def _since(pipeline_id: str, after: str, query: EventQuery) -> LiveEvents:
    """Rows are written by many processes, so one may come to stand before those that were read already. The cursor
    names these: reading begins some seconds earlier and leaves them out."""
    floor, known = _decoded(after, "after", LiveCursor)
    found: list[LiveEvent] = []
    passed: list[LiveEvent] = []
    for row in live.since(pipeline_id, floor):
        if len(found) == query.limit or len(passed) == MOST_READ:
            break
        passed.append(row)
        if _mark(row) not in known and _matches(row, query):
            found.append(row)
    return LiveEvents(
        events=_shown(reversed(found)),
        next_cursor=None,
        live_cursor=_live_cursor(floor, known, passed),
    )


def _live_cursor(floor: str, known: dict[str, int], passed: Sequence[LiveEvent]) -> str:
    """Where to go on after the rows that were passed, the oldest first. Where there are more than a cursor names, it
    begins after some of them: by their positions, for many are recorded in one moment."""
    known = known | {_mark(row): int(row.position[:13]) for row in passed}
    floor = max([floor, *(live.position_of(at - LATE_MILLISECONDS) for at in known.values())])
    late = {mark: at for mark, at in known.items() if at >= int(floor[:13])}
    for row in passed:
        if len(late) <= MOST_KNOWN:
            break
        if late.pop(_mark(row), None) is not None:
            floor = max(floor, row.position)
    return _encoded([floor, late])


def _mark(row: LiveEvent) -> str:
    return f"{zlib.crc32(row.position.encode()):08x}"


def _matches(row: LiveEvent, query: EventQuery) -> bool:
    if query.verdict and row.verdict != query.verdict:
        return False
    if query.text and query.text.casefold() not in row.event.casefold():
        return False
    if not query.type and not query.event:
        return True
    event = json.loads(row.event)
    named = not query.event or query.event in (event.get("event"), event.get("name"))
    return named and (not query.type or query.type == event.get("type"))


def _shown(rows: Iterable[LiveEvent]) -> Any:
    return [json.loads(row.event) | {"verdict": row.verdict} | _why(row) for row in rows]


def _why(row: LiveEvent) -> dict[str, str]:
    told = {"code": row.code, "reason": row.reason, "integrationId": row.integration_id}
    return {name: text for name, text in told.items() if text}


def _encoded(position: Any) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(position)).decode().rstrip("=")


def _decoded(cursor: str, field: str, kind: Any) -> Any:
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)), type=kind)
    except (ValueError, msgspec.MsgspecError):
        message = "must be a cursor from an earlier answer"
        raise ValidationFailed([{"field": field, "message": message}]) from None
