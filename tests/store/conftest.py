"""Real engines: MiniStack, with Amazon's DynamoDB Local for the tables when STORE=dynamodb-local.

moto proves nothing about races, so what is here runs against a server in another process, many threads at once.
"""

import os
import time as real_time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import boto3
import pytest

import app as application
from chalicelib import aws, identifiers, store
from chalicelib.accounts.bootstrap import ensure_user
from chalicelib.infrastructure.resources import template
from chalicelib.integrations import targets
from chalicelib.settings import settings
from local.dynamodb_local import DynamoDbLocal, install
from local.embedded_aws import EmbeddedAws
from local.provision import provision
from local.state import State

from ..client import PASSWORD, Api
from ..conftest import forget_what_was_read
from ..functions import send_in_process

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
THREADS = 16


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.store)


def use_another_aws() -> None:
    """Let the product make its clients and settings anew."""
    store.forget_connections()
    aws._client.cache_clear()
    settings.cache_clear()
    forget_what_was_read()


@pytest.fixture(scope="package")
def engine(tmp_path_factory: pytest.TempPathFactory, cheap_passwords: Any) -> Iterator[dict[str, str]]:
    """A running engine with the product's tables, bucket, key and queues; the environment that names it."""
    python = Path(os.environ.get("MINISTACK_PYTHON", ROOT / ".venv-aws/bin/python"))
    if not python.exists():
        pytest.skip(f"{python} is missing: `make test` installs the embedded AWS")
    state = State(tmp_path_factory.mktemp("engine"))
    state.make()
    ministack = EmbeddedAws(state, python)
    ministack.start()
    dynamodb = None
    environment = {"AWS_ENDPOINT_URL": ministack.url}
    if os.environ.get("STORE") == "dynamodb-local":
        dynamodb = DynamoDbLocal(install(ROOT / ".cache/dynamodb-local"))
        environment["AWS_ENDPOINT_URL_DYNAMODB"] = dynamodb.url
    before = dict(os.environ)
    os.environ.update(environment)
    os.environ.update(provision(template("test")))
    use_another_aws()
    yield environment
    os.environ.clear()
    os.environ.update(before)
    use_another_aws()
    if dynamodb:
        dynamodb.stop()
    ministack.stop()


@pytest.fixture
def org(engine: dict[str, str]) -> str:
    """An organisation of this test's own."""
    name = identifiers.new_id("t").replace("_", "-")
    ensure_user(name, f"owner@{name}.example", "owner", PASSWORD)
    return name


@pytest.fixture
def api(engine: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Api:
    """The API as nobody in particular, over the engine; every name is that of a public address."""
    monkeypatch.setattr(targets, "resolver", lambda *_: ["93.184.215.14"])
    return Api(send_in_process(application.app))


@pytest.fixture
def owner(api: Api, org: str) -> Api:
    """The API as the owner of the test's organisation."""
    return api.signed_in(f"owner@{org}.example")


@pytest.fixture
def work():
    """Let the build handler take what waits for it, until something was there or time is up."""

    def until_done(handler: str) -> int:
        from ..functions import deliver

        deadline, taken = real_time.monotonic() + 10, 0
        while not taken and real_time.monotonic() < deadline:
            taken = deliver(application, handler)
        return taken

    return until_done


@pytest.fixture
def tables(engine: dict[str, str]) -> Any:
    """The tables, to look behind the API."""
    return boto3.resource("dynamodb")


def at_once(actions: list[Any]) -> list[Any]:
    """What the actions return, begun at the same moment in threads of their own."""
    gate = Barrier(len(actions))

    def run(action: Any) -> Any:
        gate.wait(30)
        return action()

    with ThreadPoolExecutor(len(actions)) as threads:
        return [future.result(60) for future in [threads.submit(run, action) for action in actions]]
