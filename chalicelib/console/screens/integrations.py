"""The integrations of the organisation, and the library of vendors to install from."""

from collections.abc import Iterable
from typing import Any

from ... import identifiers
from ...integrations import listing, schemas
from ..pages import page
from ..visit import Shown, Visit

PATH = "/console/integrations"
ONE = f"{PATH}/{{integration_id}}"
CATEGORIES = {
    "advertising": "Advertising",
    "analytics": "Analytics",
    "cloud_storage": "Cloud storage",
    "other": "Other",
}


@page("GET", PATH, role="viewer")
def integrations(visit: Visit) -> Shown:
    """My integrations."""
    query = visit.query(schemas.IntegrationQuery)
    asked = {name: visit.asked(name) for name in ("search", "vendor", "enabled")}
    listed, deleted = listing.integrations_of(visit.caller.org_id, query), visit.asked("deleted")
    return visit.show(
        "integrations.html",
        listed=listed,
        asked=asked,
        vendors={vendor.key: vendor for vendor in listing.vendors().vendors},
        exists=listed.total > 0 or any(asked.values()),
        deleted=deleted if visit.caller.may_act_as("admin") and identifiers.is_id("int", deleted) else "",
    )


@page("GET", f"{PATH}/library", role="viewer")
def library(visit: Visit) -> Shown:
    """Every vendor, by category."""
    asked = {name: visit.asked(name) for name in ("search", "category")}
    found = [vendor for vendor in listing.vendors().vendors if _matches(vendor, **asked)]
    return visit.show("library.html", groups=_by_category(found), asked=asked, categories=CATEGORIES)


def _matches(vendor: schemas.Vendor, search: str, category: str) -> bool:
    texts = (vendor.key, vendor.name, vendor.description)
    searched = search.strip().casefold()
    return category in ("", vendor.category) and any(searched in text.casefold() for text in texts)


def _by_category(vendors: Iterable[schemas.Vendor]) -> list[tuple[str, list[schemas.Vendor]]]:
    groups: dict[str, list[Any]] = {key: [] for key in CATEGORIES}
    for vendor in vendors:
        groups[vendor.category].append(vendor)
    return [(CATEGORIES[key], found) for key, found in groups.items() if found]
