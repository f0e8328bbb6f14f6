"""`make export`: writes a stage's configuration and people into a file, from which another stage is made the same."""

import argparse
from collections import Counter
from pathlib import Path

from chalicelib import clock
from chalicelib.api.openapi import VERSION
from chalicelib.infrastructure.tables import MODELS
from deployment.terminal import Terminal

from ..failure import OperationFailed
from ..place import Place
from ..side_by_side import side_by_side
from ..switches import switch
from ..tables import noun_of
from . import export_file, passphrase
from .export_file import Heading
from .picture import DoesNotFit, Picture, Row
from .secrets_in_rows import opened

ATTEMPTS = 3


def options(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("--file", default="", help="where to, such as /backup/prod-2026-02-25.signal; not there yet")
    parser.add_argument("--audit", default="", help="1: the audit trail too")


def run(place: Place, asked: argparse.Namespace) -> None:
    """Export. Raises OperationFailed, botocore's errors; then there is no file."""
    path, audit = file_of(asked.file), switch("AUDIT", asked.audit)
    export_file.refuse_place(path)
    terminal = Terminal()
    terminal.say(str(place))
    words = passphrase.chosen(terminal)
    for _ in range(ATTEMPTS):
        picture = Picture(place, audit=audit)
        try:
            counts = _write(place, path, words, picture, terminal)
        except DoesNotFit:
            terminal.say("A name went from one to another meanwhile; reading all again")
            continue
        terminal.say("\n".join(f"  {noun:<22} {counts[noun]:,} rows" for noun in counts))
        if picture.without_script:
            terminal.say(f"  {picture.without_script:,} collectors have no script in their bucket: build them again")
        terminal.say(f"{path} is written; keep the passphrase somewhere else")
        return
    raise OperationFailed("So much is being changed that no picture of it fits together; run the same command later")


def file_of(given: str) -> Path:
    """The file that is meant. Raises OperationFailed."""
    if not given:
        raise OperationFailed("Say which file: FILE=/backup/prod-2026-02-25.signal")
    return Path(given)


def _write(place: Place, path: Path, words: str, picture: Picture, terminal: Terminal) -> Counter[str]:
    heading = Heading(VERSION, place.stage, place.account.region, clock.iso(clock.now()))
    with export_file.written(path, words, heading) as writer:
        for noun, item in side_by_side(_opened, picture.rows()):
            writer.put(noun, item)
            terminal.progress(f"Reading {noun}: {writer.counts[noun]:,} rows")
    terminal.done()
    return writer.counts


def _opened(row: Row) -> Row:
    noun, item = row
    model = next((each for each in MODELS if noun_of(each) == noun), None)
    return noun, opened(model, item) if model else item
