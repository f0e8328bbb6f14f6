"""The scheduled cleanup."""

import pytest

import app
from chalicelib import cleanup
from chalicelib.accounts.table import Session, SignInFailures
from chalicelib.api.table import IdempotencyRecord
from chalicelib.pipelines.table import ChallengeToken

from .client import path_of

PLENTY = 60_000  # milliseconds


@pytest.fixture
def expired(owner, api, time):
    """One row that has expired in each table, and one that has not."""
    pipeline = owner.a_pipeline()

    def leave_rows(caller):
        caller.post(path_of(pipeline, "/tokens"), Idempotency_Key=f"day-{time.moment:%d}")
        api.post("/v1/admin/auth/login", {"email": f"nobody{time.moment:%d}@acme.example", "password": "x"})

    leave_rows(owner)
    time.pass_(days=8)
    leave_rows(owner.signed_in("owner@acme.example"))


def rows():
    return [len(list(table.scan())) for table in (ChallengeToken, Session, IdempotencyRecord, SignInFailures)]


def test_what_has_expired_goes_and_the_rest_stays(expired):
    assert rows() == [2, 2, 2, 2]
    cleanup.run(lambda: PLENTY)
    assert rows() == [1, 1, 1, 1]


def test_a_second_run_finds_nothing(expired):
    cleanup.run(lambda: PLENTY)
    assert set(cleanup.run(lambda: PLENTY).values()) == {0}


def test_a_run_stops_before_its_time_is_over_and_the_next_goes_on(expired, logged):
    left = iter([PLENTY, PLENTY, 0])
    assert sum(cleanup.run(lambda: next(left)).values()) == 2
    assert logged[-1]["finished"] is False
    assert sum(cleanup.run(lambda: PLENTY).values()) == 2


def test_a_row_deleted_by_another_run_is_no_error(expired, monkeypatch):
    found = list(cleanup._expired())
    cleanup.run(lambda: PLENTY)
    monkeypatch.setattr(cleanup, "_expired", lambda: iter(found))
    assert set(cleanup.run(lambda: PLENTY).values()) == {0}


def test_a_session_renewed_after_it_was_found_stays(owner, api, time, monkeypatch):
    tokens = api.post(
        "/v1/admin/auth/login", {"email": "owner@acme.example", "password": "correct horse battery staple"}
    ).json
    time.pass_(days=6)
    found = [(Session, row) for row in Session.scan()]
    api.post("/v1/admin/auth/refresh", {"refresh_token": tokens["refresh_token"]})
    time.pass_(days=2)
    monkeypatch.setattr(cleanup, "_expired", lambda: iter(found))
    cleanup.run(lambda: PLENTY)
    assert len(list(Session.scan())) == 1


def test_the_schedule_calls_it_every_hour():
    (source,) = [source for source in app.app.event_sources if source.name == "cleanup"]
    assert source.schedule_expression.to_string() == "rate(1 hour)"
