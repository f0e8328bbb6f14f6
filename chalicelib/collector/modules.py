"""The modules of the collector: their order, which a configuration asks for, and what these need in turn."""

import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

# A module comes after those whose values it uses when it is run. The last one starts everything.
ORDER = (
    "lists",
    "guest",
    "storage",
    "visitor",
    "events",
    "transport",
    "api",
    "gpc",
    "consent",
    "consent_tcf",
    "consent_google",
    "consent_text",
    "vendors",
    "ga_session",
    "cross_domain",
    "challenge",
    "retry",
    "page_views",
    "navigation",
    "start",
)
ALWAYS = ("api", "start")

# Where a feature's configuration is; without it the feature is not in the file.
ASKED_BY: dict[str, tuple[str, ...]] = {
    "gpc": ("gpc",),
    "consent": ("consent",),
    "consent_tcf": ("consent", "tcf"),
    "consent_google": ("consent", "google"),
    "consent_text": ("consent", "texts"),
    "vendors": ("vendors",),
    "ga_session": ("ga",),
    "cross_domain": ("hosts",),
}


def chosen(config: Mapping[str, Any], switched_on: Iterable[str]) -> list[str]:
    """The modules for a configuration, in their order: those that it has data for, those that are switched on, and
    whatever these need."""
    asked = [module for module, path in ASKED_BY.items() if _has(config, path)]
    return closed((*ALWAYS, *asked, *switched_on))


def closed(wanted: Iterable[str]) -> list[str]:
    """The wanted modules and all that they need, directly or not, in their order."""
    found: set[str] = set()
    open_ = list(wanted)
    while open_:
        module = open_.pop()
        if module not in found:
            found.add(module)
            open_ += table()["needs"][module]
    return [module for module in ORDER if module in found]


@lru_cache(maxsize=1)
def table() -> dict[str, Any]:
    """What `make collector` has written down: what each module `needs`, and the name of the `config` parameter."""
    found: dict[str, Any] = json.loads(_text("modules.json"))
    return found


@lru_cache(maxsize=len(ORDER))
def fragment(module: str) -> str:
    """A module, minified."""
    return _text(f"{module}.js").rstrip("\n")


def source(module: str) -> str:
    """A module as it was written, without its imports: all modules share one function."""
    lines = (files(__package__) / "src" / f"{module}.js").read_text(encoding="utf-8").splitlines()
    return "\n".join(line.removeprefix("export ") for line in lines if not line.startswith("import "))


def _text(name: str) -> str:
    return (files(__package__) / "fragments" / name).read_text(encoding="utf-8")


def _has(config: Mapping[str, Any], path: tuple[str, ...]) -> bool:
    value: Any = config
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value is not None
