"""Whether the URLs that customers choose may be sent to, judged when they are saved, so that who enters a wrong one
learns it. Names may mean another address tomorrow: whoever sends judges again."""

import re
import time
from collections.abc import Mapping
from typing import Any

from ..settings import settings
from . import addresses
from .addresses import NotAllowed, Resolver
from .lookups import looked_up
from .parameters import PLACEHOLDER, has_placeholder

SECONDS = 2.0  # in which all names of a request must have been found; what takes longer is let pass
resolver: Resolver = addresses.system_resolver


class Judge:
    """Judges the URLs of one request, by themselves and, if it `looks_up`, by the addresses of their hosts. Each host
    is looked up once, and all of them together have two seconds."""

    def __init__(self, *, looks_up: bool) -> None:
        self._looks_up = looks_up
        self._until = time.monotonic() + SECONDS
        self._known: dict[tuple[str, int], str] = {}

    def problems(self, config: Mapping[str, Any], fields: tuple[str, ...]) -> list[dict[str, str]]:
        """What is wrong with the URLs in these fields of a configuration, as far as it is known by now."""
        found = [(field, self._refusal(config[field])) for field in fields if config.get(field)]
        return [{"field": field, "message": f"cannot be sent to: {reason}"} for field, reason in found if reason]

    def _refusal(self, url: str) -> str:
        if has_placeholder(_before_path(url)):
            return ""
        private = settings().private_addresses
        try:
            target = addresses.checked_target(PLACEHOLDER.sub("x", url), private=private)
        except NotAllowed as error:
            return str(error)
        if private or not self._looks_up:
            return ""
        if target not in self._known:
            self._known[target] = self._refusal_of(*target)
        return self._known[target]

    def _refusal_of(self, host: str, port: int) -> str:
        found = self._addresses(host, port)
        try:
            if found:
                addresses.judged(host, port, lambda *_: found)
        except NotAllowed as error:
            return str(error)
        return ""

    def _addresses(self, host: str, port: int) -> list[str]:
        """The addresses of a host; none when it has none, or cannot be found in time."""
        try:
            return looked_up(host, port, resolver, self._until - time.monotonic())
        except OSError:
            return []


def refusals(config: Mapping[str, Any], fields: tuple[str, ...]) -> list[dict[str, str]]:
    """What is wrong with URLs by themselves, without looking names up."""
    return Judge(looks_up=False).problems(config, fields)


def _before_path(url: str) -> str:
    """What of a URL says where it leads."""
    return re.match(r"[^:/?#]*(://[^/?#]*)?", url)[0]  # type: ignore[index]  # it matches nothing too
