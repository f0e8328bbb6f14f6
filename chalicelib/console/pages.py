"""The pages of the console: each a function with the path and the role it is for."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ..api.requests import unquoted

if TYPE_CHECKING:
    from .visit import Visit

View = Callable[..., Any]
SCREENS = (
    "signing_in",
    "pipelines",
    "new_pipeline",
    "overview",
    "settings",
    "secrets",
    "deletion",
    "collector",
    "events",
    "trial",
    "history",
    "audit",
    "profile",
    "people",
    "integrations",
    "integrations_install",
    "integrations_one",
    "integrations_revisions",
    "integrations_trial",
    "integrations_attaching",
    "dead_letters",
    "pipeline_integrations",
)


@dataclass(frozen=True, slots=True)
class Page:
    """One page or form."""

    method: str
    path: str
    role: str | None  # None: for everybody, signed in or not
    view: View
    again: View | None  # the page that shows a refused form again, with what was typed
    pattern: re.Pattern[str]


_pages: list[Page] = []


def page(method: str, path: str, *, role: str | None, again: View | None = None) -> Callable[[View], View]:
    """Register the function below as the page at this path. It is given the visit and the parts of the path that stand
    in braces. A form that is refused is shown `again`."""

    def register(view: View) -> View:
        pattern = re.compile(re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", path))
        _pages.append(Page(method, path, role, view, again, pattern))
        return view

    return register


def find(method: str, path: str) -> tuple[Page, dict[str, str]] | None:
    """The page at a path and the variable parts of it; the first that was registered."""
    for each in all_pages():
        found = each.pattern.fullmatch(path) if each.method == method else None
        if found:
            return each, {name: unquoted(part) for name, part in found.groupdict().items()}
    return None


def all_pages() -> list[Page]:
    """Every page."""
    for screen in SCREENS:
        import_module(f"chalicelib.console.screens.{screen}")
    return _pages


def url(path: str, **query: Any) -> str:
    """A path of the console with a query; what is empty is left out, a list repeats."""
    pairs = [
        f"{quote(name)}={quote(str(value), safe=':')}"
        for name, values in query.items()
        for value in (values if isinstance(values, list | tuple) else [values])
        if value not in ("", None)
    ]
    return f"{path}?{'&'.join(pairs)}" if pairs else path


def show_again(visit: "Visit", page: Page, parameters: dict[str, str]) -> Any:
    """The page that a refused form is on."""
    return page.again(visit, **parameters) if page.again else None
