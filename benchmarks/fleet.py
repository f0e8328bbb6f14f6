"""Many instances of the entrances at once: a discrete-event simulation of the rate limit and of the keys that get hot.

The limiter and the tally are the product's own, one of each for every instance, on a clock that the simulation sets.
The store is a model: an answer takes some milliseconds, and no key takes more than a partition does. An instance works
on one request at a time, as at Lambda; which of the idle ones gets a request is drawn by lot, and where none is idle
one is started. A call that is refused fails as when the SDK has tried it three times: the pauses between are left out.
"""

import heapq
import math
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import repeat
from typing import Any
from unittest.mock import patch

from botocore.exceptions import ClientError
from pynamodb.exceptions import UpdateError

from chalicelib import clock
from chalicelib.activity import counters
from chalicelib.activity.tally import Tally
from chalicelib.ingestion.limiter import Limiter
from chalicelib.ingestion.table import RateBucket

from .costs import INGEST, WAITING
from .figure import COUNT, Figure
from .scaling import KEY_READS, KEY_WRITES
from .usage import TRANSACTIONAL

LATENCY, JITTER = WAITING / 2, 0.5  # of a call: median in seconds, and sigma of its logarithm
OWN_SECONDS = INGEST[1] - WAITING  # of a request, without its calls
STARTS_AT = datetime(2026, 2, 25, 10, tzinfo=UTC).timestamp()
THROTTLED, REFUSED = "ProvisionedThroughputExceededException", "ConditionalCheckFailedException"


@dataclass(frozen=True)
class Load:
    """What comes: requests with `batch` events each, for pipelines that have the `limit` together, `offered` times as
    many events as that."""

    limit: int
    pipelines: int
    batch: int
    offered: float = 1.5
    seconds: int = 10


LOADS = (
    Load(limit=1_000, pipelines=1, batch=1, seconds=20),
    Load(limit=10_000, pipelines=1, batch=10, seconds=20),
    Load(limit=100_000, pipelines=1, batch=100, seconds=20),
    Load(limit=10_000, pipelines=1, batch=1, seconds=5),
    Load(limit=100, pipelines=100, batch=1, seconds=120),
    Load(limit=100_000, pipelines=1_000, batch=100),
    Load(limit=1_000_000, pipelines=1_000, batch=10, offered=0.1),
)


@dataclass
class Outcome:
    """What became of a load."""

    load: Load
    instances: int = 0
    offered: int = 0  # events
    let_in: Counter[int] = field(default_factory=Counter)  # events, by second
    unanswered: int = 0  # events, of requests whose key could not be read
    reports: Counter[tuple[str, int]] = field(default_factory=Counter)  # writes, by bucket and second
    reports_refused: int = 0
    counts: Counter[tuple[str, int]] = field(default_factory=Counter)  # write units of counters, by pipeline and second
    marks: Counter[tuple[str, int]] = field(default_factory=Counter)  # writes, by shelf of the hour and second

    @property
    def against_limit(self) -> float:
        """Events let in against what the limit allows in this time; the burst is not part of it."""
        allowed = self.load.limit * (self.load.seconds + 1)
        return self.let_in.total() / allowed

    @property
    def at_last(self) -> float:
        """The same for the second half of the time, after whatever the beginning was."""
        half = self.load.seconds // 2
        return sum(self.let_in[second] for second in range(half, 2 * half)) / (self.load.limit * half)

    @property
    def writes_per_event(self) -> float:
        """Of the limiter, for each event that was let in."""
        return self.reports.total() / max(1, self.let_in.total())

    @property
    def writes_of_a_key(self) -> int:
        """Of the limiter to one bucket, in its busiest second."""
        return max(self.reports.values(), default=0)

    @property
    def marks_of_a_key(self) -> int:
        """Writes of the entrances to one shelf of the hour, in its busiest second."""
        return max(self.marks.values(), default=0)

    @property
    def counted_per_event(self) -> float:
        """Write units that the entrances need to count an event."""
        return self.counts.total() / max(1, self.let_in.total())

    @property
    def counted_of_a_key(self) -> float:
        """Write units a second that the entrances need to count the events of the busiest pipeline."""
        by_pipeline: Counter[str] = Counter()
        for (pipeline, _), units in self.counts.items():
            by_pipeline[pipeline] += units
        return max(by_pipeline.values(), default=0) / self.load.seconds


class Store:
    """A model of DynamoDB for what an entrance calls."""

    def __init__(self, outcome: Outcome, lot: random.Random) -> None:
        self.outcome, self.lot = outcome, lot
        self.now = self.waited = 0.0
        self.taken_until: dict[str, int] = {}
        self.marked: set[str] = set()  # by the instance that asks
        self._tokens: dict[tuple[str, str], tuple[float, float]] = defaultdict(lambda: (-math.inf, 0.0))

    def read(self, key: str) -> bool:
        """Whether a read is answered."""
        return self._call("read", key, 1, KEY_READS)

    def update(self, row: RateBucket, actions: list[Any], condition: Any) -> None:
        """What `RateBucket.update` does: one conditional write, which costs its unit also when it is refused."""
        name = str(row.id)
        self.outcome.reports[name, int(self.now)] += 1
        if not self._call("write", name, 1, KEY_WRITES):
            self.outcome.reports_refused += 1
            raise UpdateError(cause=ClientError({"Error": {"Code": THROTTLED}}, "UpdateItem"))
        standing = self.taken_until.get(name)
        if not _holds(condition, standing):
            raise UpdateError(cause=ClientError({"Error": {"Code": REFUSED}}, "UpdateItem"))
        self.taken_until[name] = row.taken_until = _value(actions[0].values[1], standing)

    def count(self, pipeline_id: str, received_at: str, counts: dict[str, int]) -> None:
        """What `counters.add` does: a transaction on two rows of the pipeline's partition."""
        writes = counters.adding(pipeline_id, received_at, counts)
        self._wait()
        self.outcome.counts[pipeline_id, int(self.now)] += TRANSACTIONAL * len(writes)

    def mark(self, pipeline_id: str, received_at: str) -> None:
        """What `counters.mark` does: once in an instance, a write to the hour's shelf that the pipeline is on."""
        if pipeline_id not in self.marked:
            self.marked.add(pipeline_id)
            self._wait()
            self.outcome.marks[counters.shelf_of(received_at, pipeline_id), int(self.now)] += 1

    def _wait(self) -> None:
        self.waited += self.lot.lognormvariate(math.log(LATENCY), JITTER)

    def _call(self, kind: str, key: str, units: int, most: int) -> bool:
        """A token bucket for each key: what was not used for a second is saved."""
        self._wait()
        before, tokens = self._tokens[kind, key]
        tokens = min(float(most), tokens + (self.now - before) * most)
        answered = tokens >= units
        self._tokens[kind, key] = self.now, tokens - units * answered
        return answered


class Instance:
    """What an instance of the function has in memory."""

    def __init__(self) -> None:
        self.limiter, self.tally = Limiter(), Tally()
        self.marked: set[str] = set()


def simulated(load: Load) -> Outcome:
    """What becomes of a load; the same again for the same load."""
    lot = random.Random(str(load))
    outcome = Outcome(load)
    store = Store(outcome, lot)
    with _instead_of_aws(store, lot):
        _run(load, outcome, store, lot)
    return outcome


def _run(load: Load, outcome: Outcome, store: Store, lot: random.Random) -> None:
    idle: list[Instance] = []
    busy: list[tuple[float, int, Instance]] = []
    requests_a_second = load.limit * load.offered / load.batch
    for number, now in enumerate(_arrivals(requests_a_second, load.seconds, lot)):
        while busy and busy[0][0] <= now:
            idle.append(heapq.heappop(busy)[2])
        instance = _drawn(idle, lot) if idle else Instance()
        store.now, store.waited = now, 0.0
        _answer(instance, f"pip_{lot.randrange(load.pipelines)}", load, outcome, store)
        heapq.heappush(busy, (now + OWN_SECONDS + store.waited, number, instance))
    outcome.instances = len(busy) + len(idle)


def _arrivals(a_second: float, seconds: int, lot: random.Random) -> Iterator[float]:
    """Times at which requests come, independent of each other."""
    now = lot.expovariate(a_second)
    while now < seconds:
        yield now
        now += lot.expovariate(a_second)


def _drawn(idle: list[Instance], lot: random.Random) -> Instance:
    place = lot.randrange(len(idle))
    idle[place], idle[-1] = idle[-1], idle[place]
    return idle.pop()


def _answer(instance: Instance, pipeline_id: str, load: Load, outcome: Outcome, store: Store) -> None:
    """A request, in the order in which an entrance works: key, limit, queue, count."""
    outcome.offered += load.batch
    if not store.read(pipeline_id):
        outcome.unanswered += load.batch
        return
    if instance.limiter.take(pipeline_id, load.limit // load.pipelines, load.batch).allowed:
        store.waited += LATENCY  # of the queue
        outcome.let_in[int(store.now)] += load.batch
        store.marked = instance.marked
        instance.tally.let_in(pipeline_id, repeat(clock.now().isoformat(), load.batch))


def measure() -> Iterator[Figure]:
    """What decides: whether the limit is kept where instances meet a pipeline often, and what is written to a key."""
    for outcome in map(simulated, LOADS):
        load = outcome.load
        name = f"{load.limit:,}/s in {load.batch}s to {load.pipelines:,}"
        if load.pipelines == 1 and not outcome.unanswered:
            yield _count(f"{name}: let in", outcome.against_limit, 1.05, "×")
            yield _count(f"{name}: let in at last", outcome.at_last, 1.03, "×")
            yield _count(f"{name}: limit against let in, at last", 1 / outcome.at_last, 1.03, "×")
            yield _count(f"{name}: limiter's writes an event", outcome.writes_per_event, 0.05)
        yield _count(f"{name}: limiter's writes of a key", outcome.writes_of_a_key, KEY_WRITES, "/s")
        yield _count(f"{name}: hour's pipelines, writes of a key", outcome.marks_of_a_key, KEY_WRITES, "/s")


def _count(what: str, measured: float, budget: float, unit: str = "") -> Figure:
    return Figure(what, measured, budget, unit, "simulated", fails_at=COUNT)


def table(outcomes: Iterable[Outcome]) -> str:
    """The outcomes as a table in Markdown."""
    heads = (
        "limit together",
        "pipelines",
        "events at once",
        "instances",
        "let in",
        "at last",
        "writes an event",
        "of a key a second",
        "not answered",
        "count units an event",
    )
    lines = [f"| {' | '.join(heads)} |", "|" + "--:|" * len(heads)]
    for outcome in outcomes:
        load = outcome.load
        cells = (
            f"{load.limit:,}/s",
            f"{load.pipelines:,}",
            f"{load.batch}",
            f"{outcome.instances}",
            f"{outcome.against_limit:.2f} ×",
            f"{outcome.at_last:.2f} ×",
            f"{outcome.writes_per_event:.3f}",
            f"{outcome.writes_of_a_key}",
            f"{outcome.unanswered / outcome.offered:.0%}",
            f"{outcome.counted_per_event:.2f}",
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


@contextmanager
def _instead_of_aws(store: Store, lot: random.Random) -> Iterator[None]:
    """The product's code on the model, with its time and its dice."""

    def now() -> datetime:
        return datetime.fromtimestamp(STARTS_AT + store.now, UTC)

    def update(row: RateBucket, actions: list[Any], condition: Any) -> None:
        store.update(row, actions, condition)

    with (
        patch.object(clock, "now", now),
        patch.object(RateBucket, "update", update),
        patch.object(counters, "add", store.count),
        patch.object(counters, "mark", store.mark),
        patch.object(random, "randrange", lot.randrange),
    ):
        yield


def _holds(condition: Any, standing: int | None) -> bool:
    match condition.operator:
        case "OR":
            return any(_holds(each, standing) for each in condition.values)
        case "attribute_not_exists":
            return standing is None
        case ">=":
            return standing is not None and standing >= _value(condition.values[1], standing)
        case "<":
            return standing is not None and standing < _value(condition.values[1], standing)
        case _:
            raise ValueError(f"{condition.operator} is not known here")


def _value(operand: Any, standing: int | None) -> int:
    """A number, or the stored one and a number."""
    if operand.format_string == "{0} + {1}":
        return int(standing or 0) + _value(operand.values[1], standing)
    return int(operand.values[0]["N"])
