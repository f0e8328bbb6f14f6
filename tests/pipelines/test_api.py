"""The pipelines of the admin API, operation by operation."""

import json
import re

import pytest

from ..client import path_of

PIPELINES = "/v1/admin/pipelines"


# Create


def test_a_pipeline_is_created_with_every_documented_default(owner, time):
    created = owner.a_pipeline(name="Marketing Website")
    secret = created.pop("pipeline_key_secret")
    pipeline_id = created["id"]
    assert re.fullmatch(r"pip_[0-9a-hjkmnp-tv-z]{20}", pipeline_id)
    assert re.fullmatch(r"sk_[A-Za-z0-9_-]{43}", secret)
    assert created == {
        "id": pipeline_id,
        "org_id": created["org_id"],
        "name": "Marketing Website",
        "slug": "marketing-website",
        "type": "web",
        "pipeline_key": f"dk_{pipeline_id}",
        "pipeline_key_secret_prefix": secret[:7],
        "pipeline_key_secrets": [{"prefix": secret[:7], "expires_at": None, "last_used_at": None}],
        "domain_allowlist": [],
        "labels": [],
        "rate_limit_rps": 1000,
        "challenge_token_required": False,
        "parameters": {},
        "config": {},
        "js_builder_config": {
            "script_filename": "d.js",
            "global_variable": "_df",
            "delivery_method": "cdn",
            "vendor_syncs": {},
            "consent_config": {},
            "cross_domain": False,
            "page_views": "history",
            "retry": True,
            "batch_size": 10,
            "flush_interval_ms": 1000,
        },
        "identity_config": {"cross_domain_enabled": False, "cross_domain_domains": [], "vendor_sync": {}},
        "enabled": True,
        "created_at": "2026-02-25T10:00:00Z",
        "updated_at": "2026-02-25T10:00:00Z",
    }


def test_the_answer_to_a_create_says_where_the_pipeline_is(owner):
    reply = owner.post(PIPELINES, {"name": "Shop", "type": "web"})
    assert reply.headers["Location"] == path_of(reply.json)
    assert reply.headers["ETag"] == '"1"'


def test_the_secret_is_never_shown_again(owner):
    created = owner.a_pipeline()
    answers = [owner.get(path_of(created)), owner.get(PIPELINES), owner.put(path_of(created), {"name": "New"})]
    assert all(created["pipeline_key_secret"] not in answer.body.decode() for answer in answers)


@pytest.mark.parametrize(
    ("names", "slugs"),
    [
        (["Shop", "Shop", "shop!"], ["shop", "shop-2", "shop-3"]),
        (["🎉", "✨"], ["pipeline", "pipeline-2"]),
    ],
)
def test_a_slug_made_from_a_name_gets_a_number_when_it_is_taken(owner, names, slugs):
    assert [owner.a_pipeline(name=name)["slug"] for name in names] == slugs


def test_a_given_slug_that_is_taken_is_a_conflict(owner):
    owner.a_pipeline(slug="shop")
    reply = owner.post(PIPELINES, {"name": "Other", "type": "app", "slug": "shop"})
    assert (reply.status, reply.code) == (409, "DUPLICATE_SLUG")


def test_organisations_do_not_share_slugs(owner, stranger):
    assert owner.a_pipeline(slug="shop")["slug"] == stranger.a_pipeline(slug="shop")["slug"]


BAD_FIELDS = [
    ({"name": ""}, "name"),
    ({"name": "x" * 201}, "name"),
    ({"name": "a\u0000b"}, "name"),
    ({"name": 5}, "name"),
    ({"slug": "Not A Slug"}, "slug"),
    ({"slug": "-a"}, "slug"),
    ({"slug": "a" * 64}, "slug"),
    ({"slug": None}, "slug"),
    ({"domain_allowlist": "example.com"}, "domain_allowlist"),
    ({"domain_allowlist": ["example.com", "https://x"]}, "domain_allowlist[1]"),
    ({"domain_allowlist": [f"h{n}.test" for n in range(201)]}, "domain_allowlist"),
    ({"labels": ["ok", ""]}, "labels[1]"),
    ({"labels": ["x" * 101]}, "labels[0]"),
    ({"labels": ["a\nb"]}, "labels[0]"),
    ({"labels": [f"l{n}" for n in range(65)]}, "labels"),
    ({"rate_limit_rps": 0}, "rate_limit_rps"),
    ({"rate_limit_rps": "10"}, "rate_limit_rps"),
    ({"rate_limit_rps": 1.5}, "rate_limit_rps"),
    ({"rate_limit_rps": True}, "rate_limit_rps"),
    ({"rate_limit_rps": 10**30}, "rate_limit_rps"),
    ({"challenge_token_required": "yes"}, "challenge_token_required"),
    ({"parameters": {"1x": "a"}}, "parameters.1x"),
    ({"parameters": {"a b": "a"}}, "parameters.a b"),
    ({"parameters": {"a": 1}}, "parameters.a"),
    ({"parameters": {"a": "x" * 4097}}, "parameters.a"),
    ({"parameters": {f"k{n}": "" for n in range(201)}}, "parameters"),
    ({"parameters": {f"k{n}": "x" * 4000 for n in range(60)}}, "parameters"),
    ({"parameters": {f"k{n}": "é" * 3000 for n in range(20)}}, "parameters"),
    ({"parameters": {f"k{n}": "𝕏" * 1000 for n in range(20)}}, "parameters"),
    ({"config": []}, "config"),
    ({"config": {"__proto__": 1}}, "config"),
    ({"js_builder_config": {"script_filename": "../d.js"}}, "js_builder_config.script_filename"),
    ({"js_builder_config": {"script_filename": "d.js\r\nX: y"}}, "js_builder_config.script_filename"),
    ({"js_builder_config": {"script_filename": "d.js\n"}}, "js_builder_config.script_filename"),
    ({"js_builder_config": {"global_variable": "window"}}, "js_builder_config.global_variable"),
    ({"js_builder_config": {"delivery_method": "ftp"}}, "js_builder_config.delivery_method"),
    ({"js_builder_config": {"nope": 1}}, "js_builder_config.nope"),
    ({"identity_config": {"cross_domain_domains": ["a/b"]}}, "identity_config.cross_domain_domains[0]"),
    ({"enabled": "true"}, "enabled"),
    ({"enabled": None}, "enabled"),
    ({"nmae": "typo"}, "nmae"),
    ({"pipeline_key_secret": "sk_mine"}, "pipeline_key_secret"),
]


@pytest.mark.parametrize(("fields", "wrong"), BAD_FIELDS, ids=lambda value: str(value)[:50])
def test_a_bad_field_is_named_and_nothing_is_stored(owner, fields, wrong):
    reply = owner.post(PIPELINES, {"name": "Shop", "type": "web"} | fields)
    assert (reply.status, reply.code, reply.wrong_fields) == (422, "VALIDATION_FAILED", [wrong])
    assert owner.get(PIPELINES).json["total"] == 0


def test_all_bad_fields_are_named_at_once(owner):
    reply = owner.post(PIPELINES, {"type": "x", "labels": [1, ""], "rate_limit_rps": -1})
    assert sorted(reply.wrong_fields) == ["labels[0]", "labels[1]", "name", "rate_limit_rps", "type"]


# Get


def test_a_pipeline_is_got_whole_and_without_its_secret(owner):
    created = owner.a_pipeline(parameters={"ga4_api_secret": "x"}, labels=["a", "a", " b "])
    del created["pipeline_key_secret"]
    assert created["labels"] == ["a", "b"]
    assert owner.get(path_of(created)).json == created


def test_a_known_version_is_not_sent_again(owner):
    created = owner.a_pipeline()
    reply = owner.get(path_of(created), If_None_Match='W/"7", "1"')
    assert (reply.status, reply.body, reply.headers["ETag"]) == (304, b"", '"1"')


def test_another_organisations_pipeline_and_a_missing_one_look_the_same(owner, stranger):
    foreign = stranger.a_pipeline()
    operations = [
        ("GET", "", None),
        ("PUT", "", {"name": "x"}),
        ("DELETE", "", None),
        ("POST", "/restore", None),
        ("POST", "/rotate-secret", None),
        ("POST", "/tokens", None),
        ("POST", "/collector/build", None),
        ("GET", "/collector/status", None),
        ("GET", "/collector/download", None),
        ("GET", "/events", None),
    ]
    for method, rest, body in operations:
        answers = [
            owner.request(method, path_of({"id": pipeline_id}, rest), body)
            for pipeline_id in (foreign["id"], "pip_00000000000000000000", "nonsense")
        ]
        contents = {without_request_id(answer) for answer in answers}
        assert [answer.status for answer in answers] == [404] * 3, (method, rest)
        assert len(contents) == 1, (method, rest)


@pytest.mark.parametrize("pipeline_id", ["x" * 3000, "pip_" + "0" * 19, "pip_" + "U" * 20, "%00", "pip_%0A", "..%2f"])
def test_what_cannot_be_an_identifier_is_not_looked_up(owner, logged, pipeline_id):
    assert owner.get(path_of({"id": pipeline_id})).code == "PIPELINE_NOT_FOUND"
    assert logged[-1]["aws_calls"] == {}


def without_request_id(reply):
    return re.sub(rb'"request_id":"[^"]*"', b"", reply.body)


# Update


def test_an_update_changes_what_is_given_and_leaves_the_rest(owner, time):
    created = owner.a_pipeline(labels=["a"], parameters={"k": "v"}, config={"x": 1})
    time.pass_(minutes=5)
    updated = owner.put(path_of(created), {"labels": ["b"], "enabled": False}).json
    del created["pipeline_key_secret"]
    changes = {"labels": ["b"], "enabled": False, "updated_at": "2026-02-25T10:05:00Z"}
    assert updated == created | changes == owner.get(path_of(created)).json


def test_a_list_or_object_given_replaces_the_old_one(owner):
    created = owner.a_pipeline(parameters={"a": "1", "b": "2"}, domain_allowlist=["a.test", "b.test"])
    updated = owner.put(path_of(created), {"parameters": {"c": "3"}, "domain_allowlist": []}).json
    assert (updated["parameters"], updated["domain_allowlist"]) == ({"c": "3"}, [])


def test_a_configuration_object_given_gets_its_defaults_back(owner):
    created = owner.a_pipeline(js_builder_config={"script_filename": "x.js", "cross_domain": True})
    updated = owner.put(path_of(created), {"js_builder_config": {"global_variable": "shop"}}).json
    assert updated["js_builder_config"]["script_filename"] == "d.js"
    assert updated["js_builder_config"]["cross_domain"] is False


@pytest.mark.parametrize("field", ["id", "org_id", "type", "pipeline_key", "created_at", "pipeline_key_secret_prefix"])
def test_what_makes_a_pipeline_itself_cannot_be_changed(owner, field):
    reply = owner.put(path_of(owner.a_pipeline()), {field: "web"})
    assert reply.status == 422
    assert reply.json["error"]["details"] == [{"field": field, "message": "cannot be changed"}]


@pytest.mark.parametrize(("fields", "wrong"), BAD_FIELDS[:-1], ids=lambda value: str(value)[:50])
def test_an_update_validates_like_a_create(owner, fields, wrong):
    created = owner.a_pipeline()
    reply = owner.put(path_of(created), fields)
    assert (reply.status, reply.wrong_fields) == (422, [wrong])
    assert owner.get(path_of(created)).headers["ETag"] == '"1"'


def test_an_update_without_a_difference_is_no_new_version(owner):
    created = owner.a_pipeline()
    for body in ({}, {"name": created["name"], "enabled": True}):
        assert owner.put(path_of(created), body).headers["ETag"] == '"1"'


@pytest.mark.parametrize(("old", "new"), [(1, True), (0, False), (1, 1.5), (None, False), ([1], [True])])
def test_a_difference_that_json_knows_is_a_difference(owner, old, new):
    created = owner.a_pipeline(config={"a": old})
    owner.put(path_of(created), {"config": {"a": new}})
    assert json.dumps(owner.get(path_of(created)).json["config"]) == json.dumps({"a": new})


def test_a_slug_can_be_changed_and_the_old_one_is_free(owner):
    created = owner.a_pipeline(slug="old")
    assert owner.put(path_of(created), {"slug": "new"}).json["slug"] == "new"
    assert owner.a_pipeline(slug="old")["slug"] == "old"
    reply = owner.put(path_of(created), {"slug": "old", "name": "Not this either"})
    assert (reply.status, reply.code) == (409, "DUPLICATE_SLUG")
    assert owner.get(path_of(created)).json["name"] == created["name"]


@pytest.mark.parametrize(
    ("if_match", "status"),
    [('"1"', 200), ('"7", "1"', 200), ("*", 200), ('"2"', 412), ('W/"1"', 412), ("1", 412), ("", 412)],
)
def test_if_match_guards_a_change(owner, if_match, status):
    created = owner.a_pipeline()
    reply = owner.put(path_of(created), {"name": "Changed"}, If_Match=if_match)
    assert reply.status == status
    assert owner.get(path_of(created)).json["name"] == ("Changed" if status == 200 else "Shop")


# Delete and restore


def test_a_deleted_pipeline_is_invisible_everywhere(owner):
    created = owner.a_pipeline()
    assert owner.delete(path_of(created)).json == {"status": "deleted"}
    assert owner.get(path_of(created)).status == 404
    assert owner.delete(path_of(created)).status == 404
    assert owner.post(path_of(created, "/rotate-secret")).status == 404
    listed = owner.get(PIPELINES).json
    assert (listed["total"], listed["available_labels"]) == (0, [])


def test_a_deleted_pipelines_slug_is_free(owner):
    owner.delete(path_of(owner.a_pipeline(slug="shop")))
    assert owner.a_pipeline(slug="shop")["slug"] == "shop"


def test_a_restored_pipeline_is_as_it_was(owner, time):
    created = owner.a_pipeline(labels=["a"])
    owner.delete(path_of(created))
    time.pass_(days=3)
    owner = owner.signed_in("owner@acme.example")
    restored = owner.post(path_of(created, "/restore"))
    del created["pipeline_key_secret"]
    assert restored.json == created | {"updated_at": "2026-02-28T10:00:00Z"}
    assert owner.get(PIPELINES).json["total"] == 1


def test_a_restored_pipeline_gets_a_numbered_slug_if_its_own_was_taken(owner):
    created = owner.a_pipeline(slug="shop")
    owner.delete(path_of(created))
    owner.a_pipeline(slug="shop")
    assert owner.post(path_of(created, "/restore")).json["slug"] == "shop-2"


def test_a_slug_with_a_number_stays_a_slug(owner):
    longest = "a" * 63
    created = owner.a_pipeline(slug=longest)
    owner.delete(path_of(created))
    owner.a_pipeline(slug=longest)
    restored = owner.post(path_of(created, "/restore")).json
    assert restored["slug"] == "a" * 61 + "-2"
    assert owner.put(path_of(created), {"slug": restored["slug"]}).status == 200


def test_what_is_not_deleted_cannot_be_restored(owner):
    reply = owner.post(path_of(owner.a_pipeline(), "/restore"))
    assert (reply.status, reply.code) == (409, "PIPELINE_NOT_DELETED")


def test_if_match_guards_a_delete(owner):
    created = owner.a_pipeline()
    assert owner.delete(path_of(created), If_Match='"9"').status == 412
    assert owner.get(path_of(created)).status == 200


# Rotate


def test_a_rotation_shows_the_new_secret_once(owner):
    created = owner.a_pipeline()
    rotated = owner.post(path_of(created, "/rotate-secret")).json
    assert rotated == {
        "pipeline_key": created["pipeline_key"],
        "pipeline_key_secret": rotated["pipeline_key_secret"],
        "pipeline_key_secret_prefix": rotated["pipeline_key_secret"][:7],
    }
    assert rotated["pipeline_key_secret"] != created["pipeline_key_secret"]
    assert owner.get(path_of(created)).json["pipeline_key_secret_prefix"] == rotated["pipeline_key_secret_prefix"]


def test_a_grace_period_keeps_the_old_secret_until_it_ends(owner, time):
    created = owner.a_pipeline()
    rotated = owner.post(path_of(created, "/rotate-secret"), {"grace_seconds": 3600}).json
    assert rotated["previous_secret_expires_at"] == "2026-02-25T11:00:00Z"
    assert owner.get(path_of(created)).json["pipeline_key_secrets"] == [
        {"prefix": rotated["pipeline_key_secret_prefix"], "expires_at": None, "last_used_at": None},
        {
            "prefix": created["pipeline_key_secret_prefix"],
            "expires_at": "2026-02-25T11:00:00Z",
            "last_used_at": None,
        },
    ]
    time.pass_(hours=1)
    owner = owner.signed_in("owner@acme.example")
    assert len(owner.get(path_of(created)).json["pipeline_key_secrets"]) == 1


def test_the_next_rotation_without_grace_ends_the_one_before(owner, time):
    created = owner.a_pipeline()
    owner.post(path_of(created, "/rotate-secret"), {"grace_seconds": 3600})
    owner.post(path_of(created, "/rotate-secret"))
    assert len(owner.get(path_of(created)).json["pipeline_key_secrets"]) == 1


@pytest.mark.parametrize("grace", [-1, 604_801, "60", 1.5, None])
def test_a_grace_period_is_at_most_a_week(owner, grace):
    reply = owner.post(path_of(owner.a_pipeline(), "/rotate-secret"), {"grace_seconds": grace})
    assert (reply.status, reply.wrong_fields) == (422, ["grace_seconds"])


# Challenge tokens


def test_a_challenge_token_lives_an_hour(owner, time):
    issued = owner.post(path_of(owner.a_pipeline(), "/tokens")).json
    assert re.fullmatch(r"ct_[A-Za-z0-9_-]{43}", issued["token"])
    assert issued["expires_at"] == "2026-02-25T11:00:00Z"


# Roles

ROLES = ["viewer", "editor", "admin", "owner"]


@pytest.mark.parametrize(
    ("method", "rest", "body", "least"),
    [
        ("GET", "", None, "viewer"),
        ("PUT", "", {"enabled": True}, "editor"),
        ("POST", "/tokens", None, "editor"),
        ("POST", "/collector/build", None, "editor"),
        ("GET", "/collector/status", None, "viewer"),
        ("GET", "/events", None, "viewer"),
        ("POST", "/rotate-secret", None, "admin"),
        ("DELETE", "", None, "admin"),
        ("POST", "/restore", None, "admin"),
    ],
)
def test_an_operation_needs_its_role(owner, as_role, method, rest, body, least):
    created = owner.a_pipeline()
    for role in ROLES:
        enough = ROLES.index(role) >= ROLES.index(least)
        if rest == "/restore":
            owner.delete(path_of(created))
        reply = as_role(role).request(method, path_of(created, rest), body)
        assert (reply.status == 200) == enough, (role, reply.body)
        if not enough:
            assert reply.code == "FORBIDDEN"
            missing = as_role(role).request(method, path_of({"id": "pip_missing"}, rest), body)
            assert missing.status == 403
        if method == "DELETE" and enough:
            owner.post(path_of(created, "/restore"))


@pytest.mark.parametrize(("role", "list_status", "create_status"), [("viewer", 200, 403), ("editor", 200, 201)])
def test_listing_needs_a_viewer_and_creating_an_editor(as_role, role, list_status, create_status):
    caller = as_role(role)
    assert caller.get(PIPELINES).status == list_status
    assert caller.post(PIPELINES, {"name": "x", "type": "web"}).status == create_status
