"""The console's way in. What only pages need is imported by the first of them: the API, whose callers wait for a cold
start, needs none of it. That is why one route takes every path, and `pages` decides which page it is."""

from typing import Any

from chalice.app import Blueprint, Response

blueprint = Blueprint(__name__)
METHODS = ["GET", "HEAD", "POST"]


def console() -> Response:
    """Every page."""
    from .answering import answer

    return answer(blueprint.current_request)


def _register(path: str, name: str) -> Any:
    return blueprint.route(path, methods=METHODS, content_types=[], name=name)(console)


_register("/console", "console")
_register("/console/{proxy+}", "console_page")
