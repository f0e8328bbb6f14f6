"""The scheduled cleanup: rows that have expired go, in bounded batches; and what no request shows is measured.

Expiry itself is always judged where a row is used; this only keeps the tables small when DynamoDB's TTL lags, which
may be by two days. It can be interrupted and run twice at once: each delete stands for itself.
"""

from collections.abc import Callable, Iterator
from typing import Any

from pynamodb.exceptions import DeleteError

from . import certificate, clock, metrics
from .accounts.table import Session, SignInFailures
from .activity import reconciliation
from .api.table import IdempotencyRecord
from .pipelines.table import ChallengeToken
from .store import EXPIRY_SHARDS, Expiring, ExpiryIndex, condition_failed

TABLES: tuple[type[Expiring], ...] = (ChallengeToken, Session, IdempotencyRecord, SignInFailures)
BATCH = 100  # rows found by one query
RESERVE_MILLISECONDS = 10_000  # left of the function's time when it stops; the next run goes on


def run(remaining_milliseconds: Callable[[], int]) -> dict[str, int]:
    """Delete what has expired until it is gone or time runs out, and measure what nobody else looks at; how many rows
    went, by table."""
    deleted = dict.fromkeys((table.Meta.table_name for table in TABLES), 0)
    finished = False
    try:
        finished = _sweep(deleted, remaining_milliseconds) and _reconcile(remaining_milliseconds)
        metrics.record(metrics.CLEANUP_FINISHED, int(finished))
        if (days := certificate.days_left()) is not None:
            metrics.record(metrics.CERTIFICATE_DAYS, days)
    finally:
        metrics.record(metrics.ROWS_REMOVED, sum(deleted.values()))
        metrics.report("cleanup", deleted=deleted, finished=finished)
    return deleted


def _sweep(deleted: dict[str, int], remaining_milliseconds: Callable[[], int]) -> bool:
    """Delete, and count in `deleted`; whether all of it is gone."""
    for table, row in _expired():
        if remaining_milliseconds() < RESERVE_MILLISECONDS:
            return False
        deleted[table.Meta.table_name] += _delete(table, row)
    return True


def _reconcile(remaining_milliseconds: Callable[[], int]) -> bool:
    """Count the events without an end; whether all were looked at."""
    metrics.record(metrics.EVENTS_UNACCOUNTED, 0)
    for pending in reconciliation.unaccounted():
        metrics.record(metrics.EVENTS_UNACCOUNTED, pending)
        if remaining_milliseconds() < RESERVE_MILLISECONDS:
            return False
    return True


def _expired() -> Iterator[tuple[type[Expiring], Any]]:
    now = clock.timestamp()
    for table in TABLES:
        for shard in range(EXPIRY_SHARDS):
            index = table.expiry
            for row in index.query(str(shard), ExpiryIndex.expires_at <= now, page_size=BATCH):
                yield table, row


def _delete(table: type[Expiring], row: Any) -> int:
    """Delete a row unless it is gone, or lives on: an index may lag behind its table."""
    try:
        row.delete(condition=table.expires_at <= clock.now())
    except DeleteError as error:
        if not condition_failed(error):
            raise
        return 0
    return 1
