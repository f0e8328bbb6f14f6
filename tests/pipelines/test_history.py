"""The history of a pipeline: a revision for each version, to look at, compare and set back to."""

import pytest

from chalicelib.pipelines import rules
from chalicelib.pipelines.table import PipelineRevision

from ..client import path_of


def revisions(api, pipeline, query=""):
    reply = api.get(path_of(pipeline, f"/revisions{query}"))
    assert reply.status == 200, reply.body
    return reply.json["revisions"]


def set_back(api, pipeline, number, **headers):
    return api.post(path_of(pipeline, f"/revisions/{number}/restore"), **headers)


def send(api, pipeline, **headers):
    return api.post("/v1/t", {"writeKey": pipeline["pipeline_key"], "event": "x"}, **headers).status


EDITED = {
    "name": "Edited",
    "slug": "edited",
    "domain_allowlist": ["example.com"],
    "labels": ["env:production"],
    "rate_limit_rps": 7,
    "challenge_token_required": True,
    "parameters": {"region": "eu"},
    "config": {"a": {"b": [1, True]}},
    "js_builder_config": {"script_filename": "x.js"},
    "identity_config": {"cross_domain_enabled": True},
    "enabled": False,
}


def test_every_version_is_a_revision(owner):
    pipeline = owner.a_pipeline()
    me = owner.get("/v1/admin/auth/me").json
    reply = owner.put(path_of(pipeline), {"name": "New", "labels": ["x"]})
    owner.post(path_of(pipeline, "/rotate-secret"))
    owner.delete(path_of(pipeline))
    owner.post(path_of(pipeline, "/restore"))
    found = revisions(owner, pipeline)
    assert [(each["number"], each["action"], each["changed"]) for each in found[:4]] == [
        (5, "pipeline.restored", []),
        (4, "pipeline.deleted", []),
        (3, "pipeline.secret_rotated", []),
        (2, "pipeline.updated", ["name", "labels[0]"]),
    ]
    assert found[3] | {"changed": []} == {
        "pipeline_id": pipeline["id"],
        "number": 2,
        "action": "pipeline.updated",
        "user_id": me["id"],
        "user_email": "owner@acme.example",
        "request_id": reply.headers["X-Request-Id"],
        "changed": [],
        "changed_count": 2,
        "restored_from": None,
        "created_at": "2026-02-25T10:00:00Z",
    }
    assert owner.get(path_of(pipeline)).headers["ETag"] == '"5"'


def test_a_revision_has_all_that_can_be_changed(owner):
    pipeline = owner.a_pipeline(**EDITED)
    whole = owner.get(path_of(pipeline)).json
    shown = owner.get(path_of(pipeline, "/revisions/1")).json
    assert shown["configuration"] == {name: whole[name] for name in EDITED}
    assert shown["configuration"]["config"] == EDITED["config"]
    assert {name: value for name, value in shown.items() if name != "configuration"} == revisions(owner, pipeline)[0]


def test_pages_lead_through_all_revisions(owner):
    pipeline = owner.a_pipeline()
    for number in range(2, 8):
        owner.put(path_of(pipeline), {"rate_limit_rps": number})
    first = owner.get(path_of(pipeline, "/revisions?limit=4")).json
    assert [each["number"] for each in first["revisions"]] == [7, 6, 5, 4]
    rest = owner.get(path_of(pipeline, f"/revisions?limit=4&cursor={first['next_cursor']}")).json
    assert ([each["number"] for each in rest["revisions"]], rest["next_cursor"]) == ([3, 2, 1], None)


def test_many_changed_fields_are_counted_and_the_first_named(owner):
    pipeline = owner.a_pipeline(config={f"k{number}": 0 for number in range(500)})
    owner.put(path_of(pipeline), {"config": {f"k{number}": 1 for number in range(500)}})
    newest = revisions(owner, pipeline)[0]
    assert (len(newest["changed"]), newest["changed_count"]) == (100, 500)


def test_the_largest_pipeline_has_a_history_too(owner):
    pipeline = owner.a_pipeline()
    for letter in ("x", "y"):
        config = {f"{letter}{number}": letter * 20 for number in range(4_000)}
        assert owner.put(path_of(pipeline), {"config": config}).status == 200
    shown = owner.get(path_of(pipeline, "/revisions/3")).json
    assert (len(shown["configuration"]["config"]), shown["changed_count"]) == (4_000, 8_000)
    assert len(owner.get(path_of(pipeline, "/revisions")).body) < 30_000
    assert set_back(owner, pipeline, 2).status == 200


def test_revisions_are_compared_field_by_field(owner):
    pipeline = owner.a_pipeline(parameters={"api_token": "a", "region": "eu"})
    owner.put(path_of(pipeline), {"parameters": {"api_token": "b", "region": "us"}})
    owner.put(path_of(pipeline), {"enabled": False})
    compared = owner.get(path_of(pipeline, "/revisions/3/differences")).json
    assert compared == {
        "number": 3,
        "against": 2,
        "differences": [{"path": "enabled", "before": True, "after": False}],
    }
    far = owner.get(path_of(pipeline, "/revisions/3/differences?against=1")).json
    assert far["differences"] == [
        {"path": "parameters.api_token", "before": "***", "after": "***", "secret": True},
        {"path": "parameters.region", "before": "eu", "after": "us"},
        {"path": "enabled", "before": True, "after": False},
    ]
    first = owner.get(path_of(pipeline, "/revisions/1/differences")).json
    assert first["against"] is None
    assert {"path": "name", "after": "Shop"} in first["differences"]


def test_setting_back_sets_every_field_back(owner):
    pipeline = owner.a_pipeline()
    before = owner.get(path_of(pipeline)).json
    owner.put(path_of(pipeline), EDITED)
    reply = set_back(owner, pipeline, 1)
    assert (reply.status, reply.headers["ETag"]) == (200, '"3"')
    assert reply.json == owner.get(path_of(pipeline)).json == before
    newest = revisions(owner, pipeline)[0]
    assert (newest["action"], newest["restored_from"], newest["number"]) == ("pipeline.revision_restored", 1, 3)
    (listed,) = owner.get("/v1/admin/pipelines").json["pipelines"]
    assert (listed["name"], listed["slug"], listed["labels"], listed["enabled"]) == ("Shop", "shop", [], True)
    assert owner.a_pipeline(slug="edited")["slug"] == "edited"  # it is free again


def test_the_next_event_obeys(owner, api):
    pipeline = owner.a_pipeline()
    owner.put(path_of(pipeline), {"enabled": False})
    owner.put(path_of(pipeline), {"enabled": True, "domain_allowlist": ["example.com"]})
    elsewhere = {"Origin": "https://other.test"}
    assert send(api, pipeline, **elsewhere) == 403
    set_back(owner, pipeline, 1)
    assert send(api, pipeline, **elsewhere) == 200
    set_back(owner, pipeline, 2)
    assert send(api, pipeline) == 403
    set_back(owner, pipeline, 3)
    assert (send(api, pipeline, **elsewhere), send(api, pipeline, Origin="https://example.com")) == (403, 200)


def test_a_secret_is_not_set_back(owner, api):
    pipeline = owner.a_pipeline()
    owner.post(path_of(pipeline, "/rotate-secret"))
    assert set_back(owner, pipeline, 1).headers["ETag"] == '"2"'  # its fields are the same
    prefix = owner.get(path_of(pipeline)).json["pipeline_key_secret_prefix"]
    assert prefix != pipeline["pipeline_key_secret_prefix"]


def test_setting_back_twice_writes_once(owner):
    pipeline = owner.a_pipeline()
    owner.put(path_of(pipeline), {"name": "New"})
    tags = [set_back(owner, pipeline, 1).headers["ETag"] for _ in range(2)]
    assert tags == ['"3"', '"3"']
    assert len(revisions(owner, pipeline)) == 3


def test_a_slug_that_was_taken_gets_a_number_and_setting_back_again_changes_nothing(owner):
    pipeline = owner.a_pipeline()
    owner.put(path_of(pipeline), {"name": "New", "slug": "new"})
    assert owner.a_pipeline()["slug"] == "shop"
    first = set_back(owner, pipeline, 1)
    assert (first.json["name"], first.json["slug"], first.headers["ETag"]) == ("Shop", "shop-2", '"3"')
    again = set_back(owner, pipeline, 1)
    assert (again.json, again.headers["ETag"]) == (first.json, '"3"')
    assert again.json == owner.get(path_of(pipeline)).json


@pytest.mark.parametrize(
    ("slug", "base", "expected"),
    [
        ("shop-2", "shop", True),
        ("shop-17", "shop", True),
        ("shop", "shop", False),
        ("shop-1", "shop", False),
        ("shop-x", "shop", False),
        ("shop-2", "other", False),
        ("a" * 61 + "-2", "a" * 63, True),
    ],
)
def test_a_slug_with_a_number_is_known(slug, base, expected):
    assert rules.is_numbered(slug, base) is expected


def test_what_is_no_longer_allowed_is_refused_with_its_fields(owner):
    pipeline = owner.a_pipeline()
    owner.put(path_of(pipeline), {"name": "New"})
    first = PipelineRevision.get(pipeline["id"], 1)
    first.configuration |= {"rate_limit_rps": 0, "js_builder_config": {"unknown": 1}}
    first.save()
    reply = set_back(owner, pipeline, 1)
    assert (reply.status, reply.wrong_fields) == (422, ["rate_limit_rps", "js_builder_config.unknown"])
    assert owner.get(path_of(pipeline)).headers["ETag"] == '"2"'


def test_a_revision_from_before_a_field_was_made_leaves_that_alone(owner):
    pipeline = owner.a_pipeline()
    owner.put(path_of(pipeline), {"name": "New", "labels": ["x"]})
    first = PipelineRevision.get(pipeline["id"], 1)
    del first.configuration["labels"]
    first.save()
    shown = owner.get(path_of(pipeline, "/revisions/1"))
    assert (shown.status, "labels" in shown.json["configuration"]) == (200, False)
    restored = set_back(owner, pipeline, 1).json
    assert (restored["name"], restored["labels"]) == ("Shop", ["x"])


def test_if_match_is_honoured(owner):
    pipeline = owner.a_pipeline()
    owner.put(path_of(pipeline), {"name": "New"})
    assert set_back(owner, pipeline, 1, If_Match='"1"').status == 412
    assert set_back(owner, pipeline, 1, If_Match='"2"').status == 200


@pytest.mark.parametrize("number", ["0", "2", "01", "x", "-1", "999999999", "9999999999", "1.0"])
@pytest.mark.parametrize("rest", ["", "/differences", "/restore"])
def test_a_revision_that_is_not_there(owner, number, rest):
    path = path_of(owner.a_pipeline(), f"/revisions/{number}{rest}")
    reply = owner.post(path) if rest == "/restore" else owner.get(path)
    assert (reply.status, reply.code) == (404, "REVISION_NOT_FOUND")


@pytest.mark.parametrize(
    ("query", "field"), [("?limit=0", "limit"), ("?limit=x", "limit"), ("?cursor=0", "cursor"), ("?cursor=x", "cursor")]
)
def test_a_wrong_query_is_refused_with_its_field(owner, query, field):
    reply = owner.get(path_of(owner.a_pipeline(), f"/revisions{query}"))
    assert (reply.status, reply.wrong_fields) == (422, [field])


def test_comparing_with_a_revision_that_is_not_there(owner):
    path = path_of(owner.a_pipeline(), "/revisions/1/differences?against=")
    assert owner.get(f"{path}7").code == "REVISION_NOT_FOUND"
    assert owner.get(f"{path}0").wrong_fields == ["against"]


def test_anothers_pipeline_looks_exactly_like_none(owner, stranger):
    pipeline, none = owner.a_pipeline(), {"id": "pip_0000000000000000000a"}
    for method, rest in (("GET", ""), ("GET", "/1"), ("GET", "/1/differences"), ("POST", "/1/restore")):
        asked = [stranger.request(method, path_of(which, f"/revisions{rest}")) for which in (pipeline, none)]
        assert [(reply.status, reply.code) for reply in asked] == [(404, "PIPELINE_NOT_FOUND")] * 2
        assert asked[0].json["error"]["message"] == asked[1].json["error"]["message"]


@pytest.mark.parametrize(("role", "status"), [("viewer", 403), ("editor", 200)])
def test_viewers_look_and_editors_set_back(as_role, owner, role, status):
    pipeline = owner.a_pipeline()
    owner.put(path_of(pipeline), {"name": "New"})
    api = as_role(role)
    assert len(revisions(api, pipeline)) == 2
    assert api.get(path_of(pipeline, "/revisions/2/differences")).status == 200
    assert set_back(api, pipeline, 1).status == status


def test_a_pipeline_from_before_there_were_revisions_gets_them_from_now_on(owner):
    pipeline = owner.a_pipeline()
    PipelineRevision.get(pipeline["id"], 1).delete()
    assert revisions(owner, pipeline) == []
    owner.put(path_of(pipeline), {"name": "New"})
    assert [each["number"] for each in revisions(owner, pipeline)] == [2]
    assert owner.get(path_of(pipeline, "/revisions/2/differences")).json["against"] is None
