"""The SDKs of other makers, unchanged, and the ways between them, the API and its queue."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from ..running import Beside
from .relay import Relay

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def node_packages() -> Path:
    """Where the SDKs for Node.js and browsers are installed."""
    installed = HERE / "node_modules"
    if shutil.which("node") is None or not installed.exists():
        pytest.skip("no Node.js found: `make test` installs the SDKs with its npm")
    return installed


@pytest.fixture(scope="session")
def ways(running) -> Iterator[tuple[Relay, Relay]]:
    """The way from the SDKs to an API process, and the way from that to its queues."""
    to_api, to_queue = Relay(), Relay(running.credentials["aws_endpoint_url"])
    served = Beside(running, "serve", PUBLIC_URL=to_api.url, AWS_ENDPOINT_URL_SQS=to_queue.url)
    to_api.target = served.url.replace("localhost", "127.0.0.1")
    yield to_api, to_queue
    served.stop()
    to_api.stop()
    to_queue.stop()


@pytest.fixture
def to_api(ways: tuple[Relay, Relay], to_queue: Relay) -> Relay:
    """The way from an SDK to the API; that from there to its queues is good."""
    ways[0].begin_anew()
    return ways[0]


@pytest.fixture
def to_queue(ways: tuple[Relay, Relay]) -> Relay:
    """The way from the API to its queues."""
    ways[1].begin_anew()
    return ways[1]
