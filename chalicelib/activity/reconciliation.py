"""Whether every event that was accepted came to its end: accepted = archived + duplicate + filtered + dead, and of each
integration handed = delivered + withheld + dead. What is still pending a week later was lost, or lies in a dead-letter
queue.

A week, since an event waits four days in the queue at most, and a delivery two days for its vendor and its place in the
rate limit. The archive has such events for as long as the organisation keeps it.
"""

from collections.abc import Iterator
from datetime import timedelta

from .. import clock, logs
from . import counters, metrics
from .schemas import MetricsQuery

OVER_AFTER = timedelta(days=7)
HOURS = 2  # that one run looks at: of runs that are an hour apart none is missed where one is a little late


def unaccounted() -> Iterator[int]:
    """How many events have no end, for each hour and pipeline that is looked at."""
    for back in range(HOURS):
        hour = (clock.now() - OVER_AFTER - timedelta(hours=back)).replace(minute=0, second=0, microsecond=0)
        for pipeline_id in counters.marked(hour.isoformat()):
            yield _pending(pipeline_id, clock.iso(hour), clock.iso(hour + timedelta(hours=1)))


def _pending(pipeline_id: str, since: str, until: str) -> int:
    total = metrics.measured(pipeline_id, MetricsQuery(from_=since, to=until, step="hour")).total
    pending = total.pending + sum(became.pending for became in total.deliveries.values())
    if pending:
        logs.warning("events without an end", pipeline_id=pipeline_id, hour=since, events=pending)
    return pending
