"""Which addresses a request may go to: public ones. Judged are all addresses that a name has, in every form that hides
another; what is judged is what is connected to (`client`). Plain functions."""

import ipaddress
import re
import socket
from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolver = Callable[[str, int], list[str]]

SCHEMES = {"https": 443, "http": 80}
PORTS = frozenset({80, 443, 8080, 8443})
# IPv6 forms that carry an IPv4 address: RFC 6052 (NAT64, its local form too), RFC 3056 (6to4), RFC 4380 (Teredo).
NAT64 = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("64:ff9b:1::/48"))
COMPATIBLE = ipaddress.IPv6Network("::/96")
LONGEST_NAME = 253  # characters (RFC 1035)
LABEL = r"(?:[A-Za-z0-9_-]|[^\x00-\x7f]){1,63}"
NAME = re.compile(rf"{LABEL}(?:\.{LABEL})*\.?")
# Beside what Python calls global, in whatever version: RFC 6598 (shared by carriers, and used inside of AWS), RFC 6890
# (protocol assignments), RFC 7526 (6to4 relays).
NOT_PUBLIC = [ipaddress.IPv4Network(network) for network in ("100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24")]


class NotAllowed(Exception):
    """A request must not go there; the message says why."""


def checked_target(url: str, *, private: bool = False) -> tuple[str, int]:
    """Host and port of an address that requests may be sent to. With `private` anything of HTTP will do.

    Raises NotAllowed.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise NotAllowed(f"it is no URL ({error})") from None
    if "\\" in parts.netloc:  # where the host ends then, others read differently
        raise NotAllowed("it is no URL (a backslash in the host)")
    if parts.scheme not in (SCHEMES if private else ("https",)):
        raise NotAllowed("the scheme must be https")
    if not host or parts.username is not None or parts.password is not None:
        raise NotAllowed("it must have a host, and neither user nor password")
    port = port or SCHEMES[parts.scheme]
    if port not in PORTS and not private:
        raise NotAllowed(f"port {port} is none of {', '.join(map(str, sorted(PORTS)))}")
    literal = _literal(host)
    if literal is None and (len(host) > LONGEST_NAME or not NAME.fullmatch(host)):
        raise NotAllowed("it has no name that a host can have")
    if literal and not private and not is_public(literal):
        raise NotAllowed(f"{host} is not a public address")
    return host, port


def judged(host: str, port: int, resolve: Resolver, *, private: bool = False) -> list[str]:
    """The addresses of a host, every one of them public unless `private` ones are allowed.

    Raises NotAllowed, OSError when the name has none.
    """
    found = resolve(host, port)
    if not found:
        raise NotAllowed(f"{host} has no address")
    bad = [address for address in found if not private and not is_public(ipaddress.ip_address(address))]
    if bad:
        raise NotAllowed(f"{host} has an address that is not public")
    return found


def is_public(address: Address) -> bool:
    """Whether an address is one of the public internet, in whatever form it is written."""
    inner = list(_embedded(address)) if isinstance(address, ipaddress.IPv6Address) else []
    if inner:
        return all(is_public(each) for each in inner)
    if any(address in network for network in NOT_PUBLIC):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def system_resolver(host: str, port: int) -> list[str]:
    """All addresses of all families, as this machine resolves the name. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return _unique(str(address[4][0]).partition("%")[0] for address in found)


def _embedded(address: ipaddress.IPv6Address) -> Iterable[ipaddress.IPv4Address]:
    if address.ipv4_mapped:
        yield address.ipv4_mapped
    if address.sixtofour:
        yield address.sixtofour
    if address.teredo:
        yield from address.teredo
    if any(address in network for network in NAT64) or (address in COMPATIBLE and int(address) > 1):
        yield ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)


def _literal(host: str) -> Address | None:
    """The address that a host is, also in the forms that only C libraries read: `0x7f.1`, `2130706433`."""
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except (OSError, ValueError):
        return None


def _unique(addresses: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(addresses))
