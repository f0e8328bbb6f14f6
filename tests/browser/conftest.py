"""A real browser on real pages of hosts of their own. What is asserted is what the server received."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ..client import path_of
from .engines import ENGINES, Engine, EngineMissing
from .world import eventually

HERE = Path(__file__).parent


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
