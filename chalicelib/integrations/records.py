"""An integration and its revisions as they are stored: found, written and shown."""

from typing import Any

from msgspec import UNSET, UnsetType

from .. import identifiers
from ..errors import IntegrationNotFound, ValidationFailed
from ..store import Write
from ..unique_names import UniqueName, integration_name
from . import schemas
from .table import Integration, Revision


def load(org_id: str, integration_id: str, *, deleted: bool = False) -> Integration:
    """The integration as it is stored; one that is deleted only when asked for.

    Raises IntegrationNotFound, alike for another organisation's and for none.
    """
    if not identifiers.is_id("int", integration_id):
        raise IntegrationNotFound
    try:
        integration = Integration.get(org_id, integration_id, consistent_read=True)
    except Integration.DoesNotExist:
        raise IntegrationNotFound from None
    if integration.deleted_at and not deleted:
        raise IntegrationNotFound
    return integration


def shown(integration: Integration) -> schemas.Integration:
    """The integration as callers see it."""
    return schemas.Integration(**_fields(integration))


def shown_with(integration: Integration, revision: Revision) -> schemas.IntegrationWithRevision:
    """The integration as callers see it, with one of its revisions."""
    return schemas.IntegrationWithRevision(**_fields(integration), revision=shown_revision(revision))


def _fields(integration: Integration) -> dict[str, Any]:
    return {
        "id": integration.id,
        "org_id": integration.org_id,
        "name": integration.name,
        "description": integration.description,
        "vendor": integration.vendor,
        "enabled": integration.enabled,
        "latest_revision": int(integration.latest_revision),
        "created_at": integration.created_at,
        "updated_at": integration.updated_at,
    }


def shown_revision(revision: Revision) -> schemas.Revision:
    """The revision as callers see it: its secrets are masked where it is stored."""
    return schemas.Revision(
        number=int(revision.number),
        parameters=revision.parameters,
        consent=revision.consent,  # type: ignore[arg-type]  # a text in the store, checked when it was written
        requests_per_second=int(revision.requests_per_second),
        note=revision.note,
        created_at=revision.created_at,
        created_by=revision.created_by,
        integration_id=revision.integration_id,
        vendor=revision.vendor,
        config=revision.config,
        mapping=revision.mapping,
    )


def revision_number(integration: Integration, wanted: int | UnsetType) -> int:
    """The number of the revision that is wanted; the latest when nothing is said.

    Raises ValidationFailed.
    """
    latest = int(integration.latest_revision)
    if wanted is UNSET:
        return latest
    if wanted > latest:
        message = f"is no revision of this integration; the latest is {latest}"
        raise ValidationFailed([{"field": "revision", "message": message}])
    return wanted


def put(integration: Integration, expected_version: int | None) -> Write:
    """Write the integration, if it still has the expected version; None: if there is none yet."""
    condition = Integration.id.does_not_exist() if expected_version is None else Integration.version == expected_version
    return lambda transaction: transaction.save(integration, condition=condition)


def put_revision(revision: Revision) -> Write:
    """Write a revision, if there is none of its number: those that are there never change."""
    return lambda transaction: transaction.save(revision, condition=Revision.number.does_not_exist())


def take_name(integration: Integration) -> Write:
    """Take the integration's name, if it is free."""
    name = UniqueName(integration_name(integration.org_id, integration.name), owner=integration.id)
    return lambda transaction: transaction.save(name, condition=UniqueName.name.does_not_exist())


def free_name(integration: Integration, name: str) -> Write:
    """Give a name of the integration back."""
    taken = UniqueName(integration_name(integration.org_id, name))
    return lambda transaction: transaction.delete(taken, condition=UniqueName.owner == integration.id)
