"""The audit trail and the history of pipelines on a real engine: the words that it reserves, its pages, its races."""

import pytest

from chalicelib.audit import listing

from ..client import path_of
from .conftest import at_once
from .invariants import check

LOGS = "/v1/admin/audit-logs"


@pytest.mark.parametrize(
    "query", ["", "&action=pipeline.updated", "&from=2020-01-01T00:00:00Z&to=2100-01-01T00:00:00Z"]
)
@pytest.mark.parametrize("of_one", [True, False], ids=["of one", "of all"])
def test_pages_lead_through_all_entries(owner, monkeypatch, query, of_one):
    monkeypatch.setattr(listing, "PAGE", 4)
    pipeline = owner.a_pipeline()
    for number in range(12):
        owner.put(path_of(pipeline), {"rate_limit_rps": number + 1})
    chosen = f"{query}&resource_id={pipeline['id']}" if of_one else query
    found, cursor = [], ""
    while cursor is not None:
        answer = owner.get(f"{LOGS}?limit=5{chosen}{cursor}").json
        found += answer["entries"]
        cursor = answer["next_cursor"] and f"&cursor={answer['next_cursor']}"
    updates = [entry for entry in found if entry["action"] == "pipeline.updated"]
    assert [entry["changes"]["rate_limit_rps"]["new"] for entry in updates] == list(range(12, 0, -1))
    assert [entry["id"] for entry in found] == sorted({entry["id"] for entry in found}, reverse=True)


def test_revisions_are_listed_and_compared(owner):
    pipeline = owner.a_pipeline()
    for number in range(5):
        owner.put(path_of(pipeline), {"rate_limit_rps": number + 1})
    page = owner.get(path_of(pipeline, "/revisions?limit=3")).json
    rest = owner.get(path_of(pipeline, f"/revisions?limit=3&cursor={page['next_cursor']}")).json
    assert [each["number"] for each in page["revisions"] + rest["revisions"]] == [6, 5, 4, 3, 2, 1]
    compared = owner.get(path_of(pipeline, "/revisions/6/differences?against=2")).json
    assert compared["differences"] == [{"path": "rate_limit_rps", "before": 1, "after": 5}]


def test_setting_back_among_other_changes_loses_none(owner, tables):
    pipeline = owner.a_pipeline()
    owner.put(path_of(pipeline), {"name": "New"})
    changes = [lambda number=number: owner.put(path_of(pipeline), {"labels": [str(number)]}) for number in range(5)]
    set_back = [lambda: owner.post(path_of(pipeline, "/revisions/1/restore"))] * 3
    assert {reply.status for reply in at_once(changes + set_back)} == {200}
    check(tables, pipeline["org_id"])


def test_of_changes_of_one_version_one_is_made(owner, tables):
    pipeline = owner.a_pipeline()
    owner.put(path_of(pipeline), {"name": "New"})
    set_back = [lambda: owner.post(path_of(pipeline, "/revisions/1/restore"), If_Match='"2"')] * 4
    others = [lambda: owner.put(path_of(pipeline), {"name": "Other"}, If_Match='"2"')] * 4
    statuses = sorted(reply.status for reply in at_once(set_back + others))
    assert statuses == [200] + [412] * 7
    check(tables, pipeline["org_id"])


def test_of_those_who_end_a_session_one_is_told(api, owner, org):
    login = {"email": f"owner@{org}.example", "password": "correct horse battery staple"}
    token = api.post("/v1/admin/auth/login", login).json["refresh_token"]
    sign_out = [lambda: api.post("/v1/admin/auth/logout", {"refresh_token": token})] * 4
    assert {reply.status for reply in at_once(sign_out)} == {200}
    assert len(owner.get(f"{LOGS}?action=auth.logout").json["entries"]) == 1
