"""The scheduled cleanup."""

from datetime import timedelta

import pytest
from botocore.exceptions import ClientError

import app
from chalicelib import aws, cleanup, settings
from chalicelib.accounts.table import Session, SignInFailures
from chalicelib.activity.tally import tally
from chalicelib.api.table import IdempotencyRecord
from chalicelib.pipelines.table import ChallengeToken

from .cdn import certificate_arn
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


@pytest.fixture
def measured(logged):
    """What the last run measured."""
    return lambda: {name: value for name, value in logged[-1].items() if name[0].isupper()}


def test_what_no_request_shows_is_measured(expired, measured):
    cleanup.run(lambda: PLENTY)
    assert measured() == {"CleanupFinished": 1, "RowsRemoved": 4, "EventsUnaccounted": 0}


def test_a_run_that_does_not_come_to_its_end_says_so(expired, measured):
    left = iter([PLENTY, 0])
    cleanup.run(lambda: next(left))
    assert measured() == {"CleanupFinished": 0, "RowsRemoved": 1}


def test_events_without_an_end_are_measured(owner, time, measured):
    pipeline = owner.a_pipeline()
    owner.post("/v1/t", {"writeKey": pipeline["pipeline_key"], "event": "lost"})
    tally.write()
    time.pass_(days=7)
    cleanup.run(lambda: PLENTY)
    assert measured()["EventsUnaccounted"] == 1


@pytest.fixture
def certificate(moto_aws, monkeypatch):
    """A certificate that the domain of this stage has, in the region of CloudFront."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    arn = certificate_arn()
    monkeypatch.setenv("CERTIFICATE_ARN", arn)
    settings.settings.cache_clear()
    yield aws.client("acm", "us-east-1").describe_certificate(CertificateArn=arn)["Certificate"]
    settings.settings.cache_clear()


def test_the_days_of_the_certificate_are_measured(certificate, time, measured):
    time.moment = certificate["NotAfter"] - timedelta(days=29, hours=12)
    cleanup.run(lambda: PLENTY)
    assert measured()["CertificateDays"] == 29.5


@pytest.mark.moto("the certificate that a stage is deployed with cannot be deleted")
def test_what_was_done_is_told_also_when_the_certificate_cannot_be_asked_for(certificate, expired, logged, measured):
    aws.client("acm", "us-east-1").delete_certificate(CertificateArn=certificate["CertificateArn"])
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        cleanup.run(lambda: PLENTY)
    assert measured() == {"CleanupFinished": 1, "RowsRemoved": 4, "EventsUnaccounted": 0}
