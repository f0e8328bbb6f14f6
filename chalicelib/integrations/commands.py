"""Changing integrations. Each command is one read at most and one transaction, so that any failure of the store leaves
the old state or the new one. Revisions that were read once are not read again."""

from collections.abc import Callable
from functools import partial
from itertools import count
from typing import Any, TypeVar

import msgspec

from .. import clock, identifiers
from ..api import idempotency
from ..api.entity_tags import etag, matches
from ..api.idempotency import Once
from ..audit.entries import ENTRY
from ..auth import Actor
from ..differences import differences
from ..errors import DuplicateName, IntegrationNotDeleted, PreconditionFailed, ValidationFailed
from ..store import ConditionFailed, Overtaken, Write, until_not_overtaken
from ..unique_names import integration_name
from . import catalog, comparison, drafts, records, revisions, schemas, trail
from .table import Integration

Result = TypeVar("Result")
INTEGRATION, REVISION, NAME = "integration", "revision", "name"  # names of writes in a transaction
LONGEST_NAME = 200  # characters


def create(actor: Actor, wanted: schemas.IntegrationCreate, once: Once | None) -> schemas.IntegrationWithRevision:
    """Make an integration with its first revision.

    Raises ValidationFailed, DuplicateName.
    """
    vendor = catalog.vendor_of(wanted.vendor)
    if vendor is None:
        message = f"is no vendor; there are {', '.join(catalog.all_keys())}"
        raise ValidationFailed([{"field": "vendor", "message": message}])
    draft = drafts.drafted(vendor, wanted)
    integration = _new(actor.org_id, wanted)
    revision = drafts.sealed(draft, actor.org_id, integration.id, 1, wanted.note, actor.user_id)
    created = records.shown_with(integration, revision)
    told = [*differences({}, trail.facts(integration)), *comparison.told(None, revision)]
    writes = {
        INTEGRATION: records.put(integration, None),
        REVISION: records.put_revision(revision),
        NAME: records.take_name(integration),
        ENTRY: trail.of_integration(actor, "integration.created", integration, told),
    }
    record = once.remember(201, created_headers(created), created) if once else None
    try:
        idempotency.transact(once, writes, record)
    except ConditionFailed as failed:
        if NAME not in failed.items:
            raise
        raise DuplicateName from None
    return created


def created_headers(created: schemas.Integration) -> dict[str, str]:
    """The headers of the answer to a create."""
    return {"Location": f"{schemas.PATH}/{created.id}", "ETag": etag(1)}


def _new(org_id: str, wanted: schemas.IntegrationCreate) -> Integration:
    now = clock.iso(clock.now())
    return Integration(
        org_id,
        identifiers.new_id("int"),
        version=1,
        name=wanted.name,
        description=wanted.description,
        vendor=wanted.vendor,
        enabled=wanted.enabled,
        latest_revision=1,
        created_at=now,
        updated_at=now,
    )


def update(actor: Actor, integration_id: str, wanted: schemas.IntegrationUpdate, if_match: str | None) -> Integration:
    """Change the given fields. Where they have these values already, nothing is written.

    Raises IntegrationNotFound, PreconditionFailed, DuplicateName.
    """
    fields: dict[str, Any] = msgspec.to_builtins(wanted)

    def change(integration: Integration) -> None:
        if all(getattr(integration, name) == value for name, value in fields.items()):
            return
        old_name, before = integration.name, trail.facts(integration)
        for name, value in fields.items():
            setattr(integration, name, value)
        renamed = {}
        if integration_name(actor.org_id, integration.name) != integration_name(actor.org_id, old_name):
            renamed = {"old name": records.free_name(integration, old_name), NAME: records.take_name(integration)}
        told = differences(before, trail.facts(integration))
        _write(integration, renamed | {ENTRY: trail.of_integration(actor, "integration.updated", integration, told)})

    return _changed(actor.org_id, integration_id, change, if_match)[0]


def delete(actor: Actor, integration_id: str, if_match: str | None) -> None:
    """Delete softly: invisible, its name free, nothing delivered from the next event on. What it was attached to it is
    attached to again when it is restored.

    Raises IntegrationNotFound, PreconditionFailed.
    """

    def change(integration: Integration) -> None:
        integration.deleted_at = clock.iso(clock.now())
        freed = {"old name": records.free_name(integration, integration.name)}
        _write(integration, freed | {ENTRY: trail.of_integration(actor, "integration.deleted", integration)})

    _changed(actor.org_id, integration_id, change, if_match)


def restore(actor: Actor, integration_id: str) -> Integration:
    """Bring a deleted integration back as it was; with a number after its name if somebody took that.

    Raises IntegrationNotFound, IntegrationNotDeleted.
    """

    def change(integration: Integration) -> None:
        if not integration.deleted_at:
            raise IntegrationNotDeleted
        name, version, before = integration.name, int(integration.version), trail.facts(integration)
        integration.deleted_at = None
        for number in count(2):
            integration.version = version
            try:
                told = differences(before, trail.facts(integration))
                restored = trail.of_integration(actor, "integration.restored", integration, told)
                _write(integration, {NAME: records.take_name(integration), ENTRY: restored})
                break
            except DuplicateName:
                integration.name = _numbered(name, number)

    return _changed(actor.org_id, integration_id, change, None, deleted=True)[0]


def _numbered(name: str, number: int) -> str:
    """`Shop (2)`, shortened where it would be too long."""
    ending = f" ({number})"
    return name[: LONGEST_NAME - len(ending)].rstrip() + ending


def revise(actor: Actor, integration_id: str, wanted: schemas.RevisionCreate, once: Once | None) -> schemas.Revision:
    """Make the next revision.

    Raises IntegrationNotFound, ValidationFailed.
    """

    def change(integration: Integration) -> schemas.Revision:
        before = revisions.numbered(integration.id, int(integration.latest_revision))
        draft = drafts.drafted(catalog.known(integration.vendor), wanted, before)
        number = int(integration.latest_revision) + 1
        revision = drafts.sealed(draft, actor.org_id, integration.id, number, wanted.note, actor.user_id)
        integration.latest_revision = number
        made = records.shown_revision(revision)
        record = once.remember(201, revised_headers(made), made) if once else None
        told = comparison.told(before, revision)
        writes = {
            REVISION: records.put_revision(revision),
            ENTRY: trail.of_integration(actor, "integration.revised", integration, told),
        }
        _write(integration, writes, once, record)
        return made

    if wanted == schemas.RevisionCreate(note=wanted.note):
        others = "mapping, preset, consent or requests_per_second"
        message = f"is required, or {others}: a revision is different from the one before"
        raise ValidationFailed([{"field": "config", "message": message}])
    return _changed(actor.org_id, integration_id, change, None)[1]


def revised_headers(made: schemas.Revision) -> dict[str, str]:
    """The headers of the answer to a new revision."""
    return {"Location": f"{schemas.PATH}/{made.integration_id}/revisions/{made.number}"}


def _write(
    integration: Integration, others: dict[str, Write], once: Once | None = None, answer: Write | None = None
) -> None:
    """Write a changed integration, one version on, with its other records.

    Raises Overtaken, DuplicateName.
    """
    version = int(integration.version)
    integration.version = version + 1
    integration.updated_at = clock.iso(clock.now())
    try:
        idempotency.transact(once, {INTEGRATION: records.put(integration, version)} | others, answer)
    except ConditionFailed as failed:
        if NAME in failed.items and INTEGRATION not in failed.items:
            raise DuplicateName from None
        raise Overtaken from failed


def _changed(
    org_id: str,
    integration_id: str,
    change: Callable[[Integration], Result],
    if_match: str | None,
    *,
    deleted: bool = False,
) -> tuple[Integration, Result]:
    """Read, check the precondition, change; again when another change came between."""
    load = partial(records.load, org_id, integration_id, deleted=deleted)

    def attempt() -> tuple[Integration, Result]:
        integration = load()
        if if_match is not None and not matches(if_match, integration.version):
            raise PreconditionFailed
        return integration, change(integration)

    return until_not_overtaken(attempt)
