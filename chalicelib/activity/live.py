"""The recent events of a pipeline with what was made of each, kept for a day to be looked at.

They are recorded only while somebody looks: a look says so to the pipeline's key, which every entrance reads anyway.
"""

import json
import threading
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from pynamodb.exceptions import UpdateError

from .. import clock
from ..pipelines import records
from ..pipelines.table import PipelineKey
from ..settings import settings
from ..store import condition_failed
from .ledger import Occurrence
from .table import LiveEvent

KEPT_SECONDS = 24 * 3600
WATCHED_SECONDS = 300  # after the last look
SAID_EVERY_SECONDS = 60
REFUSALS_A_SECOND = 20  # that a process records of one pipeline: an attack is counted, not written down
LARGEST_EVENT = 64 * 1024  # bytes of JSON that are kept of one
REFUSED = "refused"

_recorded: dict[str, tuple[int, int]] = {}  # of each pipeline: a second, and refusals in it
_said: dict[str, int] = {}  # of each pipeline: when its key was last told
_lock = threading.Lock()


def is_watched(pipeline: PipelineKey) -> bool:
    """Whether somebody looks at the pipeline's events."""
    return settings().live_events_always or (pipeline.watched_until or 0) > clock.timestamp()


def watch(pipeline_id: str) -> None:
    """Let the pipeline's events be recorded for the next minutes."""
    now = clock.timestamp()
    if settings().live_events_always or now - _said.get(pipeline_id, 0) < SAID_EVERY_SECONDS:
        return
    key = PipelineKey(records.key_of(pipeline_id))
    try:
        key.update([PipelineKey.watched_until.set(now + WATCHED_SECONDS)], condition=PipelineKey.pipeline_key.exists())
    except UpdateError as error:
        if not condition_failed(error):
            raise
    _said[pipeline_id] = now


def record_settled(occurrences: Iterable[Occurrence]) -> None:
    """Record what the processor settled, where somebody looks. The same again changes nothing."""
    _save(
        LiveEvent(
            each.pipeline_id,
            _position(each.settled_at, each.event["receivedAt"], each.place),
            verdict=each.verdict,
            reason=each.reason or None,
            event=_json(each.event),
        )
        for each in occurrences
        if each.about.get("watched") and each.settled_at
    )


@dataclass(frozen=True, slots=True)
class AtIntegration:
    """What became of an event at an integration."""

    place: str
    event: dict[str, Any]
    verdict: str
    code: str = ""
    reason: str = ""


def record_at_integration(pipeline_id: str, integration_id: str, became: Iterable[AtIntegration]) -> None:
    """Record what became of events at an integration."""
    now = clock.milliseconds()
    _save(
        LiveEvent(
            pipeline_id,
            _position(now, each.event["receivedAt"], f"{each.place}~{integration_id}"),
            verdict=each.verdict,
            integration_id=integration_id,
            code=each.code or None,
            reason=each.reason or None,
            event=_json(each.event),
        )
        for each in became
    )


@dataclass(frozen=True, slots=True)
class Refused:
    """What could be read of an event that was refused, and why it was."""

    event: dict[str, Any]
    code: str
    reason: str


def record_refused(pipeline_id: str, refused: Iterable[Refused]) -> None:
    """Record what was refused; of very many, the first of each second."""
    now = clock.milliseconds()
    received_at = clock.iso_milliseconds(now)
    _save(
        LiveEvent(
            pipeline_id,
            _position(now, received_at, f"{uuid.uuid4().hex}#{index:03d}"),
            verdict=REFUSED,
            code=each.code,
            reason=each.reason,
            event=_json(each.event | {"receivedAt": received_at}),
        )
        for index, each in enumerate(refused)
        if _has_room(pipeline_id, now // 1000)
    )


def _has_room(pipeline_id: str, second: int) -> bool:
    with _lock:
        last, count = _recorded.get(pipeline_id, (0, 0))
        count = count + 1 if last == second else 1
        _recorded[pipeline_id] = (second, count)
    return count <= REFUSALS_A_SECOND


def _save(rows: Iterable[LiveEvent]) -> None:
    expires_at = clock.after(KEPT_SECONDS)
    unique = {(row.pipeline_id, row.position): row for row in rows}
    if not unique:
        return
    with LiveEvent.batch_write() as batch:
        for row in unique.values():
            row.expires_at = expires_at
            batch.save(row)


def _position(recorded_at: int, received_at: str, place: str) -> str:
    """In order of recording, then of arrival, then of the batch that it was in."""
    message, _, index = place.partition("#")
    return f"{recorded_at:013d}#{received_at}#{index}#{message}"


def _json(event: dict[str, Any]) -> str:
    text = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
    if len(text.encode()) <= LARGEST_EVENT:
        return text
    kept = {name: value for name, value in event.items() if isinstance(value, str) and len(value) <= 1000}
    return json.dumps(kept | {"truncated": True}, ensure_ascii=False, separators=(",", ":"))


def newest(pipeline_id: str, before: str | None = None) -> Iterator[LiveEvent]:
    """What was recorded, the newest first: all of it, or what stands before a position."""
    return _rows(pipeline_id, LiveEvent.position < before if before else None, oldest_first=False)


def since(pipeline_id: str, position: str) -> Iterator[LiveEvent]:
    """What stands after a position, the oldest first."""
    return _rows(pipeline_id, LiveEvent.position > position, oldest_first=True)


def position_of(milliseconds: int) -> str:
    """What stands before everything that was recorded from this moment on."""
    return f"{milliseconds:013d}"


def _rows(pipeline_id: str, condition: Any, *, oldest_first: bool) -> Iterator[LiveEvent]:
    found = LiveEvent.query(
        pipeline_id, condition, scan_index_forward=oldest_first, consistent_read=True, page_size=200
    )
    now = clock.now()
    return (row for row in found if row.expires_at > now)


def forget() -> None:
    """Forget what this process knows."""
    with _lock:
        _recorded.clear()
        _said.clear()
