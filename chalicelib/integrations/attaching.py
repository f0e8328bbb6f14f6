"""Attaching integrations to pipelines, one or a thousand: in transactions of bounded size, each of them whole, so that
what was interrupted is done again and changes only what is not done yet."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from msgspec import UNSET, UnsetType

from .. import clock, identifiers
from ..auth import Actor
from ..errors import IntegrationNotFound, NotAttached, PipelineNotFound, ValidationFailed
from ..pipelines import catalogue, changes
from ..pipelines.table import Pipeline
from ..store import ConditionFailed, Overtaken, Write, get_together, transact, until_not_overtaken
from . import attachment_schemas, records, trail
from .readiness import Obstacles, Readiness
from .table import Integration, PipelineIntegration

TOGETHER = 24  # pipelines in a transaction: four writes each and one more, of at most 100


@dataclass(frozen=True, slots=True)
class Wish:
    """How an integration is to be attached. `keeps_revision`: where it is attached already, by the same revision."""

    revision: int | UnsetType
    enabled: bool | UnsetType
    keeps_revision: bool = False
    allow_missing: bool = True
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """A pipeline and how the integration is attached to it, as they are stored."""

    pipeline: Pipeline
    attached: PipelineIntegration | None


@dataclass(frozen=True, slots=True)
class Place:
    """How the integration is attached to a pipeline in the end."""

    found: Found
    wanted: PipelineIntegration
    obstacles: Obstacles
    refused: bool

    @property
    def result(self) -> str:
        """What became of the pipeline."""
        before = self.found.attached
        if before and (before.revision, before.enabled) == (self.wanted.revision, self.wanted.enabled):
            return "unchanged"
        if self.refused:
            return "refused"
        return "changed" if before else "attached"


def attach(
    actor: Actor, pipeline_id: str, integration_id: str, wanted: attachment_schemas.Attach
) -> tuple[Integration, PipelineIntegration, Obstacles]:
    """Attach to one pipeline, or change how it is attached. The same again changes nothing.

    Raises PipelineNotFound, IntegrationNotFound, ValidationFailed.
    """
    wish = Wish(wanted.revision, wanted.enabled, keeps_revision=wanted.enabled is not UNSET)
    if not identifiers.is_id("pip", pipeline_id):
        raise PipelineNotFound
    integration, places = until_not_overtaken(
        partial(_attach_together, actor, integration_id, [pipeline_id], wish, Readiness(), all_there=True)
    )
    place = places[pipeline_id]
    return integration, place.wanted, place.obstacles


def attach_many(
    actor: Actor, integration_id: str, wanted: attachment_schemas.AttachMany
) -> attachment_schemas.AttachedMany:
    """Attach to all the pipelines that are selected, but not to those that could not send unless that is allowed.

    Raises IntegrationNotFound, ValidationFailed.
    """
    ids, readiness = selected(actor.org_id, wanted), Readiness()
    number = records.revision_number(records.load(actor.org_id, integration_id), wanted.revision)
    wish = Wish(number, wanted.enabled, allow_missing=wanted.allow_missing, dry_run=wanted.dry_run)
    results: list[attachment_schemas.AttachResult] = []
    for group in together(ids, TOGETHER):
        _, places = until_not_overtaken(partial(_attach_together, actor, integration_id, group, wish, readiness))
        results += [_attach_result(pipeline_id, places.get(pipeline_id)) for pipeline_id in group]
    return attachment_schemas.AttachedMany(
        revision=number,
        dry_run=wanted.dry_run,
        counts=Counter(one.result for one in results),
        pipelines=results,
    )


def detach(actor: Actor, pipeline_id: str, integration_id: str) -> None:
    """Detach from one pipeline, also what was deleted.

    Raises PipelineNotFound, IntegrationNotFound, NotAttached.
    """
    if not identifiers.is_id("pip", pipeline_id):
        raise PipelineNotFound
    results = until_not_overtaken(
        partial(_detach_together, actor, integration_id, [pipeline_id], dry_run=False, all_there=True)
    )
    if results[0].result == "not_attached":
        raise NotAttached


def detach_many(
    actor: Actor, integration_id: str, wanted: attachment_schemas.DetachMany
) -> attachment_schemas.DetachedMany:
    """Detach from all the pipelines that are selected.

    Raises IntegrationNotFound, ValidationFailed.
    """
    ids = selected(actor.org_id, wanted)
    records.load(actor.org_id, integration_id, deleted=True)
    results: list[attachment_schemas.DetachResult] = []
    for group in together(ids, TOGETHER):
        results += until_not_overtaken(partial(_detach_together, actor, integration_id, group, dry_run=wanted.dry_run))
    return attachment_schemas.DetachedMany(
        dry_run=wanted.dry_run, counts=Counter(one.result for one in results), pipelines=results
    )


def selected(org_id: str, selection: attachment_schemas.Selection) -> list[str]:
    """The ids of the pipelines that are selected; those that are named need not exist.

    Raises ValidationFailed.
    """
    if (selection.pipeline_ids is UNSET) == (selection.label is UNSET):
        raise ValidationFailed([{"field": "pipeline_ids", "message": "is required, or a label; not both"}])
    if selection.pipeline_ids is not UNSET:
        return selection.pipeline_ids
    return sorted(row.id for row in catalogue.rows_of(org_id).values() if selection.label in row.labels)


def together(ids: Sequence[str], most: int) -> Iterator[list[str]]:
    """The ids in groups of at most so many."""
    return (list(ids[start : start + most]) for start in range(0, len(ids), most))


def _read(
    org_id: str, integration_id: str, pipeline_ids: Sequence[str], *, all_there: bool, deleted: bool = False
) -> tuple[Integration, dict[str, Found]]:
    """The integration and those of the pipelines that are there, in one read.

    Raises PipelineNotFound when not `all_there`, as is wanted; IntegrationNotFound.
    """
    if not identifiers.is_id("int", integration_id):
        raise IntegrationNotFound
    keys: list[Any] = [Integration(org_id, integration_id)]
    keys += [Pipeline(org_id, pipeline_id) for pipeline_id in pipeline_ids]
    keys += [PipelineIntegration(pipeline_id, integration_id) for pipeline_id in pipeline_ids]
    integration, *others = get_together(keys)
    pairs = zip(pipeline_ids, others[: len(pipeline_ids)], others[len(pipeline_ids) :], strict=True)
    found = {
        pipeline_id: Found(pipeline, attached)
        for pipeline_id, pipeline, attached in pairs
        if pipeline and not pipeline.deleted_at
    }
    if all_there and len(found) < len(pipeline_ids):
        raise PipelineNotFound
    if integration is None or (integration.deleted_at and not deleted):
        raise IntegrationNotFound
    return integration, found


def _attach_together(
    actor: Actor,
    integration_id: str,
    pipeline_ids: Sequence[str],
    wish: Wish,
    readiness: Readiness,
    *,
    all_there: bool = False,
) -> tuple[Integration, dict[str, Place]]:
    """Read, and write what differs in one transaction.

    Raises Overtaken when something came between.
    """
    integration, found = _read(actor.org_id, integration_id, pipeline_ids, all_there=all_there)
    places = {pipeline_id: _place(integration, one, wish, readiness) for pipeline_id, one in found.items()}
    writes: dict[str, Write] = {}
    for place in places.values():
        if place.result in ("attached", "changed"):
            writes |= _writes(actor, integration, place)
    if writes and not wish.dry_run:
        _transact({"integration": _there(Integration, actor.org_id, integration_id)} | writes)
    return integration, places


def _place(integration: Integration, found: Found, wish: Wish, readiness: Readiness) -> Place:
    before, now = found.attached, clock.iso(clock.now())
    if before and wish.revision is UNSET and wish.keeps_revision:
        number = int(before.revision)
    else:
        number = records.revision_number(integration, wish.revision)
    enabled = (before.enabled if before else True) if wish.enabled is UNSET else wish.enabled
    wanted = PipelineIntegration(
        found.pipeline.id,
        integration.id,
        org_id=integration.org_id,
        revision=number,
        enabled=enabled,
        attached_at=before.attached_at if before else now,
        updated_at=now,
    )
    obstacles = readiness.obstacles(integration.id, number, found.pipeline.parameters)
    place = Place(found, wanted, obstacles, bool(obstacles) and not wish.allow_missing)
    return Place(found, before, obstacles, False) if before and place.result == "unchanged" else place


def _writes(actor: Actor, integration: Integration, place: Place) -> dict[str, Write]:
    """What attaches: if the pipeline is still there and nobody else changed how the integration is attached to it."""
    wanted, before = place.wanted, place.found.attached
    condition = PipelineIntegration.pipeline_id.does_not_exist()
    if before:
        condition = (PipelineIntegration.revision == before.revision) & (PipelineIntegration.enabled == before.enabled)
    return {
        f"pipeline {wanted.pipeline_id}": _there(Pipeline, wanted.org_id, wanted.pipeline_id),
        f"attachment {wanted.pipeline_id}": lambda transaction: transaction.save(wanted, condition=condition),
        f"change {wanted.pipeline_id}": changes.change(wanted.org_id, wanted.pipeline_id),
        f"entry {wanted.pipeline_id}": trail.of_attachment(actor, integration, place.found.pipeline, before, wanted),
    }


def _there(table: type[Pipeline] | type[Integration], org_id: str, item_id: str) -> Write:
    """The check that something is there and not deleted."""
    condition = table.id.exists() & table.deleted_at.does_not_exist()
    return lambda transaction: transaction.condition_check(table, org_id, item_id, condition=condition)


def _attach_result(pipeline_id: str, place: Place | None) -> attachment_schemas.AttachResult:
    if place is None:
        return attachment_schemas.AttachResult(
            pipeline_id=pipeline_id, name=None, result="not_found", missing=[], problems=[]
        )
    return attachment_schemas.AttachResult(
        pipeline_id=pipeline_id,
        name=place.found.pipeline.name,
        result=place.result,  # type: ignore[arg-type]  # one of its results
        missing=place.obstacles.missing,
        problems=problems_shown(place.obstacles),
    )


def problems_shown(obstacles: Obstacles) -> list[attachment_schemas.Problem]:
    """The problems as callers see them."""
    return [attachment_schemas.Problem(**problem) for problem in obstacles.problems]


def _detach_together(
    actor: Actor, integration_id: str, pipeline_ids: Sequence[str], *, dry_run: bool, all_there: bool = False
) -> list[attachment_schemas.DetachResult]:
    """Read, and delete what is attached in one transaction.

    Raises Overtaken when something came between.
    """
    integration, found = _read(actor.org_id, integration_id, pipeline_ids, all_there=all_there, deleted=True)
    attached = {pipeline_id: one.attached for pipeline_id, one in found.items() if one.attached}
    writes: dict[str, Write] = {}
    for pipeline_id, item in attached.items():
        writes[f"attachment {pipeline_id}"] = _removal(item)
        writes[f"change {pipeline_id}"] = changes.change(actor.org_id, pipeline_id)
        writes[f"entry {pipeline_id}"] = trail.of_attachment(
            actor, integration, found[pipeline_id].pipeline, item, None
        )
    if writes and not dry_run:
        _transact(writes)
    return [_detach_result(pipeline_id, found, attached) for pipeline_id in pipeline_ids]


def _removal(item: PipelineIntegration) -> Write:
    return lambda transaction: transaction.delete(item, condition=PipelineIntegration.pipeline_id.exists())


def _detach_result(
    pipeline_id: str, found: Mapping[str, Found], attached: Mapping[str, PipelineIntegration]
) -> attachment_schemas.DetachResult:
    if pipeline_id not in found:
        return attachment_schemas.DetachResult(pipeline_id=pipeline_id, name=None, result="not_found")
    return attachment_schemas.DetachResult(
        pipeline_id=pipeline_id,
        name=found[pipeline_id].pipeline.name,
        result="detached" if pipeline_id in attached else "not_attached",
    )


def _transact(writes: Mapping[str, Write]) -> None:
    try:
        transact(writes)
    except ConditionFailed as failed:
        raise Overtaken from failed
