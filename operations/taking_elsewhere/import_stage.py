"""`make import`: makes a stage the same as the one that a file is of, without taking away what is its own."""

import argparse
import os
from collections.abc import Iterator
from pathlib import Path

from deployment.command import confirm
from deployment.terminal import Terminal

from ..announcing import announce
from ..copy_back import Compared, Wanted
from ..failure import OperationFailed
from ..place import Place
from ..switches import switch
from . import passphrase
from .export_file import Export
from .export_stage import file_of
from .taking_in import TakingIn


def options(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("--file", default="", help="what `make export` wrote")
    parser.add_argument("--different", default="", help="1: also rows that are different here")
    parser.add_argument("--newer", default="", help="1: also what is newer here")
    parser.add_argument("--removed", default="", help="1: also take away what was taken away there")
    parser.add_argument("--dry-run", default="", help="1: only compare")
    parser.add_argument("--confirm", default="", help="the stage again, instead of being asked")


def run(place: Place, asked: argparse.Namespace) -> None:
    """Import. Raises OperationFailed, botocore's and PynamoDB's errors; the same command again does the rest."""
    path, dry_run = _readable(file_of(asked.file)), switch("DRY_RUN", asked.dry_run)
    different, removed = switch("DIFFERENT", asked.different), switch("REMOVED", asked.removed)
    newer = switch("NEWER", asked.newer)
    if removed and not different:
        raise OperationFailed("REMOVED=1 needs DIFFERENT=1: what was renamed there would have no name here")
    terminal = Terminal()
    terminal.say(str(place))
    export = Export(path, passphrase.given(terminal))
    heading = export.heading
    terminal.say(f"From stage {heading.stage}, {heading.region}, as it was at {heading.began_at}")
    taking = TakingIn(place, export, Wanted(not dry_run, not dry_run and different), removed=removed and not dry_run)
    taking.look(refuse_newer=different and not newer)
    if not dry_run:
        confirm(terminal, "To change the stage, type its name: ", place.stage, asked.confirm, "CONFIRM")
    try:
        taking.go(lambda noun, found: terminal.progress(f"Comparing {noun}: {found.rows:,} rows"))
    finally:
        if not dry_run:
            announce(taking.organisations)
    terminal.done()
    terminal.say("\n".join(line for noun, found in taking.found.items() for line in found.told(noun)))
    terminal.say("Nothing was changed" if dry_run else _done(different, removed, list(taking.found.values())))


def _readable(path: Path) -> Path:
    if not path.is_file() or not os.access(path, os.R_OK):
        raise OperationFailed(f"FILE {path} cannot be read: it must be what `make export` wrote, and yours to read")
    return path


def _done(different: bool, removed: bool, found: list[Compared]) -> str:
    return "; ".join(["What was missing is here", *_left(different, removed, found)])


def _left(different: bool, removed: bool, found: list[Compared]) -> Iterator[str]:
    if not different and any(each.different for each in found):
        yield "what is different was left: DIFFERENT=1 makes it as it was"
    if not removed and any(each.gone for each in found):
        yield "what is gone was left: REMOVED=1 takes it away"
