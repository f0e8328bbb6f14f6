"""What every test stands on: an environment like a function's, moto's AWS in this process, and the API over it.

With AWS=ministack that AWS is a stage deployed to MiniStack, with IAM enforced (tests/emulated_aws).

moto is right only for one thread at a time; what is about races and faults runs against real engines, in tests/store.
"""

import json
import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

ON_MINISTACK = os.environ.get("AWS") == "ministack"
pytest_plugins = ("tests.browser.fixtures", *(("tests.emulated_aws.selection",) if ON_MINISTACK else ()))
ENVIRONMENT = {
    "STAGE": "test",
    "PUBLIC_URL": "https://data.example.com",
    "JWT_SECRET": "a signing key for tests, long enough",
    "COLLECTOR_BUCKET": "signal-test-collectors-123456789012",
    "EVENTS_BUCKET": "signal-test-events-123456789012",
    "KMS_KEY_ID": "alias/signal-test-secrets",
    "EVENTS_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/signal-test-events",
    "EVENTS_DEAD_LETTER_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/signal-test-events-dead-letters",
    "LIVE_EVENTS": "always",
    "BUILDS_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/signal-test-builds.fifo",
    "DELIVERIES_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/signal-test-deliveries",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_EC2_METADATA_DISABLED": "true",
}
os.environ.update(ENVIRONMENT)  # before anything of the product is imported: table names are fixed then
for name in [name for name in os.environ if name.startswith("AWS_ENDPOINT_URL")]:
    del os.environ[name]

import hypothesis  # noqa: E402
import pytest  # noqa: E402
from argon2 import PasswordHasher  # noqa: E402
from moto import mock_aws  # noqa: E402

import app as application  # noqa: E402
from chalicelib import auth, aws, cleanup, clock, encryption, logs, metrics, signing_keys  # noqa: E402
from chalicelib.accounts import passwords  # noqa: E402
from chalicelib.accounts.bootstrap import ensure_user  # noqa: E402
from chalicelib.activity import counters, live  # noqa: E402
from chalicelib.activity.tally import tally  # noqa: E402
from chalicelib.delivery import tokens  # noqa: E402
from chalicelib.delivery.breaker import breaker  # noqa: E402
from chalicelib.delivery.configuration import configuration  # noqa: E402
from chalicelib.infrastructure.tables import MODELS  # noqa: E402
from chalicelib.ingestion.limiter import limiter  # noqa: E402
from chalicelib.integrations import revisions, targets  # noqa: E402
from chalicelib.pipelines import catalogue, usage  # noqa: E402

from . import permissions, quick_moto  # noqa: E402
from .client import PASSWORD, Api  # noqa: E402
from .emulated_aws.contents import Contents  # noqa: E402
from .emulated_aws.signing import nothing_refused, signed_by_function  # noqa: E402
from .emulated_aws.stage import deployed_function, deployed_stage  # noqa: E402
from .functions import deliver, send_in_process  # noqa: E402
from .pristine import Pristine  # noqa: E402
from .running import Running  # noqa: E402

# Beside other tests a machine is slow: how long something takes decides nothing. A failure is one that comes again.
hypothesis.settings.register_profile(
    "datafly",
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow, hypothesis.HealthCheck.function_scoped_fixture],
)
hypothesis.settings.load_profile("datafly")

permissions.enforce(application, cleanup)
quick_moto.install()
WHOLE = "not engines and not thorough"  # what is run when nobody chooses


def pytest_testnodedown(node: Any) -> None:
    """A process that ran tests has ended."""
    permissions.used.update(permissions.Grant(*each) for each in getattr(node, "workeroutput", {}).get("used", []))


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """A whole run fails when a policy has what nothing needed."""
    config = session.config
    if hasattr(config, "workeroutput"):
        config.workeroutput["used"] = [list(each) for each in permissions.used]
    chosen = config.args_source is not config.ArgsSource.TESTPATHS or config.option.keyword
    if chosen or config.option.markexpr != WHOLE or session.exitstatus or hasattr(config, "workeroutput"):
        return
    if unused := permissions.superfluous(permissions.used):
        if not ON_MINISTACK:  # where fewer tests run, which need less
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        print(f"\nNo test needed {len(unused)} permissions of .chalice/policy-*.json:", file=sys.stderr)
        print(*(f"  {' '.join(each)}" for each in unused), sep="\n", file=sys.stderr)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests come first, so that at the end no process waits for another's."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


class Time:
    """The clock of a test."""

    def __init__(self) -> None:
        self.moment = datetime.fromisoformat("2026-02-25T10:00:00+00:00")

    def __call__(self) -> datetime:
        return self.moment

    def pass_(self, **duration: float) -> None:
        """Let time pass."""
        self.moment += timedelta(**duration)


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    """A clock that stands still until told otherwise."""
    stopped = Time()
    monkeypatch.setattr(clock, "now", stopped)
    return stopped


def forget_what_was_read() -> None:
    """Drop what the product keeps in memory of its stores."""
    encryption._decrypt.cache_clear()
    signing_keys.forget()
    catalogue.forget()
    revisions.forget()
    usage.forget()
    limiter.forget()
    live.forget()
    tally.forget()
    counters.forget()
    revisions.forget()
    configuration.forget()
    breaker.forget()
    tokens.forget()
    metrics.forget()


@pytest.fixture(scope="session")
def pristine_aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pristine | Contents]:
    """The product's tables, buckets, key and queues with nothing in them."""
    if not ON_MINISTACK:
        yield made_in_moto()
        return
    with deployed_stage(tmp_path_factory.mktemp("ministack")) as endpoint, pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", endpoint)
        patch.setenv("KMS_KEY_ID", deployed_function("api_handler")["Environment"]["Variables"]["KMS_KEY_ID"])
        with signed_by_function():
            yield Contents.nothing()


def made_in_moto() -> Pristine:
    """The same without CloudFormation, in moto."""
    with mock_aws():
        for model in MODELS:
            model.create_table(wait=False)
        for bucket in ("COLLECTOR_BUCKET", "EVENTS_BUCKET"):
            aws.client("s3").create_bucket(Bucket=ENVIRONMENT[bucket])
        key_id = aws.client("kms").create_key()["KeyMetadata"]["KeyId"]
        aws.client("kms").create_alias(AliasName=ENVIRONMENT["KMS_KEY_ID"], TargetKeyId=key_id)
        aws.client("sqs").create_queue(QueueName="signal-test-events")
        aws.client("sqs").create_queue(QueueName="signal-test-deliveries")
        aws.client("sqs").create_queue(QueueName="signal-test-events-dead-letters")
        aws.client("sqs").create_queue(QueueName="signal-test-builds.fifo", Attributes={"FifoQueue": "true"})
        return Pristine()


@contextmanager
def an_aws(pristine: Pristine | Contents) -> Iterator[None]:
    """An empty AWS, and nothing known of an earlier one."""
    with nothing_refused() if ON_MINISTACK else mock_aws():
        pristine.put_back()
        forget_what_was_read()
        yield


@pytest.fixture(scope="session")
def with_owner(pristine_aws: Pristine | Contents, cheap_passwords: Any) -> tuple[Pristine | Contents, auth.Caller]:
    """An AWS in which the owner of acme has signed in, and who that is: most tests begin there."""
    with pytest.MonkeyPatch.context() as patch, an_aws(pristine_aws):
        patch.setattr(clock, "now", Time())
        ensure_user("acme", "owner@acme.example", "owner", PASSWORD)
        signed_in = Api(send_in_process(application.app)).signed_in("owner@acme.example")
        return type(pristine_aws)(), auth.authenticate(f"Bearer {signed_in.token}")


@pytest.fixture
def moto_aws(
    request: pytest.FixtureRequest,
    time: Time,
    pristine_aws: Pristine | Contents,
    with_owner: tuple[Pristine | Contents, auth.Caller],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[None]:
    """An AWS of this test's own, with the product's tables, bucket, key and queues, empty but for the owner of acme
    where there is one; every name is that of a public address."""
    monkeypatch.setattr(targets, "resolver", lambda *_: ["93.184.215.14"])
    with an_aws(with_owner[0] if "owner" in request.fixturenames else pristine_aws):
        yield


@pytest.fixture(scope="session")
def cheap_passwords() -> Iterator[Callable[[], PasswordHasher]]:
    """Passwords are hashed at a cost that nobody would attack, for most tests sign in; yields the product's hasher."""
    products = passwords._hasher
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            passwords, "_hasher", lru_cache(lambda: PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        )
        yield products


@pytest.fixture
def api(moto_aws: None) -> Api:
    """The API as nobody in particular."""
    return Api(send_in_process(application.app))


@pytest.fixture
def owner(api: Api, with_owner: tuple[Pristine | Contents, auth.Caller]) -> Api:
    """The API as the owner of the organisation acme, who has just signed in."""
    caller = with_owner[1]
    return Api(api.send, auth.issue_access_token(caller.user_id, caller.org_id, caller.role, caller.email))


@pytest.fixture
def as_role(owner: Api):
    """The API as a user of acme with a given role."""

    def sign_in(role: str) -> Api:
        ensure_user("acme", f"{role}@acme.example", role, PASSWORD)
        return owner.signed_in(f"{role}@acme.example")

    return sign_in


@pytest.fixture
def stranger(api: Api) -> Api:
    """The API as the owner of another organisation."""
    ensure_user("other", "owner@other.example", "owner", PASSWORD)
    return api.signed_in("owner@other.example")


@pytest.fixture
def work():
    """Let the queue handlers take what is waiting for them; how many messages they took."""
    return lambda handler, most=10: deliver(application, handler, most)


@pytest.fixture
def logged() -> Iterator[list[dict[str, Any]]]:
    """The lines the product logs during a test, decoded."""
    lines: list[dict[str, Any]] = []

    class Collector(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(json.loads(logs.JsonLines().format(record)))

    handler = Collector()
    logs.log.addHandler(handler)
    yield lines
    logs.log.removeHandler(handler)


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The whole product in processes of its own, one for all tests that ask."""
    server = Running(tmp_path_factory.mktemp("running") / "state")
    yield server
    server.stop()
