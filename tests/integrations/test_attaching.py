"""What integrations are attached to, by which revision, and whether events get there."""

import re

import pytest

from chalicelib import clock, store
from chalicelib.integrations import attaching, attachments, targets
from chalicelib.pipelines import changes

from ..client import WEBHOOK, path_of, path_of_integration

WITH_PARAMETERS = {"url": "https://{{pipeline_param.host}}/{{pipeline_param.path}}"}


@pytest.fixture
def noted(time):
    """Which pipelines were noted as changed since the last call."""
    times = []

    def changed():
        time.pass_(minutes=2)
        since = times[-1] if times else clock.milliseconds()
        times.append(clock.milliseconds())
        found = {pipeline_id for _, pipeline_id in changes.since(since)}
        time.pass_(minutes=2)
        return found

    changed()
    return changed


def attached(owner, pipeline):
    """What is attached to the pipeline, without what never differs here."""
    listed = owner.get(path_of(pipeline, "/integrations")).json["integrations"]
    return [(one["integration_id"], one["revision"], one["state"]) for one in listed]


def path_to(integration, pipeline):
    return path_of(pipeline, f"/integrations/{integration['id']}")


# One pipeline


def test_an_integration_is_attached_by_its_latest_revision(owner, time):
    pipeline, integration = owner.a_pipeline(), owner.an_integration()
    reply = owner.put(path_to(integration, pipeline))
    assert (reply.status, reply.json) == (
        200,
        {
            "integration_id": integration["id"],
            "name": "Webhook",
            "vendor": "webhook",
            "revision": 1,
            "latest_revision": 1,
            "enabled": True,
            "state": "ready",
            "missing": [],
            "problems": [],
            "attached_at": "2026-02-25T10:00:00Z",
            "updated_at": "2026-02-25T10:00:00Z",
        },
    )
    assert owner.get(path_of(pipeline, "/integrations")).json == {"integrations": [reply.json]}
    assert [item.integration_id for item in attachments.of_pipeline(pipeline["id"])] == [integration["id"]]


def test_a_new_revision_reaches_a_pipeline_when_it_is_attached(owner):
    pipeline, integration = owner.a_pipeline(), owner.an_integration()
    owner.attach(integration, pipeline)
    owner.post(path_of_integration(integration, "/revisions"), {"consent": "marketing"})
    assert attached(owner, pipeline) == [(integration["id"], 1, "ready")]
    assert owner.attach(integration, pipeline)["revision"] == 2
    assert owner.attach(integration, pipeline, revision=1)["revision"] == 1


def test_switching_off_leaves_the_revision(owner):
    pipeline, integration = owner.a_pipeline(), owner.an_integration()
    owner.attach(integration, pipeline)
    owner.post(path_of_integration(integration, "/revisions"), {"consent": "marketing"})
    off = owner.attach(integration, pipeline, enabled=False)
    assert (off["revision"], off["state"]) == (1, "disabled")
    assert owner.attach(integration, pipeline, revision=2)["enabled"] is False


def test_the_same_again_changes_nothing(owner, logged, time):
    pipeline, integration = owner.a_pipeline(), owner.an_integration()
    first = owner.attach(integration, pipeline)
    time.pass_(minutes=1)
    assert owner.attach(integration, pipeline) == first
    assert logged[-1]["aws_calls"]["dynamodb"] == 1


def test_attaching_reads_once_and_writes_once(owner, logged):
    pipeline, integration = owner.a_pipeline(), owner.an_integration()
    owner.attach(integration, owner.a_pipeline(name="Other"))
    owner.attach(integration, pipeline)
    assert logged[-1]["aws_calls"]["dynamodb"] == 2


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda api, path: api.put(path, {"revision": 1, "enabled": False}), id="switched off"),
        pytest.param(lambda api, path: api.delete(path), id="detached"),
        pytest.param(lambda api, path: api.delete(path) and api.put(path), id="attached again"),
    ],
)
def test_processors_learn_what_changed(owner, noted, change):
    pipeline, integration = owner.a_pipeline(), owner.an_integration()
    owner.put(path_to(integration, pipeline))
    noted()
    owner = owner.signed_in("owner@acme.example")
    owner.put(path_to(integration, pipeline))
    assert noted() == set()
    owner = owner.signed_in("owner@acme.example")
    change(owner, path_to(integration, pipeline))
    assert noted() == {pipeline["id"]}


def test_what_is_detached_is_gone(owner):
    pipeline, integration = owner.a_pipeline(), owner.an_integration()
    owner.attach(integration, pipeline)
    assert owner.delete(path_to(integration, pipeline)).json == {"status": "detached"}
    assert attached(owner, pipeline) == []
    assert owner.delete(path_to(integration, pipeline)).code == "NOT_ATTACHED"


@pytest.mark.parametrize("revision", [2, 1_000_000_000])
def test_a_revision_that_is_not_there_cannot_be_attached(owner, revision):
    reply = owner.put(path_to(owner.an_integration(), owner.a_pipeline()), {"revision": revision})
    assert (reply.status, reply.wrong_fields) == (422, ["revision"])


@pytest.mark.parametrize("fields", [{"revision": 0}, {"revision": "1"}, {"enabled": 1}, {"state": "ready"}])
def test_a_bad_field_is_named(owner, fields):
    reply = owner.put(path_to(owner.an_integration(), owner.a_pipeline()), fields)
    assert (reply.status, reply.wrong_fields) == (422, list(fields))


# State


def test_what_is_missing_or_wrong_for_a_pipeline_is_shown(owner):
    integration = owner.an_integration(config=WITH_PARAMETERS)
    states = []
    for parameters in ({"host": "hooks.example.com"}, {"host": "10.0.0.1", "path": ""}, {"host": "a b", "path": ""}):
        pipeline = owner.a_pipeline(parameters=parameters)
        shown = owner.attach(integration, pipeline)
        states.append((shown["state"], shown["missing"], [problem["field"] for problem in shown["problems"]]))
        owner.put(path_of(pipeline), {"parameters": {"host": "hooks.example.com", "path": "x"}})
        assert attached(owner, pipeline) == [(integration["id"], 1, "ready")]
    assert states == [
        ("missing_parameters", ["path"], []),
        ("invalid_configuration", [], ["config.url"]),
        ("invalid_configuration", [], ["config.url"]),
    ]


def test_parameters_in_secrets_and_mappings_are_judged_too(owner):
    config = WEBHOOK | {"authentication": "hmac", "signing_secret": "whsec_{{pipeline_param.secret}}", "auth_token": ""}
    mapping = {"events": {"x": {"vendor_event_name": "{{pipeline_param.name}}"}}}
    integration = owner.an_integration(config=config, mapping=mapping)
    pipeline = owner.a_pipeline(parameters={"secret": "short", "name": ""})
    shown = owner.attach(integration, pipeline)
    fields = [problem["field"] for problem in shown["problems"]]
    assert fields == ["config.signing_secret", "mapping.events.x.vendor_event_name"]
    assert "short" not in str(shown["problems"])


def test_what_keeps_events_back_first_is_the_state(owner):
    pipeline, integration = owner.a_pipeline(), owner.an_integration(config=WITH_PARAMETERS)
    owner.attach(integration, pipeline, enabled=False)
    assert attached(owner, pipeline)[0][2] == "disabled"
    owner.put(path_of_integration(integration), {"enabled": False})
    assert attached(owner, pipeline)[0][2] == "integration_disabled"
    owner.delete(path_of_integration(integration))
    assert attached(owner, pipeline)[0][2] == "integration_deleted"
    assert owner.put(path_to(integration, pipeline)).code == "INTEGRATION_NOT_FOUND"
    assert owner.delete(path_to(integration, pipeline)).status == 200


def test_a_restored_integration_is_attached_to_what_it_was(owner):
    pipeline, integration = owner.a_pipeline(), owner.an_integration()
    owner.attach(integration, pipeline)
    owner.delete(path_of_integration(integration))
    owner.post(path_of_integration(integration, "/restore"))
    assert attached(owner, pipeline) == [(integration["id"], 1, "ready")]


def test_an_integration_tells_its_pipelines(owner, time):
    integration, pipelines = owner.an_integration(), []
    for number in range(4):
        time.pass_(seconds=1)
        pipelines.append(owner.a_pipeline(name=f"Shop {number}"))
        owner.attach(integration, pipelines[-1])
    owner.delete(path_of(pipelines[0]))
    page = owner.get(path_of_integration(integration, "/pipelines?limit=2&offset=1")).json
    assert [(one["name"], one["revision"], one["state"]) for one in page["pipelines"]] == [
        ("Shop 2", 1, "ready"),
        ("Shop 3", 1, "ready"),
    ]
    assert (page["total"], page["limit"], page["offset"]) == (3, 2, 1)


# Many pipelines


def many(owner, integration, what="attach", **body):
    reply = owner.post(path_of_integration(integration, f"/{what}"), body)
    assert reply.status == 200, reply.body
    return reply.json


def results(answer):
    return {one["name"]: one["result"] for one in answer["pipelines"]}


@pytest.fixture
def shops(owner, time):
    """Three pipelines in production, the last without a parameter, and one that is not."""
    full = {"host": "hooks.example.com", "path": "x"}
    made = []
    for fields in (
        {"name": "A", "labels": ["env:production"], "parameters": full},
        {"name": "B", "labels": ["env:production", "x"], "parameters": full},
        {"name": "C", "labels": ["env:production"], "parameters": {"host": "hooks.example.com"}},
        {"name": "D", "labels": ["env:test"], "parameters": full},
    ):
        time.pass_(seconds=1)
        made.append(owner.a_pipeline(**fields))
    return made


def test_all_with_a_label_are_attached_but_those_that_could_not_send(owner, shops):
    integration = owner.an_integration(config=WITH_PARAMETERS)
    answer = many(owner, integration, label="env:production")
    assert results(answer) == {"A": "attached", "B": "attached", "C": "refused"}
    assert (answer["counts"], answer["revision"]) == ({"attached": 2, "refused": 1}, 1)
    assert [one["missing"] for one in answer["pipelines"]] == [[], [], ["path"]]
    assert [len(attached(owner, shop)) for shop in shops] == [1, 1, 0, 0]
    assert results(many(owner, integration, label="env:production", allow_missing=True)) == {
        "A": "unchanged",
        "B": "unchanged",
        "C": "attached",
    }


def test_an_upgrade_of_many_changes_those_that_have_it(owner, shops):
    integration = owner.an_integration()
    many(owner, integration, label="x")
    owner.post(path_of_integration(integration, "/revisions"), {"consent": "marketing"})
    assert results(many(owner, integration, label="env:production"))["B"] == "changed"
    back = many(owner, integration, label="env:production", revision=1, enabled=False)
    assert (back["counts"], back["revision"]) == ({"changed": 3}, 1)


def test_a_dry_run_tells_the_same_and_changes_nothing(owner, shops):
    integration = owner.an_integration(config=WITH_PARAMETERS)
    tried = many(owner, integration, label="env:production", dry_run=True)
    assert [attached(owner, shop) for shop in shops] == [[]] * 4
    assert many(owner, integration, label="env:production") == tried | {"dry_run": False}
    tried = many(owner, integration, "detach", label="env:production", dry_run=True)
    assert results(tried) == {"A": "detached", "B": "detached", "C": "not_attached"}
    assert many(owner, integration, "detach", label="env:production") == tried | {"dry_run": False}
    assert [attached(owner, shop) for shop in shops] == [[]] * 4


def test_pipelines_that_are_named_need_not_be_there(owner, stranger, shops):
    integration = owner.an_integration()
    owner.delete(path_of(shops[1]))
    foreign = stranger.a_pipeline()["id"]
    ids = [shops[0]["id"], shops[1]["id"], foreign, "pip_00000000000000000000", shops[0]["id"]]
    answer = many(owner, integration, pipeline_ids=ids)
    assert [one["result"] for one in answer["pipelines"]] == ["attached", "not_found", "not_found", "not_found"]
    answer = many(owner, integration, "detach", pipeline_ids=ids)
    assert [one["result"] for one in answer["pipelines"]] == ["detached", "not_found", "not_found", "not_found"]
    assert attachments.of_pipeline(foreign) == []


@pytest.mark.parametrize("what", ["attach", "detach", "preflight"])
@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({}, "pipeline_ids"),
        ({"label": "x", "pipeline_ids": ["pip_00000000000000000000"]}, "pipeline_ids"),
        ({"pipeline_ids": []}, "pipeline_ids"),
        ({"pipeline_ids": ["x"]}, "pipeline_ids[0]"),
        ({"label": ""}, "label"),
    ],
)
def test_pipelines_are_named_or_have_a_label(owner, what, body, wrong):
    reply = owner.post(path_of_integration(owner.an_integration(), f"/{what}"), body)
    assert (reply.status, reply.wrong_fields) == (422, [wrong])


@pytest.mark.parametrize("what", ["attach", "preflight"])
def test_many_are_not_attached_by_a_revision_that_is_not_there(owner, what):
    reply = owner.post(path_of_integration(owner.an_integration(), f"/{what}"), {"label": "x", "revision": 2})
    assert (reply.status, reply.wrong_fields) == (422, ["revision"])


def test_many_pipelines_are_attached_in_transactions_that_the_store_takes(owner, logged, monkeypatch):
    integration, taken = owner.an_integration(), []
    pipelines = [owner.a_pipeline(name=f"Shop {number}", labels=["all"]) for number in range(attaching.TOGETHER + 3)]
    real = store.transact
    monkeypatch.setattr(attaching, "transact", lambda writes: (taken.append(len(writes)), real(writes)))
    assert many(owner, integration, label="all")["counts"] == {"attached": len(pipelines)}
    assert taken == [attaching.TOGETHER * 4 + 1, 3 * 4 + 1]
    assert max(taken) <= 100
    assert logged[-1]["aws_calls"]["dynamodb"] <= 8
    assert many(owner, integration, label="all")["counts"] == {"unchanged": len(pipelines)}
    assert owner.get(path_of_integration(integration, "/pipelines")).json["total"] == len(pipelines)
    assert many(owner, integration, "detach", label="all")["counts"] == {"detached": len(pipelines)}


# Preflight


def test_a_preflight_lists_every_pipeline_and_key(owner, shops, monkeypatch):
    integration = owner.an_integration(config=WITH_PARAMETERS)
    owner.put(path_of(shops[0]), {"parameters": {}})
    owner.put(path_of(shops[1]), {"parameters": {"host": "inside.example.com", "path": "x"}})
    monkeypatch.setattr(targets, "resolver", lambda host, _: ["10.0.0.1" if "inside" in host else "93.184.215.14"])
    ids = [shop["id"] for shop in shops] + ["pip_00000000000000000000"]
    report = many(owner, integration, "preflight", pipeline_ids=ids)
    problem = "cannot be sent to: inside.example.com has an address that is not public"
    assert report == {
        "revision": 1,
        "checked": 4,
        "ready": 1,
        "missing": ["host", "path"],
        "not_ready": [
            {"pipeline_id": ids[0], "name": "A", "missing": ["host", "path"], "problems": []},
            {
                "pipeline_id": ids[1],
                "name": "B",
                "missing": [],
                "problems": [{"field": "config.url", "message": problem}],
            },
            {"pipeline_id": ids[2], "name": "C", "missing": ["path"], "problems": []},
        ],
        "not_found": ["pip_00000000000000000000"],
    }
    assert [attached(owner, shop) for shop in shops] == [[]] * 4


# Parameters


def test_parameters_are_shown_with_those_who_use_them(owner):
    pipeline = owner.a_pipeline(parameters={"host": "x.example", "left": "over"})
    integration = owner.an_integration(config=WITH_PARAMETERS)
    deleted = owner.an_integration(name="Deleted", config={"url": "https://{{pipeline_param.left}}/"})
    owner.attach(integration, pipeline)
    owner.attach(deleted, pipeline)
    owner.delete(path_of_integration(deleted))
    user = {"integration_id": integration["id"], "name": "Webhook", "revision": 1}
    assert owner.get(path_of(pipeline, "/parameter-uses")).json == {
        "parameters": [
            {"key": "host", "defined": True, "used_by": [user]},
            {"key": "left", "defined": True, "used_by": []},
            {"key": "path", "defined": False, "used_by": [user]},
        ],
        "missing": ["path"],
        "unused": ["left"],
    }


# Roles and tenants

ROLES = ["viewer", "editor", "admin", "owner"]
ON_PIPELINE = [
    ("GET", "/integrations", None, "viewer"),
    ("PUT", "/integrations/{integration}", None, "editor"),
    ("DELETE", "/integrations/{integration}", None, "editor"),
    ("GET", "/parameter-uses", None, "viewer"),
]
ON_INTEGRATION = [
    ("GET", "/pipelines", None, "viewer"),
    ("POST", "/attach", {"label": "x"}, "editor"),
    ("POST", "/detach", {"label": "x"}, "editor"),
    ("POST", "/preflight", {"label": "x"}, "viewer"),
]


def paths(pipeline_id, integration_id):
    """Every operation's method, path, body and least role."""
    for method, rest, body, least in ON_PIPELINE:
        yield method, path_of({"id": pipeline_id}, rest.format(integration=integration_id)), body, least
    for method, rest, body, least in ON_INTEGRATION:
        yield method, path_of_integration({"id": integration_id}, rest), body, least


def test_an_operation_needs_its_role(owner, as_role):
    pipeline, integration = owner.a_pipeline(), owner.an_integration()
    for role in ROLES:
        caller = as_role(role)
        owner.attach(integration, pipeline)
        for method, path, body, least in paths(pipeline["id"], integration["id"]):
            enough = ROLES.index(role) >= ROLES.index(least)
            assert (caller.request(method, path, body).status == 200) == enough, (role, method, path)
        for method, path, body, least in paths("pip_missing", "int_missing"):
            enough = ROLES.index(role) >= ROLES.index(least)
            assert caller.request(method, path, body).status == (404 if enough else 403)


def without_request_id(reply):
    return re.sub(rb'"request_id":"[^"]*"', b"", reply.body)


@pytest.mark.parametrize("place", range(len(ON_PIPELINE) + len(ON_INTEGRATION)))
def test_what_is_another_organisations_and_what_is_missing_look_the_same(owner, stranger, place):
    foreign_pipeline, foreign_integration = stranger.a_pipeline(), stranger.an_integration()
    stranger.attach(foreign_integration, foreign_pipeline)
    contents = set()
    for pipeline_id, integration_id in (
        (foreign_pipeline["id"], foreign_integration["id"]),
        ("pip_00000000000000000000", "int_00000000000000000000"),
        ("nonsense", "nonsense"),
    ):
        method, path, body, _ = list(paths(pipeline_id, integration_id))[place]
        reply = owner.request(method, path, body)
        assert reply.status == 404
        contents.add(without_request_id(reply))
    assert len(contents) == 1
    assert attached(stranger, foreign_pipeline) == [(foreign_integration["id"], 1, "ready")]


def test_ones_own_is_not_attached_to_another_organisations(owner, stranger):
    pipeline, integration = owner.a_pipeline(), owner.an_integration()
    foreign_pipeline, foreign_integration = stranger.a_pipeline(), stranger.an_integration()
    assert owner.put(path_to(integration, foreign_pipeline)).code == "PIPELINE_NOT_FOUND"
    assert owner.put(path_to(foreign_integration, pipeline)).code == "INTEGRATION_NOT_FOUND"
    assert attachments.of_pipeline(pipeline["id"]) == attachments.of_pipeline(foreign_pipeline["id"]) == []
