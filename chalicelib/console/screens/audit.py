"""The audit trail of the organisation."""

from typing import Any

from ...accounts import users
from ...audit import listing
from ...audit.schemas import AuditLogEntry, AuditQuery, Change
from .. import wording
from ..pages import page, url
from ..visit import Shown, Visit

PATH = "/console/audit"
# A page stays small to load, whatever changed: some entries, of each some fields, of each the beginning.
ON_A_PAGE = 12
FIELDS_OF_AN_ENTRY = 6
FILTERS = ("user_id", "action", "resource_type", "resource_id", "from", "to")


@page("GET", PATH, role="admin")
def audit(visit: Visit) -> Shown:
    """Who did what, the newest first."""
    org_id = visit.caller.org_id
    query = visit.query(AuditQuery)
    query.limit = min(query.limit, ON_A_PAGE)
    found = listing.listed(org_id, query)
    asked = {name: visit.asked(name) for name in FILTERS}
    return visit.show(
        "audit.html",
        entries=[(entry, _address(entry), _changes(entry)) for entry in found.entries],
        fields_shown=FIELDS_OF_AN_ENTRY,
        asked=asked,
        people=[(user.id, user.email) for user in users.list_users(org_id)],
        kinds=wording.KINDS,
        deeds=wording.DEEDS,
        older=url(PATH, cursor=found.next_cursor, **asked) if found.next_cursor else "",
    )


def _changes(entry: AuditLogEntry) -> list[tuple[str, Change]]:
    """What became different, without what was nothing and is empty now: new things have many such fields."""
    return [(path, change) for path, change in entry.changes.items() if change.old is not None or change.new]


def _address(entry: AuditLogEntry) -> Any:
    """Where what was changed is shown."""
    if entry.resource_type == "user":
        return f"/console/people/{entry.resource_id}"
    return f"/console/{entry.resource_type}s/{entry.resource_id}"
