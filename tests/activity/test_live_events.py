"""Recent events as people look at them: pages, what came since, filters, and the story of one event."""

import pytest

from chalicelib.activity import live, views
from chalicelib.settings import settings

from ..client import path_of
from ..queue_messages import archived

ORIGIN = "https://www.shop.example"


@pytest.fixture
def pipeline(owner):
    """A pipeline for pages of shop.example."""
    return owner.a_pipeline(domain_allowlist=["www.shop.example"])


@pytest.fixture
def send(api, pipeline, work):
    """Send a track event and let it be worked on; the status of the answer."""

    def send(name, origin=ORIGIN, **fields):
        body = {"writeKey": pipeline["pipeline_key"], "event": name, "messageId": name} | fields
        reply = api.post("/v1/t", body, Origin=origin)
        work("process")
        return reply.status

    return send


@pytest.fixture
def look(owner, pipeline):
    """The answer to a look at the events."""

    def look(query=""):
        reply = owner.get(path_of(pipeline, f"/events{query}"))
        assert reply.status == 200, reply.body
        return reply.json

    return look


def names(answer):
    return [event["event"] for event in answer["events"]]


@pytest.fixture
def only_while_watched(monkeypatch):
    """As it is in the cloud."""
    monkeypatch.setenv("LIVE_EVENTS", "watched")
    settings.cache_clear()
    yield
    monkeypatch.undo()
    settings.cache_clear()


def test_pages_lead_to_older_events_until_there_are_none(send, look, time):
    for number in range(5):
        send(f"e{number}")
        time.pass_(seconds=1)
    first = look("?limit=2")
    second = look(f"?limit=2&cursor={first['next_cursor']}")
    third = look(f"?limit=2&cursor={second['next_cursor']}")
    assert [names(first), names(second), names(third)] == [["e4", "e3"], ["e2", "e1"], ["e0"]]
    assert third["next_cursor"] is None


def test_a_tail_gives_each_event_once(send, look, time):
    answer = look()
    seen = []
    for number in range(12):
        send(f"e{number}")
        time.pass_(seconds=number % 4)
        answer = look(f"?after={answer['live_cursor']}")
        seen += names(answer)
    assert seen == [f"e{number}" for number in range(12)]
    assert look(f"?after={answer['live_cursor']}")["events"] == []


def test_a_tail_that_cannot_keep_up_gets_the_oldest_first(send, look):
    start = look()
    for name in ("e0", "e1", "e2"):
        send(name)
    first = look(f"?after={start['live_cursor']}&limit=2")
    second = look(f"?after={first['live_cursor']}&limit=2")
    assert (sorted(names(first) + names(second)), len(names(second))) == (["e0", "e1", "e2"], 1)


def test_what_is_written_late_is_not_missed(send, look, time):
    """Two processes write at the same time, and one of them is slower."""
    start = look()
    send("first")
    time.pass_(seconds=-2)
    cursor = look(f"?after={start['live_cursor']}")["live_cursor"]
    send("late")
    assert names(look(f"?after={cursor}")) == ["late"]


def test_a_tail_of_a_burst_repeats_nothing_and_goes_on(send, look, time, monkeypatch):
    """More than a cursor names were recorded in one moment."""
    monkeypatch.setattr(views, "MOST_KNOWN", 3)
    answer, seen = look(), []
    for number in range(9):
        send(f"e{number}")
    time.pass_(seconds=1)
    send("after")
    for _ in range(6):
        answer = look(f"?limit=2&after={answer['live_cursor']}")
        seen += names(answer)
    assert sorted(seen) == ["after", *(f"e{number}" for number in range(9))]


def test_a_live_cursor_stays_short(send, look, monkeypatch):
    monkeypatch.setattr(views, "MOST_KNOWN", 3)
    answer = look()
    for number in range(8):
        send(f"e{number}")
    answer = look(f"?after={answer['live_cursor']}")
    assert len(answer["live_cursor"]) < 250


@pytest.mark.parametrize("field", ["cursor", "after"])
@pytest.mark.parametrize("cursor", ["x", "bnVsbA", "W10", "!!", "%00"])
def test_a_made_up_cursor_is_refused(owner, pipeline, field, cursor):
    reply = owner.get(path_of(pipeline, f"/events?{field}={cursor}"))
    assert (reply.status, reply.wrong_fields) == (422, [field])


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?type=track", {"Bought", "Left", "Stolen"}),
        ("?type=page", set()),
        ("?event=Left", {"Left"}),
        ("?event=left", set()),
        ("?verdict=refused", {"Stolen"}),
        ("?verdict=duplicate", set()),
        ("?text=RED", {"Bought"}),
        ("?text=stolen", {"Stolen"}),
        ("?text=red&verdict=refused", set()),
    ],
)
def test_events_are_filtered(send, look, query, found):
    send("Bought", properties={"colour": "red"})
    send("Left")
    send("Stolen", origin="https://evil.example")
    assert set(names(look(query))) == found


def test_a_search_reads_so_many_rows_and_says_where_to_go_on(send, look, time, monkeypatch):
    monkeypatch.setattr(views, "MOST_READ", 2)
    for name in ("e0", "e1", "e2"):
        send(name)
        time.pass_(seconds=1)
    answer = look("?event=e0")
    assert names(answer) == []
    assert names(look(f"?event=e0&cursor={answer['next_cursor']}")) == ["e0"]


def test_a_refused_event_is_shown_with_its_reason(send, look):
    assert send("Stolen", origin="https://evil.example", context={"cookies": {"_ga": "GA1.1.1.1"}}) == 403
    (event,) = look()["events"]
    assert event == {
        "verdict": "refused",
        "code": "ORIGIN_NOT_ALLOWED",
        "reason": "The page's origin is not in the pipeline's domain allowlist.",
        "receivedAt": "2026-02-25T10:00:00.000Z",
        "type": "track",
        "event": "Stolen",
        "messageId": "Stolen",
    }


def test_bad_events_of_a_batch_are_shown_too(api, pipeline, look, work):
    batch = [{"type": "track", "event": "Good"}, {"type": "track"}, 5, {"type": "page", "userId": 7.5, "name": "N"}]
    api.post("/v1/batch", {"writeKey": pipeline["pipeline_key"], "batch": batch}, Origin=ORIGIN)
    work("process")
    refused = look("?verdict=refused")["events"]
    assert [event.get("type") for event in refused] == ["page", None, "track"]
    assert refused[0]["reason"] == "userId must be a string of at most 500 characters"


def test_a_body_that_cannot_be_read_is_shown_when_a_header_says_whose_it_is(api, pipeline, look):
    assert api.post("/v1/t", b"{", Authorization=f"Bearer {pipeline['pipeline_key']}").status == 400
    assert [event["code"] for event in look()["events"]] == ["INVALID_EVENT"]


def test_of_an_attack_only_so_much_is_written_down(send, look, monkeypatch, time):
    monkeypatch.setattr(live, "REFUSALS_A_SECOND", 2)
    for _ in range(5):
        send("Stolen", origin="https://evil.example")
    assert len(look()["events"]) == 2
    time.pass_(seconds=1)
    send("Stolen", origin="https://evil.example")
    assert len(look()["events"]) == 3


def test_events_are_recorded_only_while_somebody_looks(only_while_watched, send, look, time):
    send("unseen")
    send("Stolen", origin="https://evil.example")
    assert names(look()) == []
    send("seen")
    send("Stolen again", origin="https://evil.example")
    assert set(names(look())) == {"seen", "Stolen again"}
    time.pass_(seconds=live.WATCHED_SECONDS + 1)
    send("unseen again")
    assert set(names(look())) == {"seen", "Stolen again"}


def test_a_look_is_said_once_a_minute(only_while_watched, look, time, logged):
    for _ in range(3):
        look()
        time.pass_(seconds=10)
    calls = [line["aws_calls"]["dynamodb"] for line in logged if line.get("route", "").endswith("/events")]
    assert calls == [3, 2, 2]


def test_changing_a_pipeline_does_not_stop_the_recording(only_while_watched, owner, pipeline, send, look):
    look()
    owner.put(path_of(pipeline), {"name": "Renamed"})
    send("seen")
    assert names(look()) == ["seen"]


def test_the_story_of_an_accepted_event_is_known_without_anybody_looking(only_while_watched, owner, pipeline, send):
    send("m-1")
    story = owner.get(path_of(pipeline, "/events/m-1")).json
    ((key, (event,)),) = archived().items()
    assert story == {
        "message_id": "m-1",
        "verdict": "accepted",
        "steps": [
            {"step": "received", "at": "2026-02-25T10:00:00.000Z"},
            {"step": "accepted", "at": "2026-02-25T10:00:00.000Z", "archived_in": key},
        ],
        "event": event,
    }


def test_the_story_of_a_refused_event_has_the_reason(owner, pipeline, send):
    send("m-1", origin="https://evil.example")
    story = owner.get(path_of(pipeline, "/events/m-1")).json
    assert (story["verdict"], story["steps"][0]["code"]) == ("refused", "ORIGIN_NOT_ALLOWED")


def test_an_event_that_nobody_saw_has_no_story(owner, stranger, pipeline, send, time):
    send("a/b c")
    assert owner.get(path_of(pipeline, "/events/a%2Fb%20c")).status == 200
    for caller, message_id in ((owner, "other"), (stranger, "a%2Fb%20c")):
        assert caller.get(path_of(pipeline, f"/events/{message_id}")).status == 404
    time.pass_(days=1)
    assert owner.signed_in("owner@acme.example").get(path_of(pipeline, "/events/a%2Fb%20c")).status == 404
