"""Listing: the vendors, an organisation's integrations, and the revisions of one."""

from collections.abc import Iterator
from typing import Any

from msgspec import UNSET

from ..api.validation import decode
from ..errors import VendorNotFound
from ..store import query_pages
from . import catalog, records, schemas
from .mapping import EventMapping
from .table import Integration, Revision
from .vendor import Vendor

# Of a revision, without what it says.
SHORT = ("number", "parameters", "consent", "requests_per_second", "note", "created_at", "created_by")


def vendors() -> schemas.VendorList:
    """All vendors."""
    return schemas.VendorList(vendors=[schemas.Vendor(**_facts(catalog.known(key))) for key in catalog.all_keys()])


def vendor(key: str) -> schemas.VendorInDetail:
    """One vendor with its schema and presets.

    Raises VendorNotFound.
    """
    found = catalog.vendor_of(key)
    if found is None:
        raise VendorNotFound
    mappings = {name: decode(EventMapping, dict(preset)) for name, preset in found.presets.items()}
    return schemas.VendorInDetail(**_facts(found), config_schema=catalog.json_schema(key), preset_mappings=mappings)


def _facts(found: Vendor) -> dict[str, Any]:
    same = ("key", "name", "description", "category", "documentation", "consent")
    return {name: getattr(found, name) for name in same} | {
        "testable": found.test_requests is not None,
        "batches": found.most_together > 1,
        "presets": list(found.presets),
    }


def integrations_of(org_id: str, query: schemas.IntegrationQuery) -> schemas.IntegrationList:
    """The page that `query` asks for, in order of making."""
    found = [one for one in _living(org_id) if _matches(one, query)]
    return schemas.IntegrationList(
        integrations=[records.shown(one) for one in found[query.offset : query.offset + query.limit]],
        total=len(found),
        limit=query.limit,
        offset=query.offset,
    )


def _living(org_id: str) -> Iterator[Integration]:
    pages = query_pages(
        Integration,
        KeyConditionExpression="org_id = :org",
        FilterExpression="attribute_not_exists(deleted_at)",
        ExpressionAttributeValues={":org": {"S": org_id}},
    )
    return (Integration.from_raw_data(item) for page in pages for item in page)


def names(org_id: str) -> dict[str, str]:
    """The names of all integrations by their ids, also of deleted ones: what they did is still told of."""
    pages = query_pages(
        Integration,
        KeyConditionExpression="org_id = :org",
        ProjectionExpression="#id, #name",
        ExpressionAttributeNames={"#id": "id", "#name": "name"},
        ExpressionAttributeValues={":org": {"S": org_id}},
    )
    return {item["id"]["S"]: item["name"]["S"] for page in pages for item in page}


def _matches(one: Integration, query: schemas.IntegrationQuery) -> bool:
    search = query.search.casefold()
    names = (one.name, one.vendor, catalog.known(one.vendor).name)
    return (
        (query.vendor is UNSET or one.vendor == query.vendor)
        and (query.enabled is UNSET or one.enabled == query.enabled)
        and (not search or any(search in name.casefold() for name in names))
    )


def revisions_of(org_id: str, integration_id: str, query: schemas.RevisionQuery) -> schemas.RevisionList:
    """The page that `query` asks for, the newest first. Numbers have no gaps, so they say which.

    Raises IntegrationNotFound.
    """
    total = int(records.load(org_id, integration_id).latest_revision)
    newest = total - query.offset
    return schemas.RevisionList(
        revisions=[_in_list(one) for one in _between(integration_id, max(1, newest - query.limit + 1), newest)],
        total=total,
        limit=query.limit,
        offset=query.offset,
    )


def _between(integration_id: str, first: int, last: int) -> Iterator[Revision]:
    """The revisions of these numbers, the newest first, without what they say."""
    if last < first:
        return iter(())
    pages = query_pages(
        Revision,
        KeyConditionExpression="integration_id = :id AND #number BETWEEN :first AND :last",
        ProjectionExpression=", ".join(f"#{name}" for name in SHORT),
        ExpressionAttributeNames={f"#{name}": name for name in SHORT},  # some of them are words of DynamoDB's
        ExpressionAttributeValues={
            ":id": {"S": integration_id},
            ":first": {"N": str(first)},
            ":last": {"N": str(last)},
        },
        ScanIndexForward=False,
    )
    return (Revision.from_raw_data(item) for page in pages for item in page)


def _in_list(revision: Revision) -> schemas.RevisionInList:
    return schemas.RevisionInList(
        number=int(revision.number),
        parameters=revision.parameters,
        consent=revision.consent,  # type: ignore[arg-type]  # a text in the store, checked when it was written
        requests_per_second=int(revision.requests_per_second),
        note=revision.note,
        created_at=revision.created_at,
        created_by=revision.created_by,
    )
