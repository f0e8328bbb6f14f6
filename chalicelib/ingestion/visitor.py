"""What a request tells of the visitor: the address it comes from, the browser, and the first-party id in its cookie.
A page's own word for its address is not believed; a server that has the secret speaks for its visitors. Plain
functions."""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Any

from ..client_address import client_address, usual_form

COOKIE = "_dfid"
COOKIE_SECONDS = 400 * 24 * 3600  # the longest that a browser keeps a cookie (RFC 6265bis, section 5.5)
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
LONGEST_USER_AGENT = 1000  # characters
KEPT_BITS = {4: 24, 6: 48}  # of an anonymous address, by IP version: its network, as Google Analytics keeps it


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who sits behind a request from a page; without fields for one from a server."""

    ip: str = ""
    user_agent: str = ""
    first_party_id: str = ""


def visitor_of(headers: Mapping[str, str], source_ip: str, trusted_proxies: int) -> Visitor:
    """The visitor whose browser sent these headers through so many proxies of ours. `source_ip` is who connected."""
    return Visitor(
        client_address(headers.get("x-forwarded-for", ""), source_ip, trusted_proxies),
        headers.get("user-agent", "")[:LONGEST_USER_AGENT],
        _cookie(headers.get("cookie", "")),
    )


def _cookie(header: str) -> str:
    try:
        found = SimpleCookie(header).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found and UUID.fullmatch(found.value) else ""


def described(envelope: dict[str, Any], visitor: Visitor | None, *, anonymize_ip: bool) -> dict[str, Any]:
    """The envelope with the visitor in its context. Without a visitor it comes from a server, and what that says
    stays."""
    context = dict(envelope.get("context") or {})
    known = visitor.first_party_id if visitor and _may_be_known(context) else ""
    ip = visitor.ip if visitor else usual_form(context.get("ip"))
    context.pop("ip", None)
    if ip:
        context["ip"] = anonymous(ip) if anonymize_ip else ip
    if visitor:
        context.pop("firstPartyId", None)
        if visitor.user_agent and not context.get("userAgent"):
            context["userAgent"] = visitor.user_agent
        if known:
            context["firstPartyId"] = known
    told = {"anonymousId": known} if known else {}
    described = told | envelope | {"context": context}
    if not context:
        del described["context"]
    return described


def anonymous(ip: str) -> str:
    """The address without what tells one household of a network from the other."""
    version = ipaddress.ip_address(ip).version
    return str(ipaddress.ip_network(f"{ip}/{KEPT_BITS[version]}", strict=False).network_address)


def may_have_cookie(headers: Mapping[str, str], envelopes: list[dict[str, Any]]) -> bool:
    """Whether the browser may be given the first-party id: only on a page of the same site as ours, and not where the
    visitor was asked and has not granted analytics."""
    if headers.get("sec-fetch-site") not in ("same-origin", "same-site"):
        return False
    return all(_may_be_known(envelope.get("context") or {}) for envelope in envelopes)


def _may_be_known(context: Mapping[str, Any]) -> bool:
    """Whether the visitor may be told from others: not where they were asked and have not granted analytics."""
    consent = context.get("consent")
    return not isinstance(consent, dict) or consent.get("analytics") is True


def set_cookie(first_party_id: str, *, secure: bool) -> str:
    """The header that gives the browser its id: for our own eyes, never for scripts."""
    attributes = f"Max-Age={COOKIE_SECONDS}; Path=/; HttpOnly; SameSite=Lax"
    return f"{COOKIE}={first_party_id}; {attributes}{'; Secure' if secure else ''}"


def wanted_id(visitor: Visitor, envelopes: list[dict[str, Any]]) -> str:
    """The id that the browser keeps: the one it has, else the anonymous id that the page has given itself; empty where
    neither can be one."""
    own = next((str(each["anonymousId"]) for each in envelopes if each.get("anonymousId")), "")
    return visitor.first_party_id or (own.lower() if UUID.fullmatch(own.lower()) else "")
