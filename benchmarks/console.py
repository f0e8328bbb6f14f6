"""The console's pages with 10, 100 and 1,000 pipelines: time, calls of the store, bytes."""

import statistics
import time
from collections.abc import Iterator
from typing import Any

from chalicelib.accounts import browser_sessions, sessions
from chalicelib.accounts.bootstrap import ensure_user
from chalicelib.auth import Origin
from chalicelib.console import assets
from chalicelib.console.answering import COOKIE
from chalicelib.pipelines import catalogue

from . import lists
from .engine import PASSWORD, Function
from .figure import COUNT, Figure

ROUNDS = 5
SIZES = (10, 100, 1_000)
LARGEST = 60_000  # bytes of a page with its style sheet and script
QUICK = 100  # milliseconds
EMAIL = "owner@console.example"
# Of each page the calls: one for who is signed in, the rest for what is shown.
OF_THE_LIST = {"pipelines": ("pipelines", 2), "pipelines in groups": ("pipelines?group=env", 2)}
OF_ONE = {
    "overview": ("", 4),
    "settings": ("/settings", 5),
    "collector": ("/collector", 5),
    "live events": ("/events", 5),
}


def measure(function: Function) -> Iterator[Figure]:
    """Every figure."""
    ensure_user("console", EMAIL, "owner", PASSWORD)
    user = sessions.verified(EMAIL, PASSWORD, Origin())
    visitor = Visitor(function, browser_sessions.start(user, Origin()))
    frame = sum(len(text.encode()) for name, text in assets.contents().items() if name.startswith("console."))
    present = 0
    for size in SIZES:
        lists.seed(user.org_id, present, size)
        present = size
        catalogue.forget()
        for name, (path, calls) in OF_THE_LIST.items():
            yield from figures(visitor, f"{name}, {size:,}", path, calls, frame)
    one = function.call("POST", "/v1/admin/pipelines", {"name": "Shown", "type": "web"})
    ensure_user("bench", "console@bench.example", "owner", PASSWORD)
    user = sessions.verified("console@bench.example", PASSWORD, Origin())
    visitor.token = browser_sessions.start(user, Origin())
    for name, (path, calls) in OF_ONE.items():
        yield from figures(visitor, name, f"pipelines/{one['id']}{path}", calls, frame)


def figures(visitor: "Visitor", name: str, path: str, calls: int, frame: int) -> Iterator[Figure]:
    """The figures of one page, of its second time: the first reads templates."""
    visitor.open(path)
    taken, html = [], ""
    for _ in range(ROUNDS):
        started = time.perf_counter()
        html = visitor.open(path)
        taken.append((time.perf_counter() - started) * 1000)
    made = visitor.function.lines[-1]["aws_calls"].get("dynamodb", 0)
    yield Figure(f"page {name}: store calls", made, calls, method="aws_calls of the log line", fails_at=COUNT)
    size = len(html.encode()) + frame
    yield Figure(f"page {name}: weight", size, LARGEST, "B", "with style sheet and script", fails_at=COUNT)
    yield Figure(f"page {name}: time", statistics.median(taken), QUICK, "ms", f"median of {ROUNDS}")


class Visitor:
    """Somebody who is signed in."""

    def __init__(self, function: Function, token: str) -> None:
        self.function, self.token = function, token

    def open(self, path: str) -> str:
        """The HTML of a page. Raises RuntimeError when there is none."""
        path, _, query = path.partition("?")
        asked = {name: [value] for name, _, value in (pair.partition("=") for pair in query.split("&") if pair)}
        event = self.function.event("GET", "/console/{proxy+}", {"proxy": path}, None, asked or None)
        event["headers"] = {"cookie": f"{COOKIE}={self.token}"}
        answer: dict[str, Any] = self.function.app(event, None)
        if answer["statusCode"] != 200:
            raise RuntimeError(f"/console/{path} answered {answer['statusCode']}: {answer['body']}")
        return str(answer["body"])
