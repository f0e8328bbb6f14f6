"""Looking entries up: a part of the organisation's partition, or of one resource's entries, by time."""

from collections.abc import Iterator
from typing import Any

from msgspec import UNSET

from .. import clock, identifiers
from ..api.moments import milliseconds_of
from ..store import query_pages
from . import schemas
from .actions import matches
from .entries import KEPT_SECONDS
from .table import AuditEntry, OfResource

MOST_READ = 2000  # rows for one answer: filters that are no keys must not read without an end
PAGE = 500  # rows of one read when some of them may not match


def listed(org_id: str, query: schemas.AuditQuery) -> schemas.AuditLog:
    """The page of entries that `query` asks for, the newest first.

    Raises ValidationFailed.
    """
    found: list[AuditEntry] = []
    last = None
    for read, item in enumerate(_newest(org_id, query)):
        if len(found) == query.limit or read == MOST_READ:
            return schemas.AuditLog(entries=[_shown(each) for each in found], next_cursor=last)
        entry = AuditEntry.from_raw_data(item)
        last = entry.position
        if _is_wanted(entry, query):
            found.append(entry)
    return schemas.AuditLog(entries=[_shown(each) for each in found], next_cursor=None)


def _newest(org_id: str, query: schemas.AuditQuery) -> Iterator[dict[str, Any]]:
    """The rows that can match by their keys. Those whose time is over are not among them, though DynamoDB may still
    have them for days."""
    oldest = clock.milliseconds() - KEPT_SECONDS * 1000
    first = identifiers.first_of("log", max(oldest, milliseconds_of(query.from_, "from") or 0))
    until = milliseconds_of(query.to, "to")
    last = identifiers.first_of("log", identifiers.LAST_MOMENT if until is None else until)
    if query.cursor is not UNSET:
        last = min(last, query.cursor)
    if first > last:  # which DynamoDB takes for a mistake
        return iter(())
    rows = (row for page in query_pages(AuditEntry, **_keys(org_id, query, first, last)) for row in page)
    return (row for row in rows if row["position"]["S"] < last)


def _keys(org_id: str, query: schemas.AuditQuery, first: str, last: str) -> dict[str, Any]:
    if query.resource_id is UNSET:
        names, index = {"#position": AuditEntry.position.attr_name}, {}
    else:
        first, last = f"{query.resource_id}#{first}", f"{query.resource_id}#{last}"
        names, index = {"#position": "resource_position"}, {"IndexName": OfResource.Meta.index_name}
    alone = query.user_id is UNSET and query.action is UNSET and query.resource_type is UNSET
    return index | {
        "KeyConditionExpression": "org_id = :org AND #position BETWEEN :first AND :last",
        "ExpressionAttributeNames": names,  # position is one of DynamoDB's reserved words
        "ExpressionAttributeValues": {":org": {"S": org_id}, ":first": {"S": first}, ":last": {"S": last}},
        "ScanIndexForward": False,
        "Limit": query.limit + 2 if alone else PAGE,  # the one of the cursor, and one more to know whether to go on
    }


def _is_wanted(entry: AuditEntry, query: schemas.AuditQuery) -> bool:
    return (
        (query.user_id is UNSET or entry.user_id == query.user_id)
        and (query.action is UNSET or matches(entry.action, query.action))
        and (query.resource_type is UNSET or entry.resource_type == query.resource_type)
    )


def _shown(entry: AuditEntry) -> schemas.AuditLogEntry:
    return schemas.AuditLogEntry(
        id=entry.position,
        action=entry.action,
        user_id=entry.user_id,
        user_email=entry.user_email,
        resource_type=entry.resource_type,  # type: ignore[arg-type]  # a text in the store, checked when it was written
        resource_id=entry.resource_id,
        resource_name=entry.resource_name,
        changes={path: schemas.Change(**change) for path, change in entry.changes.items()},
        ip_address=entry.ip_address,
        user_agent=entry.user_agent,
        request_id=entry.request_id,
        timestamp=entry.timestamp,
    )
