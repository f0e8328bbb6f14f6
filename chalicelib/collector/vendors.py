"""The vendors whose ids the collector keeps in step: their first-party cookies, what makes a new one, and the consent
category that each needs."""

from dataclasses import dataclass
from typing import Any

ANALYTICS, MARKETING = "analytics", "marketing"


@dataclass(frozen=True, slots=True)
class Cookie:
    """A vendor's cookie. In a pattern `$s` stands for the seconds and `$m` for the milliseconds since the epoch, `$n`
    for ten digits and `$u` for a UUID. With a parameter, the click id in the address follows the pattern."""

    name: str
    days: int
    pattern: str
    parameter: str | None = None


@dataclass(frozen=True, slots=True)
class Vendor:
    """A vendor's cookies, and what they need."""

    category: str
    cookies: tuple[Cookie, ...]


VENDORS = {
    # gtag.js: the client id is the two last parts; its session is in `_ga_<stream>`, see ga_session.js
    "ga4": Vendor(ANALYTICS, (Cookie("_ga", 730, "GA1.2.$n.$s"),)),
    # Meta, "fbp and fbc parameters": version, subdomain index, creation time, random number or click id
    "meta": Vendor(MARKETING, (Cookie("_fbp", 90, "fb.1.$m.$n"), Cookie("_fbc", 90, "fb.1.$m.", "fbclid"))),
    # Google's conversion linker: GCL, creation time, click id
    "google_ads": Vendor(MARKETING, (Cookie("_gcl_aw", 90, "GCL.$s.", "gclid"),)),
    "tiktok": Vendor(MARKETING, (Cookie("_ttp", 395, "$u"), Cookie("ttclid", 90, "", "ttclid"))),
    "pinterest": Vendor(MARKETING, (Cookie("_pin_unauth", 365, "$u"), Cookie("_epik", 365, "", "epik"))),
    "snapchat": Vendor(MARKETING, (Cookie("_scid", 395, "$u"), Cookie("_scclid", 90, "", "ScCid"))),
    "linkedin": Vendor(MARKETING, (Cookie("li_fat_id", 30, "", "li_fat_id"),)),
    "microsoft_ads": Vendor(MARKETING, (Cookie("_uetmsclkid", 90, "_uet", "msclkid"),)),
}


def rows(syncs: dict[str, dict[str, Any]]) -> list[list[Any]]:
    """The configuration of the collector's `vendors` module: for each consent category the rows of its cookies."""
    by_category: dict[str, list[list[Any]]] = {}
    for name, vendor in VENDORS.items():
        if name in syncs:
            category = syncs[name].get("category", vendor.category)
            creates = syncs[name].get("create_ids", True)
            by_category.setdefault(category, []).extend(_row(cookie, creates) for cookie in vendor.cookies)
    return [[category, found] for category, found in sorted(by_category.items())]


def _row(cookie: Cookie, creates: bool) -> list[Any]:
    if cookie.parameter:
        return [cookie.name, cookie.days, cookie.pattern, cookie.parameter]
    return [cookie.name, cookie.days, cookie.pattern] if creates else [cookie.name]


def ga_session(sync: dict[str, Any]) -> list[str]:
    """The configuration of the `ga_session` module: the consent category, and the stream, as a regular expression."""
    stream = str(sync.get("measurement_id", "")).removeprefix("G-") or r"\w+"
    return [sync.get("category", ANALYTICS), stream]
