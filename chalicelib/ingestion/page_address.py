"""What the address of a page tells: its parts, the campaign and the click ids. Plain functions."""

from typing import Any
from urllib.parse import SplitResult, parse_qsl, urlsplit

# https://support.google.com/analytics/answer/10917952: the parameters of a campaign
CAMPAIGN = {
    "utm_source": "source",
    "utm_medium": "medium",
    "utm_campaign": "name",
    "utm_term": "term",
    "utm_content": "content",
    "utm_id": "id",
}
# The parameter by which each vendor knows a click, and its name among the ids of vendors.
CLICKS = {
    "gclid": "gclid",
    "fbclid": "fbclid",
    "ttclid": "ttclid",
    "epik": "epik",
    "ScCid": "sccid",
    "li_fat_id": "li_fat_id",
    "msclkid": "msclkid",
}
MOST_PARAMETERS = 100
LONGEST = 500  # characters


def parts_of(url: Any) -> dict[str, str]:
    """`path` and `search` of an address; empty for what is none."""
    split = _split(url)
    if split is None:
        return {}
    search = f"?{split.query}" if split.query else ""
    return {name: value for name, value in (("path", split.path or "/"), ("search", search)) if value}


def campaign_of(url: Any) -> dict[str, str]:
    """The campaign by which a visitor came."""
    return _named(url, CAMPAIGN)


def clicks_of(url: Any) -> dict[str, str]:
    """The click ids by which vendors know how a visitor came."""
    return _named(url, CLICKS)


def _named(url: Any, names: dict[str, str]) -> dict[str, str]:
    split = _split(url)
    try:
        query = parse_qsl(split.query, max_num_fields=MOST_PARAMETERS) if split else []
    except ValueError:
        return {}
    return {names[name]: value for name, value in query if name in names and 0 < len(value) <= LONGEST}


def _split(url: Any) -> SplitResult | None:
    try:
        split = urlsplit(url) if isinstance(url, str) else None
    except ValueError:
        return None
    return split if split and split.scheme in ("http", "https") and split.netloc else None
