"""Erasing a person: finding every event of theirs that the product has, and removing it."""

import hashlib
import json
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from chalicelib.accounts.bootstrap import operator
from chalicelib.activity.archive import folder_of
from chalicelib.activity.table import LiveEvent
from chalicelib.audit.entries import ENTRY, entry
from chalicelib.delivery import dead_letters
from chalicelib.delivery.table import DeadLetter
from chalicelib.differences import differences
from chalicelib.integrations.table import Integration
from chalicelib.pipelines.table import Pipeline
from chalicelib.store import Table, transact
from deployment.terminal import Terminal
from deployment.waiting import Clock, minutes

from ..failure import OperationFailed
from ..side_by_side import side_by_side
from .archive import Archive, Taken, Unreadable
from .person import Everybody, Person
from .ties import Found, Tie, Ties, ties_of
from .versions import Kept

Made = TypeVar("Made")


@dataclass
class Erased:
    """What was removed, or would be."""

    events: Counter[str] = field(default_factory=Counter)  # by pipeline: of the archive
    objects: int = 0
    versions: int = 0
    live: int = 0
    dead: int = 0
    unreadable: dict[str, str] = field(default_factory=dict)  # by key: why

    def add(self, pipeline_id: str, taken: Taken) -> None:
        """Count what was taken out of an object."""
        if taken.unreadable:
            self.unreadable[taken.key] = taken.unreadable
        if taken.events:
            self.events[pipeline_id] += taken.events
            self.objects += 1
        self.versions += taken.versions


class Erasure:
    """The erasing of one person, or of everybody, in one organisation or one pipeline of it."""

    def __init__(
        self, org_id: str, archive: Archive, terminal: Terminal, clock: Clock, pipeline_id: str | None = None
    ) -> None:
        self._org_id = org_id
        self._archive = archive
        self._terminal = terminal
        self._clock = clock
        pipelines = Pipeline.query(org_id, consistent_read=True)  # the deleted ones too
        self._pipelines = [each for each in pipelines if pipeline_id in (None, each.id)]
        if pipeline_id and not self._pipelines:
            raise OperationFailed(f"The organisation has no pipeline {pipeline_id!r}: PIPELINE must be its id, or all")
        self._named = {pipeline.id: pipeline for pipeline in self._pipelines}
        self._recorded: set[str] = set()
        self._recording = threading.Lock()

    @property
    def integrations(self) -> list[Integration]:
        """Where the organisation's events went, or go."""
        return list(Integration.query(self._org_id, consistent_read=True))

    def find(self, user_id: str, given: Collection[str], *, follow_shared: bool) -> Found:
        """The person's ids, as the archive and what has not been archived tell. Raises OperationFailed."""
        ties = Ties()
        for _, found in self._each("Looking for ids", self._ties_in):
            ties.add(found)
        for pipeline in self._pipelines:
            for row in LiveEvent.query(pipeline.id, consistent_read=True):
                ties.add(ties_of(json.loads(row.event)))
        return ties.person(user_id, given, follow_shared=follow_shared)

    def erase(self, person: Person | Everybody, *, dry_run: bool) -> Erased:
        """Remove what is the person's. Raises OperationFailed, botocore's and PynamoDB's errors; what was removed by
        then is removed, and the same again does the rest."""
        erased = Erased()
        for pipeline in self._pipelines:
            found = self._live(pipeline, person)
            erased.live += _counted(found) if dry_run else self._remove(LiveEvent, found, person)
        for integration in self.integrations:
            letters = self._dead(integration, person)
            erased.dead += _counted(letters) if dry_run else self._remove(DeadLetter, letters, person)

        def take_out(pipeline: Pipeline, one: Kept) -> Taken:
            before = None if dry_run else lambda: self._record(pipeline, person)
            return self._archive.take_out(one, person.has, before)

        for pipeline, taken in self._each("Reading" if dry_run else "Erasing", take_out):
            erased.add(pipeline.id, taken)
        return erased

    def _live(self, pipeline: Pipeline, person: Person | Everybody) -> Iterator[LiveEvent]:
        rows = LiveEvent.query(pipeline.id, consistent_read=True)
        return (row for row in rows if person.has(json.loads(row.event)))

    def _dead(self, integration: Integration, person: Person | Everybody) -> Iterator[DeadLetter]:
        for shelf in range(dead_letters.SHELVES):
            for letter in DeadLetter.query(f"{integration.id}#{shelf}", consistent_read=True):
                if letter.pipeline_id in self._named and person.has(dead_letters.event_of(letter)):
                    yield letter

    def _remove(self, table: type[Table], rows: Iterable[Any], person: Person | Everybody) -> int:
        """Delete rows, each after the audit trail was told; how many."""
        removed = 0
        with table.batch_write() as batch:
            for row in rows:
                self._record(self._named[row.pipeline_id], person)
                batch.delete(row)
                removed += 1
        return removed

    def _ties_in(self, pipeline: Pipeline, one: Kept) -> set[Tie]:  # noqa: ARG002 - as every work on an object
        try:
            return {tie for event in self._archive.events(one) for tie in ties_of(event)}
        except Unreadable:
            return set()  # it is named when it is to be erased from

    def _each(self, doing: str, work: Callable[[Pipeline, Kept], Made]) -> Iterator[tuple[Pipeline, Made]]:
        """What the work on each object of each pipeline made, with progress: how many of all, and how long it takes."""
        folders = [(pipeline, folder_of(pipeline.id)) for pipeline in self._pipelines]
        self._terminal.progress("Counting objects")
        total = sum(1 for _, folder in folders for _ in self._archive.kept(folder))
        given = ((pipeline, one) for pipeline, folder in folders for one in self._archive.kept(folder))
        began = self._clock.now()
        made = side_by_side(lambda each: (each[0], work(*each)), given)
        for number, each in enumerate(made, 1):
            left = (self._clock.now() - began) / number * max(total - number, 0)
            self._terminal.progress(f"{doing}: {number:,} of {total:,} objects, about {minutes(left)} left")
            yield each
        self._terminal.done()

    def _record(self, pipeline: Pipeline, person: Person | Everybody) -> None:
        """Tell the audit trail, once for each pipeline and before anything is removed: what cannot be recorded is not
        done. Who it was stays untold: the trail has a hash, that proves an erasure to who knows the id."""
        with self._recording:
            if pipeline.id in self._recorded:
                return
            whose = [hash_of(self._org_id, user) for user in sorted(person.users)] or "everybody"
            told = differences({}, {"person": whose})
            actor = operator(self._org_id)
            written = entry(actor, "pipeline.events_erased", "pipeline", pipeline.id, told, resource_name=pipeline.name)
            transact({ENTRY: written})
            self._recorded.add(pipeline.id)


def hash_of(org_id: str, user_id: str) -> str:
    """What the audit trail has in place of a person's id."""
    return "sha256:" + hashlib.sha256(f"{org_id}/{user_id}".encode()).hexdigest()


def _counted(rows: Iterable[Any]) -> int:
    return sum(1 for _ in rows)
