"""`make restore`: brings back what tables had at a moment, without taking away what was made since."""

import argparse
from datetime import UTC, datetime

from chalicelib import clock
from chalicelib.store import Table
from deployment.command import confirm
from deployment.terminal import Terminal
from deployment.waiting import Clock

from .. import tables
from ..announcing import announce
from ..copy_back import CopyBack, Wanted
from ..failure import OperationFailed
from ..place import Place
from ..switches import switch
from .side_tables import SideTables


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
        copy = CopyBack(place.client("dynamodb"), model, Wanted(not dry_run, not dry_run and different))
        _copy(place, terminal, model, side.name_of(tables.name_of(model)), copy)
        terminal.say("\n".join(copy.found.told(tables.noun_of(model))))
        organisations |= copy.found.organisations
    if dry_run:
        terminal.say(
            "Nothing was changed. What was restored beside it stays, until the command without DRY_RUN is done"
        )
        return
    announce(organisations)
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


def _copy(place: Place, terminal: Terminal, model: type[Table], source: str, copy: CopyBack) -> None:
    for page in place.client("dynamodb").get_paginator("scan").paginate(TableName=source, ConsistentRead=True):
        copy.take(page["Items"])
        terminal.progress(f"Comparing {tables.name_of(model)}: {copy.found.rows:,} rows")
    terminal.done()
