"""Looking entries up: who may, filters, pages."""

import pytest

from chalicelib.audit import listing
from chalicelib.audit.entries import KEPT_SECONDS

from ..client import Api, path_of

LOGS = "/v1/admin/audit-logs"


def page(api, **query):
    reply = api.get(f"{LOGS}?" + "&".join(f"{name}={value}" for name, value in query.items()))
    assert reply.status == 200, reply.body
    return reply.json


def pages(api, **query):
    """All entries, page by page, and how many pages they were on."""
    found, cursor, count = [], {}, 0
    while True:
        answer = page(api, **query, **cursor)
        found += answer["entries"]
        count += 1
        if answer["next_cursor"] is None:
            return found, count
        cursor = {"cursor": answer["next_cursor"]}


@pytest.fixture
def history(owner, time, monkeypatch):
    """A hundred and thirty changes of two pipelines, one a minute; the pipelines."""
    monkeypatch.setenv("ACCESS_TOKEN_TTL", "86400")
    from chalicelib.settings import settings

    settings.cache_clear()
    patient = owner.signed_in("owner@acme.example")
    time.pass_(minutes=1)
    shops = [patient.a_pipeline(name=name) for name in ("One", "Two")]
    for number in range(128):
        time.pass_(minutes=1)
        patient.put(path_of(shops[number % 2]), {"rate_limit_rps": number + 1})
    yield patient, shops
    settings.cache_clear()


def test_pages_lead_through_all_entries_the_newest_first(history):
    owner, _ = history
    found, count = pages(owner, limit=50, action="pipeline.")
    assert (len(found), count) == (130, 3)
    assert [entry["id"] for entry in found] == sorted({entry["id"] for entry in found}, reverse=True)
    assert [entry["action"] for entry in found].count("pipeline.updated") == 128
    whole, _ = pages(owner, limit=100)
    assert len(whole) == 133  # the user, and two sign-ins


def test_filters_find_what_they_say(history):
    owner, (one, two) = history
    me = owner.get("/v1/admin/auth/me").json["id"]

    def count(**query):
        return len(pages(owner, limit=100, **query)[0])

    assert count(action="pipeline.created") == 2
    assert count(action="user.") == 1
    assert count(resource_type="user") == 3
    assert count(resource_id=one["id"]) == 65
    assert count(resource_id=two["id"], action="pipeline.created") == 1
    assert count(resource_id=one["id"], resource_type="user") == 0
    assert count(user_id=me) == 132
    assert count(user_id="operator") == 1
    newest = page(owner, limit=1)["entries"][0]
    assert count(**{"from": newest["timestamp"]}) == 1
    assert count(to=newest["timestamp"]) == 132
    half = {"from": "2026-02-25T10:10:00Z", "to": "2026-02-25T10:20:00Z"}
    assert count(**half) == 10
    assert count(resource_id=one["id"], **half) == 5
    assert count(**{"from": half["to"], "to": half["from"]}) == 0


def test_a_page_ends_after_so_many_rows_and_leads_on(history, monkeypatch):
    owner, _ = history
    monkeypatch.setattr(listing, "MOST_READ", 40)
    monkeypatch.setattr(listing, "PAGE", 15)
    first = page(owner, action="user.added")
    assert first["entries"] == []
    assert first["next_cursor"]
    found, count = pages(owner, action="user.added")
    assert (len(found), count) == (1, 4)


def test_a_cursor_beside_a_narrower_filter_finds_nothing(history):
    owner, _ = history
    oldest = pages(owner, limit=100)[0][-1]
    assert page(owner, cursor=oldest["id"]) == {"entries": [], "next_cursor": None}
    assert page(owner, cursor=oldest["id"], **{"from": "2026-02-25T10:10:00Z"})["entries"] == []


def test_after_400_days_an_entry_is_gone_though_the_store_still_has_it(owner, time):
    assert len(page(owner)["entries"]) == 2
    time.pass_(seconds=KEPT_SECONDS - 600)
    again = owner.signed_in("owner@acme.example")
    assert len(page(again)["entries"]) == 3
    time.pass_(seconds=601)
    assert len(page(again)["entries"]) == 1


@pytest.mark.parametrize(
    ("query", "field"),
    [
        pytest.param("user_id=somebody", "user_id", id="no user"),
        pytest.param("action=pipeline", "action", id="no action"),
        pytest.param("action=pipeline.exploded", "action", id="an unknown action"),
        pytest.param("resource_type=organisation", "resource_type", id="an unknown type"),
        pytest.param("resource_id=1", "resource_id", id="no id"),
        pytest.param("from=yesterday", "from", id="no time"),
        pytest.param("to=2026-99-01", "to", id="no day"),
        pytest.param("limit=0", "limit", id="too few"),
        pytest.param("limit=101", "limit", id="too many"),
        pytest.param("cursor=abc", "cursor", id="no cursor"),
    ],
)
def test_a_query_that_is_wrong_is_refused_with_its_field(owner, query, field):
    reply = owner.get(f"{LOGS}?{query}")
    assert (reply.status, reply.wrong_fields) == (422, [field])


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_times_far_off_are_no_mistake(owner, moment):
    for name in ("from", "to"):
        assert owner.get(f"{LOGS}?{name}={moment}").status == 200


@pytest.mark.parametrize(("role", "status"), [("viewer", 403), ("editor", 403), ("admin", 200), ("owner", 200)])
def test_admins_alone_may_look(as_role, role, status):
    assert as_role(role).get(LOGS).status == status


def test_nobody_may_look_without_signing_in(owner):
    assert Api(owner.send).get(LOGS).status == 401


def test_tenants_do_not_see_each_other(owner, stranger):
    pipeline = owner.a_pipeline()
    assert page(stranger, resource_id=pipeline["id"])["entries"] == []
    ours = {entry["id"] for entry in page(owner)["entries"]}
    assert not ours & {entry["id"] for entry in page(stranger)["entries"]}


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_nothing_changes_an_entry(owner, method):
    entry = page(owner)["entries"][0]
    assert owner.request(method, LOGS).status == 405
    assert owner.request(method, f"{LOGS}/{entry['id']}").status == 404
