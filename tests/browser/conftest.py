"""A real browser on real pages of hosts of their own. What is asserted is what the server received."""

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from ..client import path_of

HERE = Path(__file__).parent
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Headless Chromium."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium found (Debian and Ubuntu: the package chromium)")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=QUIET)
        yield launched
        launched.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page with storage of its own; the test fails when anything was thrown into it."""
    context = browser.new_context()
    opened = context.new_page()
    thrown: list[str] = []
    opened.on("pageerror", lambda error: thrown.append(str(error)))
    yield opened
    context.close()
    assert thrown == []


class Sites:
    """Pages of a customer: what is put under a path is served, at any host name that leads to this machine."""

    def __init__(self) -> None:
        self.pages: dict[str, str] = {}
        pages = self.pages

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                content = pages.get(self.path.partition("?")[0], "").encode()
                self.send_response(200 if content else 404)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: Any) -> None:
                """Says nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def put(self, head: str, *, host: str = "shop.localhost", path: str = "/page") -> str:
        """Serve a page with this in its head; its address."""
        self.pages[path] = f"<!doctype html><title>A page</title><head>{head}</head><body>Hello</body>"
        return f"http://{host}:{self.server.server_port}{path}"


@pytest.fixture(scope="session")
def sites() -> Iterator[Sites]:
    """The customer's web server."""
    served = Sites()
    yield served
    served.server.shutdown()


@pytest.fixture
def built(running) -> Callable[..., dict[str, Any]]:
    """Makes a pipeline and builds its collector; the pipeline with its build status as `collector`."""

    def make(**fields: Any) -> dict[str, Any]:
        api = running.api
        pipeline = api.a_pipeline(name="Browser", **fields)
        api.post(path_of(pipeline, "/collector/build"))
        return pipeline | {"collector": eventually(lambda: ready(api, pipeline))}

    def ready(api: Any, pipeline: dict[str, Any]) -> Any:
        status = api.get(path_of(pipeline, "/collector/status")).json
        return status if status["status"] == "ready" else None

    return make


@pytest.fixture
def received(running) -> Callable[[dict[str, Any]], list[dict[str, Any]]]:
    """The events that have arrived for a pipeline, the oldest first."""
    return lambda pipeline: running.api.get(path_of(pipeline, "/events")).json["events"][::-1]


def eventually(found: Callable[[], Any], seconds: float = 15) -> Any:
    """What `found` gives as soon as it is something; fails when that takes too long."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        result = found()
        if result:
            return result
        time.sleep(0.05)
    raise AssertionError("it did not happen in time")
