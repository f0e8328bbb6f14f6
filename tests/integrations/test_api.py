"""Integrations in the admin API, operation by operation."""

import json
import re

import pytest

from chalicelib.integrations import catalog, revisions, targets
from chalicelib.integrations.table import Integration, Revision

from ..client import WEBHOOK, path_of_integration
from .samples import CONFIGS

INTEGRATIONS = "/v1/admin/integrations"
VENDORS = "/v1/admin/vendors"
A_WEBHOOK = {"name": "Webhook", "vendor": "webhook", "config": WEBHOOK, "mapping": {}}
EMPTY = {"global": {}, "defaults": {}}  # a mapping that sends every event as it is


# Vendors


def test_vendors_are_listed_with_what_one_has_to_know_to_choose(owner):
    listed = owner.get(VENDORS).json["vendors"]
    assert [vendor["key"] for vendor in listed] == catalog.all_keys()
    assert listed[0] == {
        "key": "google_analytics_4",
        "name": "Google Analytics 4",
        "description": "Events and purchases in the reports of a property, by the Measurement Protocol.",
        "category": "analytics",
        "documentation": "https://developers.google.com/analytics/devguides/collection/protocol/ga4/reference",
        "consent": "analytics",
        "testable": True,
        "batches": True,
        "presets": ["e_commerce"],
    }


@pytest.mark.parametrize("key", catalog.all_keys())
def test_a_vendor_is_shown_with_its_schema_and_presets(owner, key):
    vendor = owner.get(f"{VENDORS}/{key}").json
    assert vendor["config_schema"] == json.loads(json.dumps(catalog.json_schema(key)))
    assert list(vendor["preset_mappings"]) == vendor["presets"]


@pytest.mark.parametrize("key", ["nobody", "%00", "google_analytics_4 "])
def test_what_is_no_vendor_is_not_found(owner, key):
    assert owner.get(f"{VENDORS}/{key}").status == 404


def test_an_unknown_vendor_has_its_own_code(owner):
    assert owner.get(f"{VENDORS}/nobody").code == "VENDOR_NOT_FOUND"


# Create


def test_an_integration_is_created_with_its_first_revision(owner, time):
    created = owner.an_integration(name="GA", vendor="google_analytics_4", config=CONFIGS["google_analytics_4"])
    assert re.fullmatch(r"int_[0-9a-hjkmnp-tv-z]{20}", created["id"])
    revision = created["revision"]
    assert created == {
        "id": created["id"],
        "org_id": created["org_id"],
        "name": "GA",
        "description": "",
        "vendor": "google_analytics_4",
        "enabled": True,
        "latest_revision": 1,
        "created_at": "2026-02-25T10:00:00Z",
        "updated_at": "2026-02-25T10:00:00Z",
        "revision": revision,
    }
    assert revision == {
        "number": 1,
        "parameters": [],
        "consent": "analytics",
        "requests_per_second": 100,
        "note": "",
        "created_at": "2026-02-25T10:00:00Z",
        "created_by": owner.get("/v1/admin/auth/me").json["id"],
        "integration_id": created["id"],
        "vendor": "google_analytics_4",
        "config": {
            "measurement_id": "G-1A2BCD345E",
            "api_secret": "***",
            "region": "global",
            "send_ip": True,
            "debug_view": False,
        },
        "mapping": EMPTY,
    }


def test_the_answer_to_a_create_says_where_the_integration_is(owner):
    reply = owner.post(INTEGRATIONS, A_WEBHOOK)
    assert reply.headers["Location"] == path_of_integration(reply.json)
    assert reply.headers["ETag"] == '"1"'


@pytest.mark.parametrize("key", catalog.all_keys())
def test_every_vendor_can_be_integrated_by_each_of_its_presets(owner, key):
    for preset in catalog.known(key).presets:
        body = {"name": f"{key} {preset}", "vendor": key, "config": CONFIGS[key], "preset": preset}
        created = owner.post(INTEGRATIONS, body).json
        assert created["revision"]["mapping"] == owner.get(f"{VENDORS}/{key}").json["preset_mappings"][preset]
        assert created["revision"]["consent"] == catalog.known(key).consent


def test_parameters_of_config_mapping_and_secrets_are_known(owner):
    config = {"url": "https://x.example/{{pipeline_param.path}}", "auth_token": "a-{{pipeline_param.token}}"}
    mapping = {"global": {"mappings": [{"target": "shop", "value": "{{pipeline_param.shop}}"}]}}
    created = owner.an_integration(config=config, mapping=mapping)
    assert created["revision"]["parameters"] == ["path", "shop", "token"]
    assert created["revision"]["config"]["auth_token"] == "***"


def test_a_secret_that_is_a_parameters_name_is_shown(owner):
    created = owner.an_integration(config=WEBHOOK | {"auth_token": "{{pipeline_param.token}}"})
    assert created["revision"]["config"]["auth_token"] == "{{pipeline_param.token}}"


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        pytest.param({"name": ""}, ["name"], id="no name"),
        pytest.param({"vendor": "nobody"}, ["vendor"], id="no vendor"),
        pytest.param({"config": []}, ["config"], id="a configuration that is none"),
        pytest.param({"config": {}}, ["config.url"], id="no url"),
        pytest.param({"config": {"url": "x", "nope": 1}}, ["config.nope", "config.url"], id="two wrong fields"),
        pytest.param({"config": WEBHOOK | {"auth_token": ""}}, ["config.auth_token"], id="a field that another needs"),
        pytest.param({"config": WEBHOOK | {"auth_token": "***"}}, ["config.auth_token"], id="no secret to keep"),
        pytest.param({"config": WEBHOOK | {"headers": {"Host": "x"}}}, ["config.headers.Host"], id="a header"),
        pytest.param(
            {"config": WEBHOOK | {"auth_token": "é" * 4000 + "{{pipeline_param.x}}"}},
            ["config.auth_token"],
            id="a secret with too many bytes",
        ),
        pytest.param({"mapping": {"events": {"x": {"y": 1}}}}, ["mapping.events.x.y"], id="in the mapping"),
        pytest.param({"mapping": {"global": 1}}, ["mapping.global"], id="a part of the mapping"),
        pytest.param({"config": {}, "mapping": {"x": 1}}, ["config.url", "mapping.x"], id="configuration and mapping"),
        pytest.param({"preset": "all_events"}, ["preset"], id="mapping and preset"),
        pytest.param({"consent": "any"}, ["consent"], id="consent"),
        pytest.param({"requests_per_second": 0}, ["requests_per_second"], id="no requests"),
        pytest.param({"requests_per_second": 1001}, ["requests_per_second"], id="too many requests"),
        pytest.param({"note": "x" * 501}, ["note"], id="a long note"),
        pytest.param({"description": "a\nb"}, ["description"], id="a line break"),
        pytest.param({"enabled": "yes"}, ["enabled"], id="enabled"),
        pytest.param({"revision": 1}, ["revision"], id="an unknown field"),
    ],
)
def test_a_bad_field_is_named_and_nothing_is_stored(owner, fields, wrong):
    reply = owner.post(INTEGRATIONS, A_WEBHOOK | fields)
    assert (reply.status, sorted(reply.wrong_fields)) == (422, wrong)
    assert owner.get(INTEGRATIONS).json["total"] == 0


@pytest.mark.parametrize(("fields", "wrong"), [({}, "mapping"), ({"preset": "nope"}, "preset")])
def test_a_mapping_or_a_preset_of_the_vendor_is_needed(owner, fields, wrong):
    body = {"name": "Webhook", "vendor": "webhook", "config": WEBHOOK} | fields
    assert owner.post(INTEGRATIONS, body).wrong_fields == [wrong]


def test_a_name_is_taken_once_whatever_its_case(owner, stranger):
    owner.an_integration(name="Straße")
    reply = owner.post(INTEGRATIONS, A_WEBHOOK | {"name": "STRASSE"})
    assert (reply.status, reply.code) == (409, "DUPLICATE_NAME")
    assert stranger.an_integration(name="Straße")["name"] == "Straße"


@pytest.mark.parametrize(("letter", "count"), [("a", 3000), ("é", 500), ("𝕏", 250)])
def test_what_does_not_fit_into_the_store_is_refused_by_its_largest_part(owner, letter, count):
    fields = [{"target": f"a{place}", "value": letter * count} for place in range(100)]
    reply = owner.post(INTEGRATIONS, A_WEBHOOK | {"mapping": {"global": {"mappings": fields}}})
    assert (reply.status, reply.wrong_fields) == (422, ["mapping"])


def test_what_just_fits_is_stored(owner):
    fields = [{"target": f"a{place}", "value": "é" * 300} for place in range(140)]
    created = owner.an_integration(mapping={"global": {"mappings": fields}})
    assert owner.get(path_of_integration(created)).json["revision"]["mapping"] == created["revision"]["mapping"]


def test_the_same_create_again_gives_the_first_answer(owner):
    first, again = (owner.post(INTEGRATIONS, A_WEBHOOK, Idempotency_Key="one") for _ in range(2))
    assert again.json == first.json
    assert again.headers["Idempotent-Replayed"] == "true"
    assert owner.get(INTEGRATIONS).json["total"] == 1
    assert owner.post(INTEGRATIONS, A_WEBHOOK | {"name": "x"}, Idempotency_Key="one").code == "IDEMPOTENCY_KEY_REUSED"


# Addresses


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("http://hooks.example.com/", id="not https"),
        pytest.param("https://127.0.0.1/", id="loopback"),
        pytest.param("https://[::1]/", id="loopback of IPv6"),
        pytest.param("https://169.254.169.254/latest/meta-data", id="metadata"),
        pytest.param("https://2130706433/", id="an address as a number"),
        pytest.param("https://hooks.example.com:22/", id="a port"),
        pytest.param("https://10.0.0.1/{{pipeline_param.path}}", id="a parameter in the path"),
    ],
)
def test_a_url_that_may_not_be_sent_to_is_refused(owner, url):
    reply = owner.post(INTEGRATIONS, A_WEBHOOK | {"config": WEBHOOK | {"url": url}})
    assert (reply.status, reply.wrong_fields) == (422, ["config.url"])


@pytest.mark.parametrize(
    "url",
    [
        "https://{{pipeline_param.host}}/",
        "{{pipeline_param.url}}",
        "https://hooks.example.com{{pipeline_param.rest}}",
        "https://hooks.example.com/{{pipeline_param.path}}",
    ],
)
def test_a_url_with_parameters_is_judged_as_far_as_it_is_known(owner, url):
    assert owner.post(INTEGRATIONS, A_WEBHOOK | {"config": WEBHOOK | {"url": url}}).status == 201


@pytest.mark.parametrize(
    ("addresses", "status"),
    [(["93.184.215.14"], 201), (["93.184.215.14", "10.0.0.1"], 422), (["::ffff:127.0.0.1"], 422), ([], 201)],
)
def test_all_addresses_of_a_name_are_judged(owner, monkeypatch, addresses, status):
    monkeypatch.setattr(targets, "resolver", lambda *_: addresses)
    assert owner.post(INTEGRATIONS, A_WEBHOOK).status == status


def test_a_name_that_is_not_found_is_let_pass(owner, monkeypatch):
    def fail(*_):
        raise OSError("no such name")

    monkeypatch.setattr(targets, "resolver", fail)
    assert owner.post(INTEGRATIONS, A_WEBHOOK).status == 201


def test_a_resolver_that_hangs_is_not_waited_for(owner, monkeypatch):
    from threading import Event

    ended = Event()
    monkeypatch.setattr(targets, "SECONDS", 0.05)
    monkeypatch.setattr(targets, "resolver", lambda *_: ended.wait(30) and [])
    assert owner.post(INTEGRATIONS, A_WEBHOOK).status == 201
    ended.set()


# Get and list


def test_an_integration_is_got_with_its_latest_revision(owner):
    created = owner.an_integration()
    owner.post(path_of_integration(created, "/revisions"), {"note": "two", "consent": "marketing"})
    got = owner.get(path_of_integration(created))
    assert (got.json["latest_revision"], got.json["revision"]["note"]) == (2, "two")
    assert owner.get(path_of_integration(created), If_None_Match=got.headers["ETag"]).status == 304


def test_a_list_is_filtered_and_paged(owner, time):
    names = []
    for number in range(5):
        time.pass_(seconds=1)
        names.append(owner.an_integration(name=f"Shop {number}", enabled=number != 3)["name"])
    owner.an_integration(name="GA", vendor="google_analytics_4", config=CONFIGS["google_analytics_4"])

    def listed(query):
        answer = owner.get(f"{INTEGRATIONS}{query}").json
        return [one["name"] for one in answer["integrations"]], answer["total"]

    assert listed("?limit=2&offset=1") == (names[1:3], 6)
    assert listed("?search=SHOP%202") == (["Shop 2"], 1)
    assert listed("?search=analytics") == (["GA"], 1)
    assert listed("?vendor=google_analytics_4") == (["GA"], 1)
    assert listed("?enabled=false") == (["Shop 3"], 1)
    assert listed("?offset=6") == ([], 6)
    assert owner.get(f"{INTEGRATIONS}?limit=101").wrong_fields == ["limit"]


# Update


def test_an_update_changes_what_is_given_and_leaves_the_rest(owner, time):
    created = owner.an_integration(description="old")
    del created["revision"]
    time.pass_(minutes=1)
    reply = owner.put(path_of_integration(created), {"enabled": False, "name": "New"})
    assert reply.json == created | {"enabled": False, "name": "New", "updated_at": "2026-02-25T10:01:00Z"}
    assert reply.headers["ETag"] == '"2"'
    owner.an_integration(name=created["name"])


def test_an_update_without_a_difference_is_no_new_version(owner):
    created = owner.an_integration()
    for body in ({}, {"enabled": True, "name": created["name"]}):
        assert owner.put(path_of_integration(created), body).headers["ETag"] == '"1"'


def test_a_name_may_change_its_case_and_not_be_somebody_elses(owner):
    created, other = owner.an_integration(name="shop"), owner.an_integration(name="Other")
    assert owner.put(path_of_integration(created), {"name": "SHOP"}).json["name"] == "SHOP"
    assert owner.put(path_of_integration(other), {"name": "Shop"}).code == "DUPLICATE_NAME"


@pytest.mark.parametrize("field", ["id", "org_id", "vendor", "latest_revision", "created_at", "updated_at"])
def test_what_makes_an_integration_itself_cannot_be_changed(owner, field):
    reply = owner.put(path_of_integration(owner.an_integration()), {field: "x"})
    assert reply.json["error"]["details"] == [{"field": field, "message": "cannot be changed"}]


@pytest.mark.parametrize(("if_match", "status"), [('"1"', 200), ("*", 200), ('"2"', 412), ('W/"1"', 412)])
@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_if_match_guards_a_change(owner, method, if_match, status):
    path = path_of_integration(owner.an_integration())
    body = {"enabled": False} if method == "PUT" else None
    assert owner.request(method, path, body, If_Match=if_match).status == status


# Delete and restore


def test_a_deleted_integration_is_invisible_and_its_name_free(owner):
    created = owner.an_integration()
    assert owner.delete(path_of_integration(created)).json == {"status": "deleted"}
    for rest in ("", "/revisions", "/revisions/1"):
        assert owner.get(path_of_integration(created, rest)).code == "INTEGRATION_NOT_FOUND"
    assert owner.delete(path_of_integration(created)).status == 404
    assert owner.get(INTEGRATIONS).json["total"] == 0
    owner.an_integration()


def test_a_restored_integration_is_as_it_was(owner):
    created = owner.an_integration()
    owner.delete(path_of_integration(created))
    assert owner.post(path_of_integration(created, "/restore")).headers["ETag"] == '"3"'
    assert owner.get(path_of_integration(created)).json == created
    assert owner.post(INTEGRATIONS, A_WEBHOOK).code == "DUPLICATE_NAME"


def test_a_restored_integration_gets_a_number_if_its_name_was_taken(owner):
    longest = "n" * 200
    created = owner.an_integration(name=longest)
    owner.delete(path_of_integration(created))
    owner.an_integration(name=longest)
    assert owner.post(path_of_integration(created, "/restore")).json["name"] == "n" * 196 + " (2)"


def test_what_is_not_deleted_cannot_be_restored(owner):
    reply = owner.post(path_of_integration(owner.an_integration(), "/restore"))
    assert (reply.status, reply.code) == (409, "INTEGRATION_NOT_DELETED")


# Revisions


def test_a_revision_has_what_is_given_and_the_rest_of_the_one_before(owner):
    created = owner.an_integration(mapping={"defaults": {"action": "drop"}}, consent="marketing")
    reply = owner.post(path_of_integration(created, "/revisions"), {"consent": "analytics", "note": "why"})
    assert reply.status == 201
    assert reply.headers["Location"] == path_of_integration(created, "/revisions/2")
    assert reply.json == created["revision"] | {"number": 2, "consent": "analytics", "note": "why"}
    assert owner.get(reply.headers["Location"]).json == reply.json
    preset = owner.post(path_of_integration(created, "/revisions"), {"preset": "all_events"}).json
    assert (preset["number"], preset["mapping"], preset["consent"]) == (3, EMPTY, "analytics")


def test_a_revision_never_changes(owner):
    created = owner.an_integration()
    owner.post(path_of_integration(created, "/revisions"), {"config": {"url": "https://other.example/"}})
    revisions.forget()
    assert owner.get(path_of_integration(created, "/revisions/1")).json == created["revision"]


@pytest.mark.parametrize("body", [{}, {"note": "only a note"}])
def test_a_revision_without_a_difference_is_refused(owner, body):
    created = owner.an_integration()
    assert owner.post(path_of_integration(created, "/revisions"), body).wrong_fields == ["config"]


def test_revisions_are_listed_the_newest_first(owner):
    created = owner.an_integration()
    for number in range(2, 6):
        owner.post(path_of_integration(created, "/revisions"), {"consent": "analytics", "note": f"n{number}"})
    listed = owner.get(path_of_integration(created, "/revisions?limit=2&offset=1")).json
    assert ([one["number"] for one in listed["revisions"]], listed["total"]) == ([4, 3], 5)
    shown = {"number", "parameters", "consent", "requests_per_second", "note", "created_at", "created_by"}
    assert set(listed["revisions"][0]) == shown
    assert owner.get(path_of_integration(created, "/revisions?offset=5")).json["revisions"] == []


@pytest.mark.parametrize("number", ["2", "0", "-1", "01", "x", "1.0", "9" * 40, "%00"])
def test_a_revision_that_is_not_there_is_not_found(owner, number):
    reply = owner.get(path_of_integration(owner.an_integration(), f"/revisions/{number}"))
    assert (reply.status, reply.code) == (404, "REVISION_NOT_FOUND")


def test_the_same_revision_again_is_made_once(owner):
    path = path_of_integration(owner.an_integration(), "/revisions")
    first, again = (owner.post(path, {"consent": "analytics"}, Idempotency_Key="r") for _ in range(2))
    assert first.json == again.json
    assert owner.get(path).json["total"] == 2


# Secrets


def stored(created, number=1):
    """A revision as those who send have it."""
    return revisions.revealed(Revision.get(created["id"], number))


def test_a_secret_is_stored_encrypted_and_never_shown(owner):
    created = owner.an_integration()
    assert stored(created)["auth_token"] == "secret-1"
    rows = [Revision.get(created["id"], 1), Integration.get(created["org_id"], created["id"])]
    assert "secret-1" not in json.dumps([row.to_simple_dict() for row in rows])


def test_a_masked_secret_stays(owner):
    created = owner.an_integration()
    config = owner.get(path_of_integration(created)).json["revision"]["config"] | {"method": "PUT"}
    made = owner.post(path_of_integration(created, "/revisions"), {"config": config}).json
    assert made["config"] == config
    assert stored(created, 2) == stored(created) | {"method": "PUT"}
    assert Revision.get(created["id"], 1).secrets == Revision.get(created["id"], 2).secrets


def test_a_configuration_that_is_carried_over_keeps_its_secrets(owner):
    created = owner.an_integration(config=WEBHOOK | {"auth_token": "a-{{pipeline_param.t}}"})
    made = owner.post(path_of_integration(created, "/revisions"), {"consent": "marketing"}).json
    assert made["parameters"] == ["t"]
    assert stored(created, 2) == stored(created)


def test_how_many_requests_a_vendor_gets_is_said_and_carried_over(owner):
    created = owner.an_integration(requests_per_second=5)
    path = path_of_integration(created, "/revisions")
    assert owner.post(path, {"consent": "marketing"}).json["requests_per_second"] == 5
    assert owner.post(path, {"requests_per_second": 50}).json["requests_per_second"] == 50
    assert owner.get(f"{path}/3/diff").json["differences"] == [
        {"path": "requests_per_second", "before": 5, "after": 50}
    ]


def test_a_secret_given_anew_replaces_the_old_one(owner):
    created = owner.an_integration()
    owner.post(path_of_integration(created, "/revisions"), {"config": WEBHOOK | {"auth_token": "secret-2"}})
    assert (stored(created)["auth_token"], stored(created, 2)["auth_token"]) == ("secret-1", "secret-2")


def test_a_secret_is_not_kept_for_another_address(owner):
    created = owner.an_integration()
    elsewhere = WEBHOOK | {"url": "https://attacker.example/", "auth_token": "***"}
    reply = owner.post(path_of_integration(created, "/revisions"), {"config": elsewhere})
    assert reply.json["error"]["details"] == [
        {"field": "config.auth_token", "message": "must be given again, because url changed"}
    ]
    given = owner.post(path_of_integration(created, "/revisions"), {"config": elsewhere | {"auth_token": "secret-2"}})
    assert given.status == 201


def test_a_secret_that_was_left_out_cannot_be_kept_later(owner):
    created = owner.an_integration()
    path = path_of_integration(created, "/revisions")
    assert owner.post(path, {"config": {"url": WEBHOOK["url"]}}).status == 201
    assert owner.post(path, {"config": WEBHOOK | {"auth_token": "***"}}).wrong_fields == ["config.auth_token"]


def test_secrets_are_not_logged(owner, logged):
    owner.an_integration()
    owner.post(INTEGRATIONS, A_WEBHOOK | {"config": WEBHOOK | {"url": "x"}})
    assert "secret-1" not in json.dumps(logged)


# Roles and tenants

ROLES = ["viewer", "editor", "admin", "owner"]
OPERATIONS = [
    ("GET", "", None, "viewer"),
    ("PUT", "", {"description": "x"}, "editor"),
    ("GET", "/revisions", None, "viewer"),
    ("POST", "/revisions", {"consent": "analytics"}, "editor"),
    ("GET", "/revisions/1", None, "viewer"),
    ("DELETE", "", None, "admin"),
    ("POST", "/restore", None, "admin"),
]


@pytest.mark.parametrize(("method", "rest", "body", "least"), OPERATIONS)
def test_an_operation_needs_its_role(owner, as_role, method, rest, body, least):
    created = owner.an_integration()
    for role in ROLES:
        enough = ROLES.index(role) >= ROLES.index(least)
        if rest == "/restore":
            owner.delete(path_of_integration(created))
        reply = as_role(role).request(method, path_of_integration(created, rest), body)
        assert (reply.status in (200, 201)) == enough, (role, reply.body)
        if not enough:
            missing = as_role(role).request(method, path_of_integration({"id": "int_missing"}, rest), body)
            assert (reply.code, missing.code) == ("FORBIDDEN", "FORBIDDEN")
        if method == "DELETE" and enough:
            owner.post(path_of_integration(created, "/restore"))


@pytest.mark.parametrize(
    ("role", "vendors", "listing", "creating"), [("viewer", 200, 200, 403), ("editor", 200, 200, 201)]
)
def test_reading_needs_a_viewer_and_creating_an_editor(as_role, role, vendors, listing, creating):
    caller = as_role(role)
    assert caller.get(VENDORS).status == vendors
    assert caller.get(INTEGRATIONS).status == listing
    assert caller.post(INTEGRATIONS, A_WEBHOOK).status == creating


@pytest.mark.parametrize(("method", "rest", "body", "_"), OPERATIONS)
def test_another_organisations_integration_and_a_missing_one_look_the_same(owner, stranger, method, rest, body, _):
    foreign = stranger.an_integration()
    answers = [
        owner.request(method, path_of_integration({"id": integration_id}, rest), body)
        for integration_id in (foreign["id"], "int_00000000000000000000", "nonsense", "%00")
    ]
    contents = {re.sub(rb'"request_id":"[^"]*"', b"", answer.body) for answer in answers}
    assert [answer.status for answer in answers] == [404] * 4
    assert len(contents) == 1


def test_what_cannot_be_an_identifier_is_not_looked_up(owner, logged):
    owner.get(path_of_integration({"id": "int_" + "U" * 20}))
    assert logged[-1]["aws_calls"] == {}


@pytest.mark.parametrize(
    ("act", "calls"),
    [
        pytest.param(lambda api, path: api.get(path), 1, id="get"),
        pytest.param(lambda api, path: api.get(INTEGRATIONS), 1, id="list"),
        pytest.param(lambda api, path: api.put(path, {"enabled": False}), 2, id="update"),
        pytest.param(lambda api, path: api.delete(path), 2, id="delete"),
        pytest.param(lambda api, path: api.post(f"{path}/revisions", {"consent": "analytics"}), 2, id="revise"),
        pytest.param(lambda api, path: api.post(INTEGRATIONS, A_WEBHOOK | {"name": "x"}), 1, id="create"),
    ],
)
def test_the_store_is_asked_as_seldom_as_can_be(owner, logged, act, calls):
    path = path_of_integration(owner.an_integration())
    owner.get(path)
    act(owner, path)
    assert logged[-1]["aws_calls"]["dynamodb"] == calls
