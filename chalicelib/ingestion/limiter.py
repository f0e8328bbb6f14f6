"""The rate limit of a pipeline: one token bucket that all processes share, without a write for every event.

The bucket is one time, in DynamoDB: until when its tokens have been taken (the virtual scheduling form of the leaky
bucket, ITU-T I.371). An event takes `1 / limit` of a second; when the time taken has reached the clock, the bucket is
empty. What has not been taken for a second is lost: that is the burst.

A process counts what it lets in and reports it in blocks, of a fortieth of a second's events; the answer tells it what
everybody has taken. So the shared time has every event in it, if a moment late: several processes may overdraw by a
block each, and then wait until that is made up for. While the bucket is known to be empty, nothing is asked and nothing
written.
"""

import threading
from collections import OrderedDict
from dataclasses import dataclass, field

from pynamodb.exceptions import PynamoDBException, UpdateError

from .. import aws, clock, logs
from ..store import condition_failed
from .table import RateBucket

SECOND = 1_000_000  # times here are in microseconds since the epoch
BURST = SECOND
REPORTS = 40  # for each second's worth of events
MOST_KEPT = 10_000  # buckets that a process knows
ATTEMPTS = 4  # of a report that meets others
KEPT_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class Taken:
    """Whether events may pass. `wait` is how long the bucket stays empty, in microseconds."""

    allowed: bool
    wait: int = 0

    @property
    def retry_after(self) -> int:
        """Whole seconds to wait, at least one."""
        return max(1, -(-self.wait // SECOND))


@dataclass(slots=True)
class _Known:
    """What this process knows of a bucket."""

    taken_until: int = 0  # by everybody at the last report, and by this process since then
    running: bool = False  # at the last report others, or this process a moment before, had taken of it too
    unreported: int = 0  # tokens
    no_report_before: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


class Limiter:
    """The buckets that one process knows."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, pipeline_id: str, limit: int, count: int) -> Taken:
        """Take `count` tokens of a pipeline that may have `limit` events per second. The bucket must not be empty; it
        may be overdrawn by a batch, and whoever comes next waits.

        When the store does not answer, a process keeps to the limit by what it knows itself.
        """
        name = f"{pipeline_id}#{limit}"  # another limit has another bucket: debts were made under the old one
        bucket, now = self._bucket(name), _now()
        with bucket.lock:
            level = max(bucket.taken_until, now - BURST)
            if level >= now:
                return Taken(allowed=False, wait=level - now)
            bucket.taken_until = level + _cost(count, limit)
            bucket.unreported += count
            if bucket.unreported < max(1, limit // REPORTS) or now < bucket.no_report_before:
                return Taken(allowed=True)
            tokens, bucket.unreported = bucket.unreported, 0
        try:
            cost = _cost(tokens, limit)
            taken_until = _report(name, cost, now, running=bucket.running)
        except PynamoDBException as error:
            if not aws.unavailable(error):
                raise
            logs.error("limiter without its store", bucket=name)
            bucket.no_report_before = now + SECOND
        else:
            with bucket.lock:
                bucket.running = taken_until > now - BURST + cost
                bucket.taken_until = max(bucket.taken_until, taken_until + _cost(bucket.unreported, limit))
        return Taken(allowed=True)

    def forget(self) -> None:
        """Forget all buckets."""
        with self._lock:
            self._known.clear()

    def _bucket(self, name: str) -> _Known:
        with self._lock:
            bucket = self._known.setdefault(name, _Known())
            self._known.move_to_end(name)
            while len(self._known) > MOST_KEPT:
                self._known.popitem(last=False)
            return bucket


def _cost(tokens: int, limit: int) -> int:
    return -(-tokens * SECOND // limit)


def _report(name: str, cost: int, now: int, *, running: bool) -> int:
    """Move the shared time on by `cost`, from `BURST` ago at the earliest; where it is then. `running`: it is thought
    to be later than that already. A wrong guess costs a write more."""
    floor, row = now - BURST, RateBucket(name)
    expires = RateBucket.expires_at.set(clock.after(KEPT_SECONDS))
    late = (RateBucket.taken_until + cost, RateBucket.taken_until >= floor)
    early = (floor + cost, (RateBucket.taken_until < floor) | RateBucket.taken_until.does_not_exist())
    for taken_until, condition in (late, early) * ATTEMPTS if running else (early, late) * ATTEMPTS:
        try:
            row.update([RateBucket.taken_until.set(taken_until), expires], condition=condition)
        except UpdateError as error:
            if not condition_failed(error):
                raise
        else:
            return int(row.taken_until)
    return now  # it changes between two questions, time and again; the next report will tell


def _now() -> int:
    return int(clock.now().timestamp() * SECOND)


limiter = Limiter()
