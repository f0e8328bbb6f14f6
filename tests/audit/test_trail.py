"""Every change has its entry, with who made it, from where, and what became different."""

import json

import pytest

from chalicelib.audit.actions import ACTIONS
from chalicelib.audit.table import AuditEntry
from chalicelib.auth import issue_access_token

from ..client import PASSWORD, WEBHOOK, Api, path_of, path_of_integration

LOGS = "/v1/admin/audit-logs"
USERS = "/v1/admin/users"
LOGIN = "/v1/admin/auth/login"


def entries(api, query=""):
    reply = api.get(f"{LOGS}?limit=100{query}")
    assert reply.status == 200, reply.body
    return reply.json["entries"]


def told(entry):
    """The action and the changes of an entry."""
    return entry["action"], {path: (change["old"], change["new"]) for path, change in entry["changes"].items()}


@pytest.fixture
def trail(owner, time):
    """What a change adds to the trail, the newest first."""

    def added(do):
        before = {entry["id"] for entry in entries(owner)}
        time.pass_(seconds=1)
        reply = do()
        return reply, [entry for entry in entries(owner) if entry["id"] not in before]

    return added


def test_an_entry_tells_who_from_where_and_by_which_request(owner, trail):
    reply, (entry,) = trail(
        lambda: owner.post("/v1/admin/pipelines", {"name": "Shop", "type": "web"}, User_Agent="a browser")
    )
    me = owner.get("/v1/admin/auth/me").json
    assert entry | {"changes": {}} == {
        "id": entry["id"],
        "action": "pipeline.created",
        "user_id": me["id"],
        "user_email": "owner@acme.example",
        "resource_type": "pipeline",
        "resource_id": reply.json["id"],
        "resource_name": "Shop",
        "changes": {},
        "ip_address": "127.0.0.1",
        "user_agent": "a browser",
        "request_id": reply.headers["X-Request-Id"],
        "timestamp": "2026-02-25T10:00:01.000Z",
    }
    assert entry["changes"]["name"] == {"old": None, "new": "Shop"}


def test_the_address_is_the_one_that_our_outermost_proxy_saw(owner, trail, monkeypatch):
    monkeypatch.setenv("TRUSTED_PROXIES", "1")
    from chalicelib.settings import settings

    settings.cache_clear()
    forwarded = "1.2.3.4, 198.51.100.7, 10.0.0.1"
    _, (entry,) = trail(
        lambda: owner.post("/v1/admin/pipelines", {"name": "S", "type": "web"}, X_Forwarded_For=forwarded)
    )
    settings.cache_clear()
    assert entry["ip_address"] == "198.51.100.7"


def test_a_token_from_before_it_had_an_address_still_works(owner, trail):
    me = owner.get("/v1/admin/auth/me").json
    old = Api(owner.send, issue_access_token(me["id"], me["org_id"], "owner", ""))
    _, (entry,) = trail(lambda: old.post("/v1/admin/pipelines", {"name": "S", "type": "web"}))
    assert (entry["user_id"], entry["user_email"]) == (me["id"], "")


def test_every_change_of_a_pipeline_has_its_entry(owner, trail):
    pipeline = owner.a_pipeline(labels=["a"], parameters={"GA_API_SECRET": "old secret", "region": "eu"})
    change = {
        "labels": ["a", "b"],
        "parameters": {"GA_API_SECRET": "new secret", "region": "us"},
        "js_builder_config": {"script_filename": "x.js"},
    }
    steps = [
        (lambda: owner.put(path_of(pipeline), change), "pipeline.updated"),
        (lambda: owner.post(path_of(pipeline, "/rotate-secret"), {"grace_seconds": 60}), "pipeline.secret_rotated"),
        (lambda: owner.post(path_of(pipeline, "/tokens")), "pipeline.token_issued"),
        (lambda: owner.post(path_of(pipeline, "/collector/build")), "collector.build_requested"),
        (lambda: owner.post(path_of(pipeline, "/revisions/1/restore")), "pipeline.revision_restored"),
        (lambda: owner.delete(path_of(pipeline)), "pipeline.deleted"),
        (lambda: owner.post(path_of(pipeline, "/restore")), "pipeline.restored"),
    ]
    found = {}
    for do, action in steps:
        reply, added = trail(do)
        assert reply.status == 200, reply.body
        assert [(entry["action"], entry["resource_id"]) for entry in added] == [(action, pipeline["id"])]
        found[action] = told(added[0])[1]
    assert found["pipeline.updated"] == {
        "labels[1]": (None, "b"),
        "parameters.GA_API_SECRET": ("***", "***"),
        "parameters.region": ("eu", "us"),
        "js_builder_config.script_filename": ("d.js", "x.js"),
    }
    assert found["pipeline.secret_rotated"] == {"pipeline_key_secret": ("***", "***"), "grace_seconds": (None, 60)}
    assert found["pipeline.revision_restored"]["labels[1]"] == ("b", None)


def test_every_change_of_an_integration_has_its_entry(owner, trail):
    created, (entry,) = trail(lambda: owner.an_integration())
    path = path_of_integration(created)
    assert entry["action"] == "integration.created"
    assert entry["changes"]["config"]["new"]["auth_token"] == "***"
    steps = [
        (lambda: owner.put(path, {"name": "Hook"}), "integration.updated", {"name": ("Webhook", "Hook")}),
        (
            lambda: owner.post(f"{path}/revisions", {"config": WEBHOOK | {"auth_token": "secret-2"}}),
            "integration.revised",
            {"config.auth_token": ("***", "***")},
        ),
        (lambda: owner.delete(path), "integration.deleted", {}),
        (lambda: owner.post(f"{path}/restore"), "integration.restored", {}),
    ]
    for do, action, changes in steps:
        reply, (entry,) = trail(do)
        assert reply.status in (200, 201), reply.body
        assert told(entry) == (action, changes)
        assert (entry["resource_type"], entry["resource_id"]) == ("integration", created["id"])


def test_attaching_is_an_entry_of_each_pipeline(owner, trail):
    integration, pipelines = owner.an_integration(), [owner.a_pipeline(name=f"Shop {number}") for number in (1, 2)]
    ids, path = [pipeline["id"] for pipeline in pipelines], path_of_integration(integration)
    owner.post(f"{path}/revisions", {"consent": "essential"})
    one = f"{path_of(pipelines[0])}/integrations/{integration['id']}"
    place = f"integrations.{integration['id']}"
    facts = {"name": "Webhook", "revision": 2, "enabled": True}
    _, added = trail(lambda: owner.post(f"{path}/attach", {"pipeline_ids": ids}))
    assert {entry["resource_id"]: told(entry) for entry in added} == dict.fromkeys(
        ids, ("integration.attached", {place: (None, facts)})
    )
    assert {entry["resource_name"] for entry in added} == {"Shop 1", "Shop 2"}
    _, (entry,) = trail(lambda: owner.put(one, {"revision": 1}))
    assert told(entry) == ("integration.attachment_updated", {f"{place}.revision": (2, 1)})
    _, (entry,) = trail(lambda: owner.delete(one))
    assert told(entry) == ("integration.detached", {place: (facts | {"revision": 1}, None)})
    _, added = trail(lambda: owner.post(f"{path}/detach", {"pipeline_ids": ids}))
    assert [(entry["action"], entry["resource_id"]) for entry in added] == [("integration.detached", ids[1])]


def test_every_change_of_a_user_has_its_entry(owner, trail):
    wanted = {"email": "ada@acme.example", "role": "viewer", "password": PASSWORD}
    reply, (entry,) = trail(lambda: owner.post(USERS, wanted))
    path = f"{USERS}/{reply.json['id']}"
    assert told(entry) == (
        "user.added",
        {"email": (None, "ada@acme.example"), "name": (None, ""), "role": (None, "viewer")},
    )
    _, (entry,) = trail(lambda: owner.put(path, {"role": "editor", "password": "another long password"}))
    assert told(entry) == ("user.updated", {"role": ("viewer", "editor"), "password": ("***", "***")})
    _, (entry,) = trail(lambda: owner.delete(path))
    assert (entry["action"], entry["resource_id"], entry["resource_name"]) == (
        "user.removed",
        reply.json["id"],
        "ada@acme.example",
    )


def test_signing_in_and_out_and_a_new_password_are_told(owner, api, trail):
    email, tokens = "owner@acme.example", {}

    def sign_in(password=PASSWORD):
        reply = api.post(LOGIN, {"email": email, "password": password})
        tokens.update(reply.json)
        return reply

    def sign_out():
        return api.post("/v1/admin/auth/logout", {"refresh_token": tokens["refresh_token"]})

    me = owner.get("/v1/admin/auth/me").json
    (entry,) = entries(owner, "&action=auth.login")
    assert (told(entry), entry["user_email"]) == (("auth.login", {}), email)
    for do, action in (
        (lambda: sign_in("wrong"), "auth.login_failed"),
        (sign_in, "auth.login"),
        (sign_out, "auth.logout"),
    ):
        _, (entry,) = trail(do)
        assert told(entry) == (action, {})
        assert (entry["user_id"], entry["user_email"], entry["resource_id"]) == (me["id"], email, me["id"])
    assert trail(sign_out)[1] == []
    change = {"current_password": PASSWORD, "new_password": "another long password"}
    _, (entry,) = trail(lambda: owner.post("/v1/admin/auth/password", change))
    assert told(entry) == ("user.password_changed", {"password": ("***", "***")})


def test_an_address_that_nobody_has_is_not_written(owner, api, stranger):
    before = len(list(AuditEntry.scan()))
    assert api.post(LOGIN, {"email": "nobody@acme.example", "password": "wrong"}).status == 401
    assert len(list(AuditEntry.scan())) == before
    assert api.post(LOGIN, {"email": "owner@acme.example", "password": "wrong"}).status == 401
    assert [len(entries(api, "&action=auth.login_failed")) for api in (owner, stranger)] == [1, 0]


def test_a_failed_sign_in_that_cannot_be_recorded_is_answered_all_the_same(owner, api, monkeypatch, logged):
    def fail(*_, **__):
        raise RuntimeError

    monkeypatch.setattr(AuditEntry, "save", fail)
    for email in ("owner@acme.example", "nobody@acme.example"):
        assert api.post(LOGIN, {"email": email, "password": "wrong"}).code == "INVALID_CREDENTIALS"
    assert [line["message"] for line in logged].count("failed sign-in not recorded") == 2


def test_the_operators_command_is_told_as_the_operators(owner):
    added = entries(owner, "&user_id=operator")
    assert [entry["action"] for entry in added] == ["user.added"]
    assert added[0]["ip_address"] == ""


def test_a_replay_of_dead_letters_is_told(owner, trail):
    integration = owner.an_integration()
    replay = {"filter": {"code": "REFUSED"}, "rate": 10}
    reply, added = trail(lambda: owner.post(path_of_integration(integration, "/dead-letters/replay"), replay))
    assert (reply.json["count"], added) == (0, [])  # there was none


def nothing_done(owner, pipeline, integration, user):
    """Requests that change nothing."""
    attached = path_of(pipeline, f"/integrations/{integration['id']}")
    yield owner.put(path_of(pipeline), {"name": pipeline["name"], "labels": []})
    yield owner.put(path_of_integration(integration), {"name": integration["name"]})
    yield owner.put(f"{USERS}/{user['id']}", {"role": "viewer", "name": ""})
    yield owner.put(attached, {})
    yield owner.post(path_of_integration(integration, "/attach"), {"pipeline_ids": [pipeline["id"]]})
    yield owner.post(path_of_integration(integration, "/attach"), {"pipeline_ids": [pipeline["id"]], "dry_run": True})
    yield owner.post(path_of(pipeline, "/revisions/1/restore"))
    yield owner.post(path_of(pipeline, "/collector/build"))  # the one that is under way is joined
    yield owner.post("/v1/admin/pipelines", {"name": "Shop", "type": "web"}, Idempotency_Key="once")
    yield owner.post(path_of(pipeline, "/rotate-secret"), Idempotency_Key="rotated")
    yield owner.put(path_of(pipeline), {"name": ""})
    yield owner.put(path_of(pipeline), {"name": "New"}, If_Match='"99"')


def test_what_changes_nothing_is_not_told(owner):
    pipeline = owner.post("/v1/admin/pipelines", {"name": "Shop", "type": "web"}, Idempotency_Key="once").json
    owner.post(path_of(pipeline, "/rotate-secret"), Idempotency_Key="rotated")
    owner.post(path_of(pipeline, "/collector/build"))
    integration = owner.an_integration()
    owner.attach(integration, pipeline)
    user = owner.post(USERS, {"email": "ada@acme.example", "role": "viewer", "password": PASSWORD}).json
    before = len(entries(owner))
    statuses = [reply.status for reply in nothing_done(owner, pipeline, integration, user)]
    assert statuses == [200] * 8 + [201, 200, 422, 412]
    assert len(entries(owner)) == before


def test_no_secret_is_in_the_table(owner, api):
    secrets = ["parameter secret", "secret-1", PASSWORD, "another long password", "wrong password", "deep secret"]
    config = {"service": {"credentials": {"user": "deep secret"}}}
    pipeline = owner.a_pipeline(parameters={"api_secret": "parameter secret"}, config=config)
    secrets += [pipeline["pipeline_key_secret"]]
    secrets += [owner.post(path_of(pipeline, "/rotate-secret")).json["pipeline_key_secret"]]
    secrets += [owner.post(path_of(pipeline, "/tokens")).json["token"]]
    owner.put(path_of(pipeline), {"parameters": {}, "config": {}})
    owner.an_integration()
    user = owner.post(USERS, {"email": "ada@acme.example", "role": "viewer", "password": PASSWORD}).json
    owner.put(f"{USERS}/{user['id']}", {"password": "another long password"})
    api.post(LOGIN, {"email": "owner@acme.example", "password": "wrong password"})
    secrets += list(api.post(LOGIN, {"email": "owner@acme.example", "password": PASSWORD}).json.values())[:2]
    stored = json.dumps([entry.attribute_values for entry in AuditEntry.scan()], default=str)
    assert [secret for secret in secrets if secret in stored] == []


def test_store_calls_of_changes_stay_what_they_were(owner, logged):
    pipeline = owner.a_pipeline()
    for do in (
        lambda: owner.a_pipeline(name="Another"),
        lambda: owner.put(path_of(pipeline), {"name": "New"}),
        lambda: owner.post(path_of(pipeline, "/rotate-secret")),
        lambda: owner.post(path_of(pipeline, "/tokens")),
        lambda: owner.delete(path_of(pipeline)),
    ):
        do()
        assert logged[-1]["aws_calls"]["dynamodb"] <= 2


def test_all_actions_are_tried_here():
    source = __file__
    with open(source, encoding="utf-8") as file:
        text = file.read()
    # tests/collector, tests/delivery, tests/operations
    elsewhere = {"collector.build_published", "dead_letters.replayed", "pipeline.events_erased"}
    assert [action for action in ACTIONS if action not in text and action not in elsewhere] == []
