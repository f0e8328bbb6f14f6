"""How a changed pipeline is written: one version on, with its other records, a revision of its history and an entry of
the audit trail, in one transaction."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from .. import clock
from ..api import idempotency
from ..api.entity_tags import matches
from ..api.idempotency import Once
from ..audit.entries import ENTRY, entry
from ..auth import Actor
from ..differences import Difference, differences
from ..errors import DuplicateSlug, PreconditionFailed
from ..store import ConditionFailed, Overtaken, Write, until_not_overtaken
from . import changes, history, records
from .history import PipelineAction
from .table import Pipeline

Result = TypeVar("Result")
PIPELINE, SLUG = "pipeline", "slug"  # names of writes in a transaction that may be refused

Record = Callable[[Pipeline], Write]
# What follows from a pipeline's fields.
RULES: dict[str, Record] = {"row": records.put_row, "key": records.update_key, "change": changes.change_of}


@dataclass(frozen=True, slots=True)
class Deed:
    """What is done to a pipeline and by whom. `beside` are changes to tell that are none of its editable fields."""

    actor: Actor
    action: PipelineAction
    before: dict[str, Any]  # its editable fields
    beside: Iterable[Difference] = ()
    restored_from: int | None = None

    def writes(self, pipeline: Pipeline) -> dict[str, Write]:
        """The revision and the entry."""
        changed = list(differences(self.before, history.configuration(pipeline)))
        told = [*changed, *self.beside]
        return {
            "revision": history.put(self.actor, pipeline, self.action, changed, self.restored_from),
            ENTRY: entry(self.actor, self.action, "pipeline", pipeline.id, told, resource_name=pipeline.name),
        }


def write(
    deed: Deed,
    pipeline: Pipeline,
    others: Mapping[str, Record],
    once: Once | None = None,
    answer: Write | None = None,
) -> None:
    """Write a changed pipeline with its other records, which are made from it then.

    Raises Overtaken, DuplicateSlug.
    """
    version = int(pipeline.version)
    pipeline.version = version + 1
    pipeline.updated_at = clock.iso(clock.now())
    writes = {PIPELINE: records.put(pipeline, version)} | {name: make(pipeline) for name, make in others.items()}
    try:
        idempotency.transact(once, writes | deed.writes(pipeline), answer)
    except ConditionFailed as failed:
        if SLUG in failed.items and PIPELINE not in failed.items:
            raise DuplicateSlug from None
        raise Overtaken from failed


def changed(
    org_id: str,
    pipeline_id: str,
    change: Callable[[Pipeline], Result],
    if_match: str | None,
    *,
    deleted: bool = False,
) -> tuple[Pipeline, Result]:
    """Read, check the precondition, change; again when another change came between."""

    def attempt() -> tuple[Pipeline, Result]:
        pipeline = records.load(org_id, pipeline_id, deleted=deleted)
        if if_match is not None and not matches(if_match, pipeline.version):
            raise PreconditionFailed
        return pipeline, change(pipeline)

    return until_not_overtaken(attempt)
