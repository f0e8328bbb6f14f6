"""How many events became what: a row for each pipeline and minute, and one for each hour so that long spans are read
quickly.

What the processor settles is counted in the transaction that settles it, so exactly once. What the entrances let in or
refuse is counted by each process in memory and written now and then (`tally`): never a write for an event.
"""

import random
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import lru_cache, partial
from typing import Any

from pynamodb.expressions.operand import Path
from pynamodb.transactions import TransactWrite

from .. import clock
from ..store import Write, query_pages, transact
from .table import Counter

LET_IN = "let_in"  # by the entrances
ARCHIVED, DUPLICATE, FILTERED, DEAD = "archived", "duplicate", "filtered", "dead"
ACCOUNTED = (ARCHIVED, DUPLICATE, FILTERED, DEAD)
REFUSED = "refused_"  # and the error's code
BY_SECRET = "requests_by_"  # and the prefix of the secret: requests, not events
# And @ and the id of an integration: events handed over to it, and what became of those.
HANDED, DELIVERED, WITHHELD, DEAD_THERE = "handed", "delivered", "withheld", "dead"
ENDED = (DELIVERED, WITHHELD, DEAD_THERE)
OF_INTEGRATIONS = (HANDED, *ENDED)
SHELVES = 64  # for the pipelines of an hour: every process notes them when it begins, more than one partition takes
SHARDS = 8  # rows of one slot: a partition takes some hundred transactions a second on one row
MINUTE, HOUR = "minute", "hour"
KEPT = {MINUTE: timedelta(days=8), HOUR: timedelta(days=400)}
LENGTH = {MINUTE: len("2026-02-25T10:00"), HOUR: len("2026-02-25T10")}


def at(name: str, integration_id: str) -> str:
    """The name of the count of what became of events at an integration."""
    return f"{name}@{integration_id}"


def adding(pipeline_id: str, received_at: str, counts: Mapping[str, int]) -> dict[str, Write]:
    """The writes that count events which were received at this time; at most two, for a transaction with others. What
    became of a dead letter is no longer counted in a minute whose row is gone: it would be less than nothing."""
    shard, now = random.randrange(SHARDS), clock.now()
    return {
        f"count of the {span}": partial(_add, pipeline_id, span, f"{received_at[: LENGTH[span]]}#{shard}", counts)
        for span in (MINUTE, HOUR)
        if received_at[: LENGTH[span]] > (now - KEPT[span]).isoformat()[: LENGTH[span]]
    }


def add(pipeline_id: str, received_at: str, counts: Mapping[str, int]) -> None:
    """Count events. In a transaction too: a write that is repeated because its answer was lost counts once."""
    transact(adding(pipeline_id, received_at, counts))


def mark(pipeline_id: str, received_at: str) -> None:
    """Note that a pipeline had events in this hour, once in a process: who looks at an hour later reads only those."""
    _mark(pipeline_id, shelf_of(received_at, pipeline_id))


@lru_cache(maxsize=10_000)
def _mark(pipeline_id: str, shelf: str) -> None:
    Counter(shelf, pipeline_id).update([Counter.expires_at.set(clock.now() + KEPT[MINUTE])])


def marked(hour: str) -> Iterator[str]:
    """The pipelines that had events in an hour of the last week, such as `2026-02-25T10`."""
    for number in range(SHELVES):
        shelf = _shelf(hour, number)
        for page in query_pages(
            Counter,
            KeyConditionExpression="pipeline_id = :shelf",
            ExpressionAttributeValues={":shelf": {"S": shelf}},
        ):
            for row in page:
                yield row["slot"]["S"]


def shelf_of(received_at: str, pipeline_id: str) -> str:
    """The partition on which it is noted that a pipeline had events in this hour."""
    return _shelf(received_at, zlib.crc32(pipeline_id.encode()) % SHELVES)


def _shelf(hour: str, number: int) -> str:
    return f"{HOUR}#{hour[: LENGTH[HOUR]]}#{number}"


def forget() -> None:
    """Forget what was marked."""
    _mark.cache_clear()


def _add(pipeline_id: str, span: str, slot: str, counts: Mapping[str, int], transaction: TransactWrite) -> None:
    actions: list[Any] = [Path([name]).add(count) for name, count in counts.items()]
    actions.append(Counter.expires_at.set(clock.now() + KEPT[span]))
    transaction.update(Counter(pipeline_id, f"{span}#{slot}"), actions)


def read(pipeline_id: str, span: str, since: datetime, until: datetime) -> dict[str, dict[str, int]]:
    """The counts of each minute or hour that has any, by its time such as `2026-02-25T10:00`; `until` is not among
    them."""
    first, last = (moment.isoformat()[: LENGTH[span]] for moment in (since, until))
    slots: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for page in query_pages(
        Counter,
        KeyConditionExpression="pipeline_id = :pipeline AND slot BETWEEN :first AND :last",
        ExpressionAttributeValues={
            ":pipeline": {"S": pipeline_id},
            ":first": {"S": f"{span}#{first}"},
            ":last": {"S": f"{span}#{last}"},
        },
    ):
        for row in page:
            counts = slots[row["slot"]["S"].split("#")[1]]
            for name, value in row.items():
                if name not in ("pipeline_id", "slot", "expires_at"):
                    counts[name] += int(value["N"])
    return {at: dict(counts) for at, counts in slots.items()}


def last_hour(pipeline_id: str) -> str | None:
    """The newest hour in which events came, by its beginning such as `2026-02-25T10:00:00Z`; one read."""
    found = query_pages(
        Counter,
        KeyConditionExpression="pipeline_id = :pipeline AND begins_with(slot, :hour)",
        ExpressionAttributeValues={":pipeline": {"S": pipeline_id}, ":hour": {"S": f"{HOUR}#"}},
        ScanIndexForward=False,
        Limit=1,
    )
    newest = next(found)
    return f"{newest[0]['slot']['S'].split('#')[1]}:00:00Z" if newest else None


def accepted(counts: Mapping[str, int]) -> int:
    """How many events of a row were accepted. What the processor has settled was, also when the process that let it in
    has not written its own count yet."""
    return max(counts.get(LET_IN, 0), sum(counts.get(name, 0) for name in ACCOUNTED))


def refused(counts: Mapping[str, int]) -> int:
    """How many were refused, whatever for."""
    return sum(count for name, count in counts.items() if name.startswith(REFUSED))
