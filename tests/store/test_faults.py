"""A store that fails: before or after any single call of an operation. The answer is a 503, the state is the old one
or the new one, and the same request then works."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError, ReadTimeoutError
from pynamodb.exceptions import PynamoDBException

from chalicelib import aws
from chalicelib.activity.tally import tally
from chalicelib.collector import worker
from chalicelib.settings import settings

from ..client import PASSWORD, WEBHOOK, Api, Reply, path_of, path_of_integration
from ..conftest import forget_what_was_read
from .invariants import check, ids

PIPELINES = "/v1/admin/pipelines"
LOGIN = "/v1/admin/auth/login"
REAL_CALL = BaseClient._make_api_call


def unreachable() -> Exception:
    return EndpointConnectionError(endpoint_url="http://store")


def silent() -> Exception:
    return ReadTimeoutError(endpoint_url="http://store")


def broken() -> Exception:
    answer = {"Error": {"Code": "InternalServerError", "Message": "broken"}, "ResponseMetadata": {}}
    return ClientError(answer, "Any")


@dataclass
class Faults:
    """Counts the AWS calls, and lets one of them fail: before it is made, or after, so that its answer is lost."""

    calls: int = 0
    at: int = 0
    after: bool = False
    error: Callable[[], Exception] = unreachable

    def call(self, client: Any, operation: str, arguments: dict[str, Any]) -> Any:
        self.calls += 1
        number = self.calls
        if number == self.at and not self.after:
            raise self.error()
        try:
            return REAL_CALL(client, operation, arguments)
        finally:
            if number == self.at:
                raise self.error()  # whatever the answer was

    @contextmanager
    def injected(
        self, at: int = 0, after: bool = False, error: Callable[[], Exception] = unreachable
    ) -> Iterator[None]:
        self.calls, self.at, self.after, self.error = 0, at, after, error
        BaseClient._make_api_call = lambda client, operation, arguments: self.call(client, operation, arguments)
        try:
            yield
        finally:
            BaseClient._make_api_call = REAL_CALL


@dataclass
class Scene:
    """What an operation is done in: an organisation, its owner, one pipeline."""

    api: Api
    owner: Api
    org: str
    pipeline: dict[str, Any]
    refresh_token: str
    number: int

    @property
    def login(self) -> dict[str, str]:
        return {"email": f"owner@{self.org}.example", "password": PASSWORD}

    def path(self, rest: str = "") -> str:
        return path_of(self.pipeline, rest)


@dataclass(frozen=True)
class Operation:
    """An operation, what to prepare for it, and what its repetition answers if the fault came after it was done."""

    do: Callable[[Scene], Reply]
    prepare: Callable[[Scene], Any] = lambda _: None
    again: tuple[int, ...] = (200,)


def a_shop(scene: Scene, **fields: Any) -> dict[str, Any]:
    return {"name": f"New in scene {scene.number}", "type": "web"} | fields


def a_user(scene: Scene) -> dict[str, Any]:
    return {"email": f"u{scene.number}@{scene.org}.example", "role": "viewer", "password": PASSWORD}


def add_user(scene: Scene) -> None:
    scene.pipeline["user"] = scene.owner.post("/v1/admin/users", a_user(scene)).json["id"]


def user_path(scene: Scene) -> str:
    return f"/v1/admin/users/{scene.pipeline['user']}"


def two_builds(scene: Scene) -> None:
    """A build, and then one of another configuration, which is current."""
    for change in ({"page_views": "load"}, {"page_views": "manual"}):
        scene.owner.put(scene.path(), {"js_builder_config": change})
        scene.owner.post(scene.path("/collector/build"))
        worker.run(message(scene, "build", builds(scene)[0]["build_id"]))
    scene.pipeline["builds"] = [build["build_id"] for build in builds(scene)[::-1]]


def builds(scene: Scene) -> list[dict[str, Any]]:
    """The builds, the newest first."""
    return scene.owner.get(scene.path("/collector/builds")).json["builds"]


def message(scene: Scene, action: str, build_id: str) -> dict[str, Any]:
    """What the queue gives the builder."""
    about = {"org_id": scene.pipeline["org_id"], "pipeline_id": scene.pipeline["id"], "build_id": build_id}
    return about | {"action": action, "after": builds(scene)[0]["build_id"]}


def publish(scene: Scene, **headers: str) -> Reply:
    """Ask for the older build to become current again."""
    return scene.owner.post(scene.path(f"/collector/builds/{scene.pipeline['builds'][0]}/publish"), **headers)


INTEGRATIONS = "/v1/admin/integrations"


def a_webhook(scene: Scene) -> dict[str, Any]:
    return {"name": f"Webhook {scene.number}", "vendor": "webhook", "config": WEBHOOK, "mapping": {}}


def integrate(scene: Scene) -> None:
    """An integration of two revisions."""
    scene.pipeline["integration"] = scene.owner.an_integration(**a_webhook(scene))
    scene.owner.post(of_integration(scene, "/revisions"), {"note": "second", "consent": "marketing"})


def attach(scene: Scene) -> None:
    """An integration of two revisions, attached by the first."""
    integrate(scene)
    scene.owner.attach(scene.pipeline["integration"], scene.pipeline, revision=1)


def of_integration(scene: Scene, rest: str = "") -> str:
    return path_of_integration(scene.pipeline["integration"], rest)


def attached_path(scene: Scene) -> str:
    return scene.path(f"/integrations/{scene.pipeline['integration']['id']}")


def revise(scene: Scene, **headers: str) -> Reply:
    return scene.owner.post(of_integration(scene, "/revisions"), {"preset": "all_events"}, **headers)


def many(scene: Scene, what: str) -> Reply:
    return scene.owner.post(of_integration(scene, f"/{what}"), {"pipeline_ids": [scene.pipeline["id"]]})


OPERATIONS = {
    "create an integration": Operation(lambda s: s.owner.post(INTEGRATIONS, a_webhook(s)), again=(201, 409)),
    "create an integration once": Operation(
        lambda s: s.owner.post(INTEGRATIONS, a_webhook(s), Idempotency_Key=f"integrate-{s.number}"), again=(201,)
    ),
    "get an integration": Operation(lambda s: s.owner.get(of_integration(s)), integrate),
    "list integrations": Operation(lambda s: s.owner.get(INTEGRATIONS)),
    "rename an integration": Operation(
        lambda s: s.owner.put(of_integration(s), {"name": f"Renamed {s.number}"}), integrate
    ),
    "delete an integration": Operation(lambda s: s.owner.delete(of_integration(s)), integrate, again=(200, 404)),
    "restore an integration": Operation(
        lambda s: s.owner.post(of_integration(s, "/restore")),
        lambda s: (integrate(s), s.owner.delete(of_integration(s))),
        again=(200, 409),
    ),
    "revise": Operation(revise, integrate, again=(201,)),
    "revise once": Operation(lambda s: revise(s, Idempotency_Key=f"revise-{s.number}"), integrate, again=(201,)),
    "compare revisions": Operation(lambda s: s.owner.get(of_integration(s, "/revisions/2/diff")), integrate),
    "attach": Operation(lambda s: s.owner.put(attached_path(s)), integrate),
    "upgrade": Operation(lambda s: s.owner.put(attached_path(s), {"revision": 2}), attach),
    "detach": Operation(lambda s: s.owner.delete(attached_path(s)), attach, again=(200, 404)),
    "attach many": Operation(lambda s: many(s, "attach"), integrate),
    "detach many": Operation(lambda s: many(s, "detach"), attach),
    "preflight": Operation(lambda s: many(s, "preflight"), integrate),
    "what is attached": Operation(lambda s: s.owner.get(s.path("/integrations")), attach),
    "where it is attached": Operation(lambda s: s.owner.get(of_integration(s, "/pipelines")), attach),
    "list": Operation(lambda s: s.owner.get(PIPELINES)),
    "create": Operation(lambda s: s.owner.post(PIPELINES, a_shop(s)), again=(201,)),
    "create with a slug": Operation(
        lambda s: s.owner.post(PIPELINES, a_shop(s, slug=f"s-{s.number}")), again=(201, 409)
    ),
    "create with a taken name": Operation(
        lambda s: s.owner.post(PIPELINES, a_shop(s)), lambda s: s.owner.post(PIPELINES, a_shop(s)), again=(201,)
    ),
    "create once": Operation(
        lambda s: s.owner.post(PIPELINES, a_shop(s), Idempotency_Key=f"key-{s.number}"), again=(201,)
    ),
    "get": Operation(lambda s: s.owner.get(s.path())),
    "update": Operation(lambda s: s.owner.put(s.path(), {"name": "New", "labels": ["x"]})),
    "rename the slug": Operation(lambda s: s.owner.put(s.path(), {"slug": f"r-{s.number}"})),
    "set back to a revision": Operation(
        lambda s: s.owner.post(s.path("/revisions/1/restore")),
        lambda s: s.owner.put(s.path(), {"name": "New", "slug": f"moved-{s.number}", "enabled": False}),
    ),
    "list revisions of a pipeline": Operation(lambda s: s.owner.get(s.path("/revisions"))),
    "compare revisions of a pipeline": Operation(lambda s: s.owner.get(s.path("/revisions/1/differences"))),
    "audit trail": Operation(lambda s: s.owner.get("/v1/admin/audit-logs?action=pipeline.")),
    "audit trail of a pipeline": Operation(
        lambda s: s.owner.get(f"/v1/admin/audit-logs?resource_id={s.pipeline['id']}")
    ),
    "delete": Operation(lambda s: s.owner.delete(s.path()), again=(200, 404)),
    "restore": Operation(
        lambda s: s.owner.post(s.path("/restore")), lambda s: s.owner.delete(s.path()), again=(200, 409)
    ),
    "rotate": Operation(lambda s: s.owner.post(s.path("/rotate-secret"))),
    "rotate with grace": Operation(lambda s: s.owner.post(s.path("/rotate-secret"), {"grace_seconds": 60})),
    "rotate once": Operation(lambda s: s.owner.post(s.path("/rotate-secret"), Idempotency_Key=f"rotate-{s.number}")),
    "challenge token": Operation(lambda s: s.owner.post(s.path("/tokens"))),
    "build": Operation(lambda s: s.owner.post(s.path("/collector/build"))),
    "build once": Operation(lambda s: s.owner.post(s.path("/collector/build"), Idempotency_Key=f"build-{s.number}")),
    "publish a build": Operation(publish, two_builds),
    "publish a build once": Operation(lambda s: publish(s, Idempotency_Key=f"publish-{s.number}"), two_builds),
    "publish during a build": Operation(publish, lambda s: (two_builds(s), s.owner.post(s.path("/collector/build")))),
    "list builds": Operation(lambda s: s.owner.get(s.path("/collector/builds"))),
    "build status": Operation(lambda s: s.owner.get(s.path("/collector/status"))),
    "recent events": Operation(lambda s: s.owner.get(s.path("/events"))),
    "event": Operation(lambda s: s.api.post("/v1/t", {"writeKey": s.pipeline["pipeline_key"], "event": "x"})),
    "sign in": Operation(lambda s: s.api.post(LOGIN, s.login)),
    "refresh": Operation(
        lambda s: s.api.post("/v1/admin/auth/refresh", {"refresh_token": s.refresh_token}),
        again=(200, 401),  # an answer that was lost has used the token up
    ),
    "sign out": Operation(lambda s: s.api.post("/v1/admin/auth/logout", {"refresh_token": s.refresh_token})),
    "add a user": Operation(lambda s: s.owner.post("/v1/admin/users", a_user(s)), again=(201, 409)),
    "change a user": Operation(lambda s: s.owner.put(user_path(s), {"role": "owner"}), add_user),
    "remove a user": Operation(lambda s: s.owner.delete(user_path(s)), add_user, again=(200, 404)),
    "list users": Operation(lambda s: s.owner.get("/v1/admin/users")),
}


@pytest.fixture(autouse=True)
def counts_kept_back(monkeypatch):
    """Counts are written when their time has come, during whatever request. That a fault of it changes no answer is
    shown in tests/activity."""
    monkeypatch.setattr(tally, "write", lambda: None)


@pytest.fixture
def scenes(api, owner, org):
    """New scenes, each with a pipeline and a session of its own."""
    number = 0

    def scene() -> Scene:
        nonlocal number
        number += 1
        tokens = api.post(LOGIN, {"email": f"owner@{org}.example", "password": PASSWORD}).json
        return Scene(api, owner, org, owner.a_pipeline(name=f"Shop of scene {number}"), tokens["refresh_token"], number)

    return scene


ERRORS = (unreachable, silent, broken)


def each_with_one_error(each: Iterable[Any]) -> list[Any]:
    """Each with every error: with one of them, in rotation, whenever tests are run, with the others when thoroughly."""
    return [
        pytest.param(one, error, marks=[] if number % len(ERRORS) == place else [pytest.mark.thorough])
        for number, one in enumerate(each)
        for place, error in enumerate(ERRORS)
    ]


@pytest.mark.parametrize(("name", "error"), each_with_one_error(OPERATIONS))
def test_any_single_fault_leaves_the_old_state_or_the_new(scenes, tables, name, error):
    operation, faults = OPERATIONS[name], Faults()
    scene = scenes()
    operation.prepare(scene)
    forget_what_was_read()
    with faults.injected():
        assert operation.do(scene).status in (200, 201)
    calls, org_id = faults.calls, scene.pipeline["org_id"]
    assert calls >= 1
    for at in range(1, calls + 1):
        for after in (False, True):
            known = ids(tables, org_id)
            scene = scenes()
            operation.prepare(scene)
            forget_what_was_read()
            with faults.injected(at, after, error):
                reply = operation.do(scene)
            assert_refused(reply, (name, at, after))
            check(tables, org_id, known)
            again = operation.do(scene)
            done = (200, 201) if not after else operation.again
            assert again.status in {*done, *operation.again}, (name, at, after, again.body)
            check(tables, org_id, known)
    check(tables, org_id)


def assert_refused(reply: Reply, where: Any) -> None:
    assert (reply.status, reply.code) == (503, "SERVICE_UNAVAILABLE"), (where, reply.body)
    assert int(reply.headers["Retry-After"]) >= 1
    assert reply.json["error"]["request_id"] == reply.headers["X-Request-Id"]


def test_a_fault_before_a_create_leaves_nothing_and_one_after_it_everything(scenes, tables):
    scene, faults = scenes(), Faults()
    for number, (at, after) in enumerate([(1, False), (1, True), (2, False), (2, True)], start=1):
        with faults.injected(at, after):
            scene.owner.post(PIPELINES, {"name": f"N{number}", "type": "web"})
        living = {pipeline["name"] for pipeline in check(tables, scene.pipeline["org_id"])}
        assert (f"N{number}" in living) == ((at, after) == (2, True))


def test_a_create_with_a_key_whose_answer_was_lost_happened_once(scenes, tables):
    scene, faults = scenes(), Faults()
    with faults.injected():
        scene.owner.post(PIPELINES, {"name": "Count", "type": "web"}, Idempotency_Key="count")
    last, shop = faults.calls, {"name": "Once", "type": "web"}
    with faults.injected(last, after=True):
        assert scene.owner.post(PIPELINES, shop, Idempotency_Key="lost").status == 503
    reply = scene.owner.post(PIPELINES, shop, Idempotency_Key="lost")
    assert reply.status == 201
    assert reply.headers["Idempotent-Replayed"] == "true"
    names = [pipeline["name"] for pipeline in check(tables, scene.pipeline["org_id"])]
    assert names.count("Once") == 1


# The builder: its message comes again until it was done without a fault.


def served(scene: Scene) -> str:
    """The version at the pointer address."""
    key = f"collectors/{scene.pipeline['pipeline_key']}/d.js"
    found = aws.client("s3").get_object(Bucket=settings().collector_bucket, Key=key)
    return hashlib.sha256(found["Body"].read()).hexdigest()[:8]


def current(scene: Scene) -> str:
    """The version that is said to be current; there is just one, and it is what the download gives."""
    (version,) = [build["version_hash"] for build in builds(scene) if build["current"]]
    download = scene.owner.get(scene.path("/collector/download")).body
    assert hashlib.sha256(download).hexdigest()[:8] == version
    return version


@pytest.fixture
def shops(api, owner, org):
    """New scenes without a session, which costs more than a build."""
    numbers = count(1)
    return lambda: Scene(api, owner, org, owner.a_pipeline(name=f"Shop {next(numbers)}"), "", 0)


def to_publish(scene: Scene) -> dict[str, Any]:
    """The message that makes the older of two builds current again."""
    two_builds(scene)
    return message(scene, "publish", scene.pipeline["builds"][0])


def to_build(scene: Scene) -> dict[str, Any]:
    """The message for a third build."""
    two_builds(scene)
    scene.owner.put(scene.path(), {"js_builder_config": {"retry": False}})
    scene.owner.post(scene.path("/collector/build"))
    return message(scene, "build", builds(scene)[0]["build_id"])


@pytest.mark.parametrize(("asked", "error"), each_with_one_error([to_publish, to_build]))
def test_any_single_fault_of_the_builder_leaves_a_whole_script_and_its_message_ends_it(shops, asked, error):
    scene, faults = shops(), Faults()
    todo = asked(scene)
    with faults.injected():
        worker.run(todo)
    assert faults.calls >= 5
    for at in range(1, faults.calls + 1):
        for after in (False, True):
            scene = shops()
            todo = asked(scene)
            old = current(scene)
            assert served(scene) == old
            with faults.injected(at, after, error), pytest.raises((BotoCoreError, ClientError, PynamoDBException)):
                worker.run(todo)
            at_fault = (served(scene), current(scene))
            worker.run(todo)
            new = current(scene)
            assert served(scene) == new != old
            assert set(at_fault) <= {old, new}, (at, after)
            assert at_fault != (old, new), (at, after)  # what is said to be current is served already


def test_readiness_tells_a_store_that_is_down_and_liveness_does_not_ask(api):
    faults = Faults()
    with faults.injected(1):
        assert api.get("/v1/ready").status == 503
    with faults.injected(1):
        assert api.get("/v1/health").status == 200
    assert api.get("/v1/ready").status == 200
