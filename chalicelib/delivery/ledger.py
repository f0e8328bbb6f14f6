"""What became of each event at one integration, decided once.

An event is known by its place in the queue message in which it was accepted. A row for up to a hundred of these has a
letter for each; it is written in one transaction with the counts and with the dead letters. So what comes again is
neither sent nor counted again.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import groupby

from pynamodb.transactions import TransactWrite

from .. import clock, store
from ..activity import counters
from ..activity.counters import DEAD_THERE as DEAD
from ..activity.counters import DELIVERED, WITHHELD
from ..store import ConditionFailed, Write, transact
from . import dead_letters
from .table import Delivery
from .task import Destination, Task

PENDING = "."
LETTERS = {DELIVERED: "d", WITHHELD: "w", DEAD: "x"}
VERDICTS = {letter: verdict for verdict, letter in LETTERS.items()}
KEPT_SECONDS = 5 * 24 * 3600  # longer than a message waits in a queue
MOST_WRITES = 90  # of a transaction, the counts beside them; DynamoDB takes a hundred
Rows = dict[str, Delivery | None]


def row_of(block: str, integration_id: str) -> Delivery:
    """The row of a block, to be read."""
    return Delivery(block, integration_id)


def became(row: Delivery | None, number: int) -> tuple[str, str, str]:
    """Verdict, code and reason of an event; an empty verdict while it is on its way."""
    if row is None or row.expires_at <= clock.now():
        return "", "", ""
    verdict = VERDICTS.get(row.states[number : number + 1], "")
    code, reason = next(((code, reason) for code, reason, places in row.reasons if number in places), ("", ""))
    return verdict, code, reason


def unsettled(tasks: Iterable[Task], rows: Mapping[str, Delivery | None]) -> list[Task]:
    """The tasks that are to be worked on."""
    return [task for task in tasks if _is_open(task, rows.get(task.block))]


def _is_open(task: Task, row: Delivery | None) -> bool:
    verdict, _, _ = became(row, task.number)
    return verdict in ("", DEAD) if task.letter else not verdict


def settle(to: Destination, tasks: Sequence[Task], rows: Rows, attempts: int) -> list[Task]:
    """Settle and count what has a verdict, and keep dead letters; the tasks that were settled here, and not meanwhile
    by somebody else."""
    settled: list[Task] = []
    ended = sorted((task for task in tasks if task.verdict), key=_slot)
    for _, of_slot in groupby(ended, key=_slot):
        for chunk in _chunks(list(of_slot)):
            settled += _settle(to, chunk, rows, attempts)
    return settled


def _slot(task: Task) -> str:
    """What is counted together."""
    return str(task.event["receivedAt"])[: counters.LENGTH[counters.MINUTE]]


def _chunks(tasks: list[Task]) -> Iterator[list[Task]]:
    """Such as one transaction has room for: a write for each row, and one for each dead letter."""
    chunk: list[Task] = []
    blocks: set[str] = set()
    letters = 0
    for task in tasks:
        more = bool(task.letter) or task.verdict == DEAD
        if chunk and len(blocks | {task.block}) + letters + more > MOST_WRITES:
            yield chunk
            chunk, blocks, letters = [], set(), 0
        chunk.append(task)
        blocks.add(task.block)
        letters += more
    if chunk:
        yield chunk


def _settle(to: Destination, tasks: list[Task], rows: Rows, attempts: int) -> list[Task]:
    while tasks:
        by_block: dict[str, list[Task]] = defaultdict(list)
        for task in tasks:
            by_block[task.block].append(task)
        after = {block: _row(to, block, rows.get(block), of_block) for block, of_block in by_block.items()}
        writes: dict[str, Write] = {block: partial(_put, row) for block, row in after.items()}
        for task in tasks:
            writes |= dead_letters.writes(to, task, attempts)
        try:
            transact(writes | counters.adding(to.pipeline_id, _slot(tasks[0]), _counts(to, tasks)))
        except ConditionFailed as refused:
            rows |= store.get_named({block: row_of(block, to.integration_id) for block in by_block})
            gone = {name for name, item in refused.items.items() if not item}
            tasks = [task for task in unsettled(tasks, rows) if dead_letters.name(task.place) not in gone]
        else:
            rows |= after
            return tasks
    return []


def _counts(to: Destination, tasks: list[Task]) -> dict[str, int]:
    counts = Counter(counters.at(task.verdict, to.integration_id) for task in tasks)
    counts.subtract(counters.at(DEAD, to.integration_id) for task in tasks if task.letter)
    return {name: count for name, count in counts.items() if count}


def _row(to: Destination, block: str, before: Delivery | None, tasks: list[Task]) -> Delivery:
    """The row with what became of the tasks."""
    alive = before is not None and before.expires_at > clock.now()
    states = list(before.states if before is not None and alive else "")
    states += PENDING * (1 + max(task.number for task in tasks) - len(states))
    reasons = {
        (code, text): set(places) for code, text, places in (before.reasons if before is not None and alive else [])
    }
    for task in tasks:
        states[task.number] = LETTERS[task.verdict]
        for places in reasons.values():
            places.discard(task.number)
        if task.reason or task.code:
            reasons.setdefault((task.code, task.reason), set()).add(task.number)
    return Delivery(
        block,
        to.integration_id,
        version=(before.version if before is not None else 0) + 1,
        states="".join(states),
        reasons=[[code, text, sorted(places)] for (code, text), places in reasons.items() if places],
        settled_at=clock.milliseconds(),
        expires_at=clock.after(KEPT_SECONDS),
    )


def _put(row: Delivery, transaction: TransactWrite) -> None:
    before = row.version - 1
    transaction.save(row, condition=Delivery.version == before if before else Delivery.block.does_not_exist())
