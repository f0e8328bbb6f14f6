"""A real browser on real pages of hosts of their own. What is asserted is what the server received."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from ..client import path_of
from .engines import ENGINES, Engine, EngineMissing
from .world import World, eventually

HERE = Path(__file__).parent
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP *.test 127.0.0.1, MAP *.co.uk 127.0.0.1",  # customers' addresses, on this machine
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if _again(item):
                item.add_marker(pytest.mark.engines)


def _again(item: pytest.Item) -> bool:
    """Whether a test is one that Chromium has run; that each engine can be driven at all is tested every time."""
    parameters = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
    return parameters.get("launched", "chromium") != "chromium" and item.path.name != "test_engines.py"


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


@pytest.fixture(scope="session", params=ENGINES)
def launched(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """Each of the engines, one after the other."""
    try:
        engine = ENGINES[request.param](lambda: request.getfixturevalue("browser"))
    except EngineMissing as missing:
        pytest.skip(str(missing))
    yield engine
    engine.close()


@pytest.fixture
def engine(launched: Engine) -> Engine:
    """An engine with a page that knows no cookies and has nothing stored."""
    launched.fresh()
    return launched


@pytest.fixture
def world() -> Iterator[World]:
    """A customer's pages and an endpoint of their own."""
    served = World()
    yield served
    served.stop()


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
    """The events that were accepted for a pipeline, the oldest first."""
    return lambda pipeline: running.api.get(path_of(pipeline, "/events?verdict=accepted")).json["events"][::-1]
