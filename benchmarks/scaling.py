"""At which load the product meets the limits of AWS, with the template's defaults: what an event uses, by the limit."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from chalicelib.activity.tally import WRITTEN_EVERY_SECONDS
from chalicelib.infrastructure.parameters import parameters
from chalicelib.pipelines.schemas import PipelineCreate

from .costs import DELIVER, INGEST, PROCESS, QUEUE_BATCH
from .usage import TRANSACTIONAL

DEFAULTS = {name: parameter["Default"] for name, parameter in parameters().items()}
RATE_LIMIT = PipelineCreate(name="", type="web").rate_limit_rps  # of a pipeline that says none
PIPELINES = 1_000  # of the table of many
LAMBDA_CONCURRENCY = 1_000
INSTANCE_REQUESTS = 10  # a second, for each unit of concurrency
COUNTING = 2 * TRANSACTIONAL  # write units of one count: the minute's row and the hour's
# Of DynamoDB on demand, in units a second.
NEW_TABLE_READS, NEW_TABLE_WRITES, TABLE_WRITES = 12_000, 4_000, 40_000
KEY_READS, KEY_WRITES = 3_000, 1_000
EVERYBODY, EACH_PIPELINE = "everybody", "each pipeline"

Used = Mapping[str, float]  # by an event, as `usage.of_events` counts it


@dataclass(frozen=True)
class Wall:
    """A limit, of all events or of each pipeline's, and how much of it an event uses, when so many are sent at once to
    so many pipelines."""

    name: str
    limit: float
    unit: str
    use: Callable[[Used, int, int], float]
    of: str = EVERYBODY

    def met_at(self, used: Used, batch: int, pipelines: int) -> float:
        """Events a second of all pipelines together, when each has as many as the others."""
        return self.limit / self.use(used, batch, pipelines) * (pipelines if self.of == EACH_PIPELINE else 1)


def _of(name: str) -> Callable[[Used, int, int], float]:
    return lambda used, _batch, _pipelines: used[name]


def ingest_seconds(batch: int) -> float:
    """Of the entrances' function, for an event."""
    return INGEST[1] / batch + INGEST[2]


def process_seconds(batch: int) -> float:
    """Of the processor's function, for an event."""
    return PROCESS[1] / QUEUE_BATCH / batch + PROCESS[2]


def deliver_seconds(used: Used) -> float:
    """Of the function that delivers, for an event."""
    return used["delivery calls"] * DELIVER[1] + DELIVER[2]


def counted_by_entrances(batch: int, pipelines: int) -> float:
    """Write units for an event. An instance that is always busy writes, every few seconds, a count for each pipeline
    that it has had a request of."""
    requests = WRITTEN_EVERY_SECONDS / (ingest_seconds(batch) * batch)
    met = pipelines * (1 - (1 - 1 / pipelines) ** requests)
    return COUNTING * met / requests / batch


def _counters(used: Used, batch: int, pipelines: int) -> float:
    """Also the processor's counts, and the deliveries'."""
    return used["write units, counters"] + counted_by_entrances(batch, pipelines)


def _concurrency(used: Used, batch: int, _pipelines: int) -> float:
    return ingest_seconds(batch) + process_seconds(batch) + deliver_seconds(used)


def _processing(_used: Used, batch: int, _pipelines: int) -> float:
    return process_seconds(batch)


def _delivering(used: Used, _batch: int, _pipelines: int) -> float:
    return deliver_seconds(used)


def _itself(_used: Used, _batch: int, _pipelines: int) -> float:
    return 1.0


# Limits: the sources are in docs/scaling.md.
WALLS = (
    Wall("CloudFront, requests of a distribution", 250_000, "/s", _of("API requests")),
    Wall("API Gateway, requests of the account", 10_000, "/s", _of("API requests")),
    Wall("Lambda, calls of the account", LAMBDA_CONCURRENCY * INSTANCE_REQUESTS, "/s", _of("function calls")),
    Wall("Lambda, concurrency", LAMBDA_CONCURRENCY - DEFAULTS["ApiConcurrency"], "at once", _concurrency),
    Wall("`ProcessConcurrency`", DEFAULTS["ProcessConcurrency"], "at once", _processing),
    Wall("`DeliverConcurrency`", DEFAULTS["DeliverConcurrency"], "at once", _delivering),
    Wall("`seen-events`, writes of a new table", NEW_TABLE_WRITES, "units/s", _of("write units, seen-events")),
    Wall("`seen-events`, writes of a table", TABLE_WRITES, "units/s", _of("write units, seen-events")),
    Wall("`counters`, writes of a new table", NEW_TABLE_WRITES, "units/s", _counters),
    Wall("`counters`, writes of a table", TABLE_WRITES, "units/s", _counters),
    Wall("`pipeline-keys`, reads of a new table", NEW_TABLE_READS, "units/s", _of("read units, pipeline-keys")),
    Wall("S3, objects written under a prefix", 3_500, "/s", _of("objects written")),
    Wall("`rate_limit_rps`", RATE_LIMIT, "/s", _itself, EACH_PIPELINE),
    Wall("`pipeline-keys`, reads of a key", KEY_READS, "units/s", _of("read units, pipeline-keys"), EACH_PIPELINE),
    Wall("`counters`, writes of a pipeline", KEY_WRITES, "units/s", _counters, EACH_PIPELINE),
)


def table(used: Mapping[int, Used], pipelines: int) -> str:
    """The walls as a table in Markdown, the first to be met on top; a column of loads for each size of batch."""
    batches = list(used)
    heads = " | ".join("one at once" if batch == 1 else f"{batch} at once" for batch in batches)
    lines = [f"| events a second, sent … | limit | {heads} |", "|---|--:|" + "--:|" * len(batches)]
    loads = {wall: [wall.met_at(each, batch, pipelines) for batch, each in used.items()] for wall in WALLS}
    for wall, met in sorted(loads.items(), key=lambda each: each[1]):
        cells = " | ".join(rounded(load) for load in met)
        lines.append(f"| {wall.name} | {wall.limit:,.0f} {wall.unit} | {cells} |")
    return "\n".join(lines)


def rounded(load: float) -> str:
    """Two figures: more are not known."""
    return f"{float(f'{load:.2g}'):,.0f}"
