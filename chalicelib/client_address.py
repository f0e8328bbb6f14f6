"""The address that a request comes from, found behind our own proxies. Plain functions."""

import ipaddress
from typing import Any


def client_address(forwarded: str, source_ip: str, trusted_proxies: int) -> str:
    """The address that the outermost of so many proxies of ours saw; what stands before it in `X-Forwarded-For` anybody
    may have written. `source_ip` is who connected."""
    seen = [*(part.strip() for part in forwarded.split(",") if part.strip())]
    if trusted_proxies and len(seen) > trusted_proxies:
        return usual_form(seen[-trusted_proxies - 1]) or usual_form(source_ip)
    return usual_form(source_ip)


def usual_form(text: Any) -> str:
    """The address in its usual form; empty when it is none."""
    try:
        address = ipaddress.ip_address(text if isinstance(text, str) else "")
    except ValueError:
        return ""
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)
