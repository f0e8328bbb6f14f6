"""The ids that vendors want, from the cookies that the collector found or made. Plain functions."""

import re
from typing import Any

# The name of each id, its cookie, and how many parts before a dot are not the id.
IDS = (
    ("ga_client_id", "_ga", 2),  # GA1.2.<random>.<seconds>
    ("fbp", "_fbp", 0),
    ("fbc", "_fbc", 0),
    ("gclid", "_gcl_aw", 2),  # GCL.<seconds>.<click id>
    ("ttp", "_ttp", 0),
    ("ttclid", "ttclid", 0),
    ("pinterest_id", "_pin_unauth", 0),
    ("epik", "_epik", 0),
    ("snapchat_id", "_scid", 0),
    ("sccid", "_scclid", 0),
    ("li_fat_id", "li_fat_id", 0),
    ("msclkid", "_uetmsclkid", 0),
)
# GS1.1.<session>.…, GS2.1.s<session>$…, or ours alone
GA_SESSION = re.compile(r"(?:GS\d\.\d\.s?)?(\d{1,20})(?![^.$])", re.ASCII)
LONGEST = 500  # characters


def vendor_ids(cookies: Any) -> dict[str, str]:
    """The ids in a collector's `context.cookies`; whatever is not as it should be is left out."""
    if not isinstance(cookies, dict):
        return {}
    found: dict[str, str] = {}
    for name, cookie, skipped in IDS:
        value = cookies.get(cookie)
        if isinstance(value, str) and len(value) <= LONGEST:
            parts = value.split(".")[skipped:]
            found[name] = ".".join(parts).removeprefix("_uet")
    value = cookies.get("_dfs")
    session = GA_SESSION.match(value) if isinstance(value, str) else None
    if session:
        found["ga_session_id"] = session[1]
    return {name: value for name, value in found.items() if value}
