"""What becomes of each event, decided once.

An event is known by its pipeline and message id, for a day. It is settled in one transaction with its count, so each is
counted once however often its queue message comes: what was settled at the same place of the same message is this very
event again, at another place it makes a duplicate of this one. Without a conditional write nobody would know which of
two that come at the same time is the first.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from pynamodb.transactions import TransactWrite

from .. import clock, metrics
from ..store import ConditionFailed, transact
from . import counters
from .table import SeenEvent

KEPT_SECONDS = 24 * 3600
MOST_TOGETHER = 98  # DynamoDB takes a hundred writes in a transaction; two of them count
ACCEPTED, DUPLICATE, FILTERED, DEAD = "accepted", counters.DUPLICATE, counters.FILTERED, counters.DEAD
COUNTED_AS = {ACCEPTED: counters.ARCHIVED}
MEASURED_AS = {
    ACCEPTED: metrics.EVENTS_ARCHIVED,
    DUPLICATE: metrics.EVENTS_DUPLICATE,
    FILTERED: metrics.EVENTS_FILTERED,
    DEAD: metrics.EVENTS_DEAD,
}


Withheld = tuple[str, str]  # code and reason


@dataclass(slots=True)
class Occurrence:
    """An event at its place in a queue message."""

    about: Mapping[str, Any]  # what the message says of all its events
    event: dict[str, Any]
    place: str
    verdict: str = ACCEPTED
    reason: str = ""
    settled_at: int = 0  # milliseconds since the epoch; 0 until it is
    archived_in: str | None = None
    handed: dict[str, Withheld | None] = field(default_factory=dict)  # by integration: why it was not handed over

    @property
    def pipeline_id(self) -> str:
        """Whose event it is."""
        return str(self.about["pipeline_id"])

    @property
    def key(self) -> str:
        """By which another with the same message id is known."""
        return event_key(self.pipeline_id, self.event["messageId"])

    @property
    def own_key(self) -> str:
        """By which it alone is known."""
        return f"place#{self.pipeline_id}#{self.place}"


def event_key(pipeline_id: str, message_id: str) -> str:
    """The key of an event by its message id."""
    return f"event#{pipeline_id}#{message_id}"


def look_up(occurrences: list[Occurrence]) -> None:
    """Find out which events are settled already, and which are duplicates of others."""
    now = clock.now()
    keys = {occurrence.key for occurrence in occurrences}
    rows = {row.id: row for row in SeenEvent.batch_get(list(keys), consistent_read=True) if row.expires_at > now}
    first: set[str] = set()
    for occurrence in occurrences:
        row = rows.get(occurrence.key)
        if row and row.place == occurrence.place:
            occurrence.verdict, occurrence.settled_at = row.verdict, int(row.settled_at)
        elif row or occurrence.key in first:
            occurrence.verdict = DUPLICATE
        first.add(occurrence.key)


def settle(occurrences: Iterable[Occurrence]) -> None:
    """Settle what is not settled yet, and count it. What was thought to be the first of its message id may turn out to
    be a duplicate here."""
    waiting = sorted((each for each in occurrences if not each.settled_at), key=_slot)
    for _, of_slot in groupby(waiting, key=_slot):
        group = list(of_slot)
        while group:
            group = _settled(group[:MOST_TOGETHER]) + group[MOST_TOGETHER:]


def find(pipeline_id: str, message_id: str) -> SeenEvent | None:
    """What is known of an event."""
    try:
        row = SeenEvent.get(event_key(pipeline_id, message_id), consistent_read=True)
    except SeenEvent.DoesNotExist:
        return None
    return row if row.expires_at > clock.now() else None


def _slot(occurrence: Occurrence) -> tuple[str, str]:
    """What is counted together."""
    return occurrence.pipeline_id, occurrence.event["receivedAt"][: counters.LENGTH[counters.MINUTE]]


def _settled(group: list[Occurrence]) -> list[Occurrence]:
    """Settle events of one slot; those that must be tried again, when some were settled by somebody else meanwhile."""
    pipeline_id, minute = _slot(group[0])
    counters.mark(pipeline_id, minute)
    counts = Counter(name for occurrence in group for name in _counted_as(occurrence))
    now = clock.milliseconds()
    writes = {occurrence.place: _put(occurrence, now) for occurrence in group}
    try:
        transact(writes | counters.adding(pipeline_id, minute, counts))
    except ConditionFailed as refused:
        return [each for each in group if not _overtaken(each, refused.items.get(each.place))]
    for occurrence in group:
        occurrence.settled_at = now
        metrics.record(MEASURED_AS[occurrence.verdict])
    if arrived := [each.event["receivedAt"] for each in group if each.verdict == ACCEPTED]:
        metrics.record(metrics.ARCHIVE_AGE, clock.seconds_since(min(arrived)))
    return []


def _counted_as(occurrence: Occurrence) -> Iterator[str]:
    yield COUNTED_AS.get(occurrence.verdict, occurrence.verdict)
    if occurrence.verdict == ACCEPTED:
        for integration_id, withheld in occurrence.handed.items():
            yield counters.at(counters.HANDED, integration_id)
            if withheld:
                yield counters.at(counters.WITHHELD, integration_id)


def _put(occurrence: Occurrence, now: int) -> Any:
    own = occurrence.verdict in (DUPLICATE, DEAD)
    row = SeenEvent(
        occurrence.own_key if own else occurrence.key,
        place=occurrence.place,
        verdict=occurrence.verdict,
        settled_at=now,
        received_at=occurrence.event["receivedAt"],
        archived_in=occurrence.archived_in,
        handed=occurrence.handed or None,
        expires_at=clock.after(KEPT_SECONDS),
    )
    free = SeenEvent.id.does_not_exist() | (SeenEvent.expires_at <= clock.now())

    def write(transaction: TransactWrite) -> None:
        transaction.save(row, condition=free, return_values="ALL_OLD")

    return write


def _overtaken(occurrence: Occurrence, standing: dict[str, Any] | None) -> bool:
    """Whether it needs no more, given the row that stood in its way, if one did."""
    if not standing:
        return False
    if standing["place"]["S"] == occurrence.place:
        occurrence.verdict, occurrence.settled_at = standing["verdict"]["S"], int(standing["settled_at"]["N"])
        return True
    occurrence.verdict = DUPLICATE
    return False
