"""What the processor makes of queue messages: each event once, counted once, and never lost."""

from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import EndpointConnectionError

from chalicelib import aws, queues
from chalicelib.activity import archive, counters, ledger, live
from chalicelib.delivery import processor

from ..queue_messages import PIPELINE, a_message, an_event, archived, archived_names, dead_letters, handled

HOUR = datetime(2026, 2, 25, 10, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _aws(moto_aws):
    """Every test here has an AWS of its own."""


def counted(pipeline_id=PIPELINE):
    """The counts of the hour."""
    (counts,) = counters.read(pipeline_id, counters.HOUR, HOUR, HOUR + timedelta(hours=1)).values() or ({},)
    return counts


def shown():
    """Name and verdict of each event that is shown, in the order in which they were recorded."""
    return [(row.event, row.verdict) for row in live.since(PIPELINE, "0")]


def verdicts():
    return [verdict for _, verdict in shown()]


def fail(*_, **__):
    raise EndpointConnectionError(endpoint_url="https://aws")


def test_a_message_id_counts_once():
    assert handled(a_message("x"), a_message("x", "y")) == []
    assert counted() == {"archived": 2, "duplicate": 1}
    assert archived_names() == ["x", "y"]
    assert sorted(verdicts()) == ["accepted", "accepted", "duplicate"]


def test_a_message_id_counts_once_over_messages_that_come_later():
    handled(a_message("x"))
    handled(a_message("x"), ids="b")
    assert counted() == {"archived": 1, "duplicate": 1}


def test_a_message_id_is_its_pipelines_own():
    handled(a_message("x"), a_message("x", pipeline_id="pip_2"))
    assert (counted(), counted("pip_2")) == ({"archived": 1}, {"archived": 1})


def test_a_message_id_is_free_again_after_a_day(time):
    handled(a_message("x"))
    time.pass_(hours=23, minutes=59)
    handled(a_message("x"), ids="b")
    assert counted()["duplicate"] == 1
    time.pass_(minutes=1)
    handled(a_message("x"), ids="c")
    assert counted() == {"archived": 2, "duplicate": 1}


@pytest.mark.parametrize("again", [("a",), ("a", "b"), ("b", "a")], ids="".join)
def test_what_comes_again_changes_nothing(again):
    """A queue gives a message again when its function was stopped before it could say that it was done."""
    bodies = {"a": a_message("x", "y"), "b": a_message("x", "z")}
    handled(*bodies.values())
    before = counted(), archived(), shown()
    handled(*(bodies[each] for each in again), ids="".join(again))
    assert (counted(), archived(), shown()) == before


@pytest.mark.parametrize("step", [(ledger, "settle"), (live, "record_settled")], ids=lambda step: step[1])
def test_a_function_that_was_stopped_half_way_is_made_up_for(monkeypatch, step):
    with monkeypatch.context() as stopped:
        stopped.setattr(*step, fail)
        assert handled(a_message("x", "y", "x")) == [0]
    assert handled(a_message("x", "y", "x"), receives=2) == []
    assert counted() == {"archived": 2, "duplicate": 1}
    assert archived_names() == ["x", "y"]
    assert verdicts() == ["accepted", "accepted", "duplicate"]


def test_two_that_come_at_the_same_time_are_one_and_a_duplicate(monkeypatch):
    """Both look before either has settled; the conditional write decides."""
    look_up = ledger.look_up

    def overtaken(occurrences):
        look_up(occurrences)
        with monkeypatch.context() as other:
            other.setattr(ledger, "look_up", look_up)
            handled(a_message("x"), ids="z")

    monkeypatch.setattr(ledger, "look_up", overtaken)
    handled(a_message("x", "y"))
    assert counted() == {"archived": 2, "duplicate": 1}


def test_more_events_than_a_transaction_holds_are_counted_each():
    names = [f"e{number}" for number in range(250)]
    handled(a_message(*names, "e0"))
    assert counted() == {"archived": 250, "duplicate": 1}


def test_events_are_counted_in_the_minute_in_which_they_were_received():
    handled(a_message("x", an_event("y", receivedAt="2026-02-25T10:01:59.999Z"), "z"))
    found = counters.read(PIPELINE, counters.MINUTE, HOUR, HOUR + timedelta(minutes=2))
    assert found == {"2026-02-25T10:00": {"archived": 2}, "2026-02-25T10:01": {"archived": 1}}


def test_without_the_archive_nothing_counts_as_done(monkeypatch, logged):
    with monkeypatch.context() as down:
        down.setattr(aws.client("s3"), "put_object", fail)
        assert handled(a_message("x"), a_message("y")) == [0, 1]
        assert (counted(), dead_letters()) == ({}, [])
    assert [line["message"] for line in logged if line["level"] == "ERROR"] == ["messages failed"]
    assert handled(a_message("x"), a_message("y")) == []
    assert counted() == {"archived": 2}


def test_an_outage_never_makes_dead_letters(monkeypatch):
    monkeypatch.setattr(aws.client("s3"), "put_object", fail)
    assert handled(a_message("x"), receives=processor.ATTEMPTS + 1) == [0]
    assert dead_letters() == []


AN_EMPTY_ONE = pytest.param("", marks=pytest.mark.moto("SQS neither has empty messages nor takes them"), id="empty")


@pytest.mark.parametrize(
    "body",
    [
        "nonsense",
        "H4sIAAAA",
        "[]",
        "null",
        "{}",
        '{"org_id":"o","pipeline_id":"p","events":[{}]}',
        AN_EMPTY_ONE,
        "{" * 5000,
    ],
    ids=lambda body: body[:20],
)
def test_what_cannot_be_read_is_put_away_as_it_was_and_costs_nobody(body):
    assert handled(a_message("x"), body) == []
    ((buried, reason),) = dead_letters()
    assert buried == body
    assert reason.startswith("unreadable: ")
    assert counted() == {"archived": 1}


def poison(monkeypatch):
    """From now on an event named `poison` cannot be archived, for a reason of its own."""
    write = archive.write

    def failing(occurrences):
        occurrences = list(occurrences)
        if any(each.event["event"] == "poison" for each in occurrences):
            raise RuntimeError("cannot")
        write(occurrences)

    monkeypatch.setattr(archive, "write", failing)


def test_an_event_that_cannot_be_worked_on_costs_its_neighbours_nothing(monkeypatch):
    poison(monkeypatch)
    assert handled(a_message("x"), a_message("poison"), a_message("y")) == [1]
    assert (archived_names(), dead_letters()) == (["x", "y"], [])


def test_after_five_attempts_it_is_put_away_with_its_reason_and_counted(monkeypatch):
    poison(monkeypatch)
    body = a_message("poison", "beside it")
    assert handled(body, receives=processor.ATTEMPTS - 1) == [0]
    assert handled(body, receives=processor.ATTEMPTS) == []
    assert dead_letters() == [(body, "RuntimeError: cannot")]
    assert counted() == {"dead": 2}
    assert verdicts() == ["dead", "dead"]


def test_a_message_that_stops_the_function_itself_is_put_away_unread(monkeypatch):
    monkeypatch.setattr(archive, "write", lambda _: pytest.fail("it was worked on"))
    assert handled(a_message("x"), receives=processor.MOST_RECEIVES + 1) == []
    ((_, reason),) = dead_letters()
    assert reason == "not finished in 100 attempts"
    assert counted() == {"dead": 1}


def test_what_cannot_be_put_away_comes_again(monkeypatch):
    monkeypatch.setattr(queues, "send_dead_letter", fail)
    assert handled("nonsense") == [0]


@pytest.mark.parametrize(
    ("user_agent", "filtered"),
    [
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", True),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/120.0", True),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", False),
        ("", False),
        (5, False),
        (None, False),
    ],
)
def test_bots_are_filtered_where_that_is_wanted(user_agent, filtered):
    event = an_event("x", context={"userAgent": user_agent})
    handled(a_message(event, filter_bots=True), a_message(event | {"messageId": "y"}))
    assert counted() == ({"filtered": 1, "archived": 1} if filtered else {"archived": 2})


def test_nothing_is_shown_of_a_pipeline_that_nobody_looks_at():
    handled(a_message("x", watched=False))
    assert (shown(), counted()) == ([], {"archived": 1})
