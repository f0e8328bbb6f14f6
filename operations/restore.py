"""`make restore`: brings back what tables had at a moment, without taking away what was made since."""

import argparse
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from chalicelib import clock
from chalicelib.pipelines.changes import change_of
from chalicelib.pipelines.table import Pipeline
from chalicelib.store import Table, transact
from deployment.command import confirm
from deployment.terminal import Terminal
from deployment.waiting import Clock

from . import tables
from .copy_back import Compared, CopyBack
from .failure import OperationFailed
from .place import Place
from .side_tables import SideTables
from .switches import switch


def options(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("--table", default="", help="configuration, people, all or one table, such as audit-log")
    parser.add_argument("--at", default="", help="the moment, such as 2026-02-25T10:00:00Z")
    parser.add_argument("--different", default="", help="1: also rows that have become different")
    parser.add_argument("--dry-run", default="", help="1: only compare")
    parser.add_argument("--confirm", default="", help="the stage again, instead of being asked")


def run(place: Place, asked: argparse.Namespace) -> None:
    """Restore. Raises OperationFailed, botocore's and PynamoDB's errors; the same command again goes on."""
    models = tables.named(asked.table)
    moment = _moment(asked.at)
    dry_run, different = switch("DRY_RUN", asked.dry_run), switch("DIFFERENT", asked.different)
    clock_ = Clock()
    terminal = Terminal(clock_)
    terminal.say(f"{place}, as it was at {clock.iso(moment)}")
    names = [tables.name_of(model) for model in models]
    side = SideTables(place, moment, terminal, clock_)
    if not dry_run:
        confirm(terminal, "To change the tables, type the stage: ", place.stage, asked.confirm, "CONFIRM")
    side.make(names)
    organisations: set[str] = set()
    for model in models:
        copy = CopyBack(place.client("dynamodb"), model, side.name_of(tables.name_of(model)))
        compared = _walked(terminal, model, copy.compare() if dry_run else copy.write(different=different))
        terminal.say("\n".join(_told(place, model, compared)))
        organisations |= compared.organisations
    if dry_run:
        terminal.say(
            "Nothing was changed. What was restored beside it stays, until the command without DRY_RUN is done"
        )
        return
    _announce(organisations)
    side.remove(names)
    left = "" if different else "; those that are different were left: DIFFERENT=1 brings them back too"
    terminal.say(f"Rows that were missing are back{left}")


def _moment(given: str) -> datetime:
    try:
        moment = datetime.fromisoformat(given)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or moment >= clock.now():
        raise OperationFailed(f"AT {given!r} must be a moment that has been, with its zone: 2026-02-25T10:00:00Z")
    return moment.astimezone(UTC).replace(microsecond=0)


def _walked(terminal: Terminal, model: type[Table], pages: Iterable[Compared]) -> Compared:
    compared = Compared()
    for compared in pages:
        rows = compared.same + compared.missing + compared.different
        terminal.progress(f"Comparing {tables.name_of(model)}: {rows:,} rows")
    terminal.done()
    return compared


def _told(place: Place, model: type[Table], compared: Compared) -> Iterator[str]:
    counts = f"{compared.missing:,} missing, {compared.different:,} different, {compared.same:,} as they were"
    yield f"  {tables.name_of(model).removeprefix(place.prefix):<22} {counts}"
    yield from (f"    {each}" for each in compared.named)
    if compared.overtaken:
        yield f"    {compared.overtaken:,} were changed meanwhile and left; run the same command again"


def _announce(organisations: Iterable[str]) -> None:
    """Let whoever keeps a copy of pipelines' configuration read it anew."""
    for org_id in sorted(organisations):
        for pipeline in Pipeline.query(org_id, consistent_read=True):
            transact({"change": change_of(pipeline)})
