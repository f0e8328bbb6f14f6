"""Bringing an export into a stage: into an empty one, or into one that had it before."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from chalicelib.pipelines.table import PipelineKey
from chalicelib.store import MOST_READ_TOGETHER, Table
from chalicelib.unique_names import UniqueName

from ..copy_back import Compared, CopyBack, Wanted, named
from ..failure import OperationFailed
from ..place import Place
from ..tables import EXPORTED, Item, key_of, model_of, name_of, noun_of, stored
from . import derived, scripts
from .export_file import Export
from .known import DELETED_FOR_GOOD, Known, conflicts, known
from .secrets_in_rows import SECRETS

MOST_NAMED = 5
SCRIPTS_AT_ONCE = 16

# A name is there before what has it, a script before the build that tells of it.
NOUNS = ("unique-names", "pipeline-list", scripts.NOUN, *EXPORTED)


class TakingIn:
    """The way of one export into one stage. It can be gone again: what is there already is left."""

    def __init__(self, place: Place, export: Export, wanted: Wanted, *, removed: bool) -> None:
        """`removed`: what was taken away where the file comes from is taken away here."""
        self._dynamodb = place.client("dynamodb")
        self._export = export
        self._wanted = wanted
        self._removed = removed
        self._known = Known()
        self._ways: dict[str, CopyBack | scripts.Scripts] = {}
        self._waiting: dict[str, list[Item]] = {noun: [] for noun in NOUNS}

    @property
    def found(self) -> dict[str, Compared]:
        """How far it has come, by table."""
        return {noun: self._ways[noun].found for noun in NOUNS if noun in self._ways}

    @property
    def organisations(self) -> set[str]:
        """Those that the file has, whether something of them was changed or not."""
        return self._known.organisations

    def look(self, *, refuse_newer: bool) -> None:
        """Read the whole file, and look whether anything of the stage's own is in the way; also what is of a newer
        version here, if that is to be refused. Raises OperationFailed."""
        self._known = known(self._export.rows())
        names = self._stored(UniqueName, ({"name": {"S": name}} for name in self._known.names))
        keys = self._stored(PipelineKey, ({"pipeline_key": {"S": key}} for key in self._known.keys))
        if found := list(islice(conflicts(self._known, names, keys), MOST_NAMED)):
            raise OperationFailed(
                f"The stage has of its own what the file has too: {', '.join(found)}. Nothing was changed: delete or "
                "rename it here, or import into another stage"
            )
        if refuse_newer and (found := list(islice(self._newer(), MOST_NAMED))):
            raise OperationFailed(
                f"The stage has newer versions than FILE: {', '.join(found)}. Nothing was changed: if the stage is in "
                "use now, or an older file was taken, leave it so; NEWER=1 goes back to what FILE has"
            )

    def go(self, progress: Callable[[str, Compared], None]) -> None:
        """Compare all, and write what is wanted of it."""
        for noun, item in self._export.rows():
            for each, row in (*derived.rows_of(noun, item), (noun, item)):
                self._waiting[each].append(row)
                if len(self._waiting[each]) == (SCRIPTS_AT_ONCE if each == scripts.NOUN else MOST_READ_TOGETHER):
                    self._take_up_to(each)
                    progress(each, self._ways[each].found)
        self._take_up_to(NOUNS[-1])
        for model in DELETED_FOR_GOOD:
            self._take_away(model)

    def _take_up_to(self, last: str) -> None:
        """Compare what waits of a table, after what waits of those that come before it."""
        for noun in NOUNS[: NOUNS.index(last) + 1]:
            rows, self._waiting[noun] = self._waiting[noun], []
            if rows:
                self._way(noun).take(rows)

    def _way(self, noun: str) -> CopyBack | scripts.Scripts:
        if noun not in self._ways:
            self._ways[noun] = (
                scripts.Scripts(self._wanted)
                if noun == scripts.NOUN
                else CopyBack(self._dynamodb, model_of(noun), self._wanted, SECRETS)
            )
        return self._ways[noun]

    def _take_away(self, model: type[Table]) -> None:
        """Find, and if that is wanted delete, the rows that were taken away where the file comes from."""
        found = self._way(noun_of(model)).found
        pages = self._dynamodb.get_paginator("scan").paginate(TableName=name_of(model), ConsistentRead=True)
        for item in (each for page in pages for each in page["Items"]):
            if self._known.was_taken_away(noun_of(model), item):
                found.count("gone", named(model, item))
                if self._removed:
                    self._dynamodb.delete_item(TableName=name_of(model), Key=key_of(model, item))

    def _newer(self) -> Iterator[str]:
        for noun, versions in self._known.versions.items():
            model = model_of(noun)
            for item in self._stored(model, (key for key, _ in versions.values())):
                if self._known.is_newer(noun, item):
                    yield f"{noun} {named(model, item)}"

    def _stored(self, model: type[Table], keys: Iterator[Item]) -> Iterator[Any]:
        while group := list(islice(keys, MOST_READ_TOGETHER)):
            yield from stored(self._dynamodb, model, group).values()
