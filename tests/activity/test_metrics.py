"""Counts of events: what was received is accepted or refused, and what was accepted is accounted for."""

import pytest
from botocore.exceptions import EndpointConnectionError

from chalicelib.activity import counters
from chalicelib.activity.tally import tally
from chalicelib.ingestion import outbox

from ..client import path_of

ORIGIN = "https://www.shop.example"
NOTHING = {
    "received": 0,
    "accepted": 0,
    "refused": {},
    "archived": 0,
    "duplicate": 0,
    "filtered": 0,
    "dead": 0,
    "pending": 0,
    "deliveries": {},
}


@pytest.fixture
def pipeline(owner):
    """A pipeline for pages of shop.example."""
    return owner.a_pipeline(domain_allowlist=["www.shop.example"])


@pytest.fixture
def send(api, pipeline):
    """Send a batch of track events; they wait in the queue."""

    def send(*names, origin=ORIGIN):
        batch = [{"type": "track", "event": name, "messageId": name} if name else {} for name in names]
        return api.post("/v1/batch", {"writeKey": pipeline["pipeline_key"], "batch": batch}, Origin=origin).status

    return send


@pytest.fixture
def count(owner, pipeline):
    """The counts, once this process has written its own."""

    def count(query="", write=True):
        if write:
            tally.write()
        reply = owner.get(path_of(pipeline, f"/metrics{query}"))
        assert reply.status == 200, reply.body
        return reply.json

    return count


def test_every_event_is_accounted_for_at_any_moment(send, count, work):
    assert count()["total"] == NOTHING
    send("a", "b", "c", "", "a")
    waiting = {"received": 5, "accepted": 4, "refused": {"INVALID_EVENT": 1}, "pending": 4}
    assert count()["total"] == NOTHING | waiting
    work("process")
    assert count()["total"] == NOTHING | waiting | {"pending": 0, "archived": 3, "duplicate": 1}


def test_an_event_that_arrives_as_a_minute_ends_waits_in_no_other(send, count, work, time, monkeypatch):
    time.pass_(seconds=59.9)
    taken = outbox.send

    def slow(*arguments):
        taken(*arguments)
        time.pass_(seconds=0.2)

    monkeypatch.setattr(outbox, "send", slow)
    send("a", "b")
    work("process")
    assert count()["total"] == NOTHING | {"received": 2, "accepted": 2, "archived": 2}


def test_refusals_are_counted_by_code_at_once(send, count):
    send("a", "b", origin="https://evil.example")
    send("")
    total = count(write=False)["total"]
    assert (total["received"], total["refused"]) == (2, {"ORIGIN_NOT_ALLOWED": 2})
    assert count()["total"]["refused"] == {"INVALID_EVENT": 1, "ORIGIN_NOT_ALLOWED": 2}


def test_counts_are_written_now_and_then_rather_than_for_each_event(send, count, time, logged):
    for _ in range(12):
        send("a")
        time.pass_(seconds=1)
    writes = sum(line["aws_calls"]["dynamodb"] - 1 for line in logged if line.get("route") == "/v1/batch")
    assert writes == 3  # twice the counts, and once that there are some in this hour
    assert count(write=False)["total"]["accepted"] == 12


def test_what_a_killed_process_did_not_write_is_counted_when_it_is_settled(send, count, work):
    send("a", "b")
    tally.forget()
    assert count()["total"] == NOTHING
    work("process")
    assert count()["total"] == NOTHING | {"received": 2, "accepted": 2, "archived": 2}


def test_counts_wait_for_their_store(send, count, monkeypatch, logged):
    def fail(*_):
        raise EndpointConnectionError(endpoint_url="https://dynamodb")

    send("a")
    with monkeypatch.context() as down:
        down.setattr(counters, "add", fail)
        assert send("b", origin="https://evil.example") == 403
    assert "counts not written" in [line["message"] for line in logged]
    assert count()["total"]["received"] == 2


@pytest.mark.parametrize(
    ("query", "step", "series"),
    [
        ("?from=2026-02-25T10:00:00Z&to=2026-02-25T12:00:00Z", "minute", {"10:00": 1, "10:01": 1, "11:01": 1}),
        ("?from=2026-02-25T10:00:30Z&to=2026-02-25T10:01:00Z", "minute", {"10:00": 1}),
        ("?from=2026-02-25T11:01:00%2B01:00&to=2026-02-25T10:01:01Z", "minute", {"10:01": 1}),
        ("?step=hour&from=2026-02-25T10:00:00Z&to=2026-02-25T11:01:00Z", "hour", {"10:00": 2, "11:00": 1}),
        ("?step=day", "day", {"00:00": 3}),
        ("?to=2026-02-25T11:01:59Z", "minute", {"10:01": 1, "11:01": 1}),
    ],
)
def test_counts_come_by_minute_hour_or_day(owner, send, count, work, time, query, step, series):
    for seconds, name in ((59, "a"), (3600, "b"), (120, "c")):
        send(name)
        time.pass_(seconds=seconds)
        if name == "a":
            time.pass_(seconds=1)
    work("process")
    series_at = {"10:00": "a", "10:01": "b", "11:01": "c"}
    assert len(series_at) == 3
    owner.token = owner.signed_in("owner@acme.example").token
    answer = count(query)
    assert answer["step"] == step
    assert {each["at"][11:16]: each["archived"] for each in answer["series"]} == series


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("?from=yesterday", "from"),
        ("?to=soon", "to"),
        ("?from=2026-02-25T10:00:00Z&to=2026-02-25T10:00:00Z", "from"),
        ("?from=2026-02-25T10:00:00Z&to=2026-02-24T10:00:00Z", "from"),
        ("?from=2026-02-23T10:00:00Z", "from"),
        ("?step=hour&from=2025-12-25T10:00:00Z", "from"),
        ("?step=day&from=2020-12-25T10:00:00Z", "from"),
        ("?step=week", "step"),
        ("?from=9999-12-31T23:59:59Z&to=9999-12-31T23:59:59Z", "to"),
        ("?from=0001-01-01T00:00:00%2B10:00", "from"),
    ],
)
def test_a_span_that_cannot_be_counted_is_named(owner, pipeline, query, field):
    reply = owner.get(path_of(pipeline, f"/metrics{query}"))
    assert (reply.status, reply.wrong_fields) == (422, [field])


def test_counts_are_the_organisations_own(stranger, pipeline):
    assert stranger.get(path_of(pipeline, "/metrics")).status == 404
