"""Events as senders give them, and the envelope made of them."""

from datetime import UTC, datetime

import pytest

from chalicelib.errors import InvalidEvent
from chalicelib.ingestion import event

RECEIVED = datetime(2026, 2, 20, 10, 0, 0, 123000, UTC)


def test_an_event_keeps_what_was_sent_and_gets_what_is_missing():
    envelope = event.normalise("track", {"event": "Bought", "properties": {"price": 1.5}, "unknown": 1}, RECEIVED)
    assert len(envelope.pop("messageId")) == 36
    assert envelope == {
        "type": "track",
        "event": "Bought",
        "properties": {"price": 1.5},
        "timestamp": "2026-02-20T10:00:00.123Z",
        "receivedAt": "2026-02-20T10:00:00.123Z",
    }


def test_the_senders_message_id_and_time_are_kept():
    sent = {"messageId": "m-1", "timestamp": "2026-02-20T09:00:00Z"}
    envelope = event.normalise("page", sent, RECEIVED)
    assert (envelope["messageId"], envelope["timestamp"]) == ("m-1", "2026-02-20T09:00:00Z")


@pytest.mark.parametrize(
    ("kind", "sent", "message"),
    [
        ("track", {}, "event is required"),
        ("track", {"event": ""}, "event is required"),
        ("track", {"event": 1}, "event must be a string"),
        ("page", {"properties": []}, "properties must be an object"),
        ("page", {"context": "x"}, "context must be an object"),
        ("page", {"messageId": "x" * 501}, "messageId must be a string of at most 500"),
        ("page", {"messageId": "ü" * 500}, "messageId must have at most 900 bytes"),
        ("identify", {"traits": []}, "traits must be an object"),
        ("identify", {"userId": 5.5}, "userId must be a string"),
        ("identify", {"userId": True}, "userId must be a string"),
        ("identify", {"context": {"traits": "x"}}, "traits must be an object"),
        ("group", {"groupId": {}}, "groupId must be a string"),
        ("other", {"userId": "u-1"}, "type must be track, page, screen, identify, group or alias"),
        ("alias", {"userId": "u-1"}, "previousId is required: who the user was before"),
        (None, {"event": "Bought"}, "type must be track, page, screen, identify, group or alias"),
        ("page", {"timestamp": "yesterday"}, "timestamp must be an ISO 8601 time"),
        ("page", {"timestamp": "2026-13-45T99:00:00Z"}, "timestamp must be an ISO 8601 time"),
        ("page", {"timestamp": 1771581600}, "timestamp must be an ISO 8601 time"),
    ],
)
def test_a_wrong_field_is_named(kind, sent, message):
    with pytest.raises(InvalidEvent, match=message):
        event.normalise(kind, sent, RECEIVED)


@pytest.mark.parametrize("kind", ["page", "identify", "group"])
def test_a_page_an_identify_and_a_group_require_no_field(kind):
    assert event.normalise(kind, {}, RECEIVED)["type"] == kind


@pytest.mark.parametrize(
    ("kind", "sent"),
    [
        pytest.param("identify", {"userId": "u-1", "traits": {"plan": "pro"}}, id="identify"),
        pytest.param("group", {"groupId": "acme", "userId": "u-1", "traits": {"employees": 42}}, id="group"),
    ],
)
def test_who_somebody_is_stays_in_the_event(kind, sent):
    assert event.normalise(kind, sent, RECEIVED).items() >= sent.items()


def test_a_field_that_is_empty_is_left_out():
    envelope = event.normalise("page", {"name": "", "userId": None, "traits": {}, "context": {}}, RECEIVED)
    assert set(envelope) == {"type", "messageId", "timestamp", "receivedAt"}


@pytest.mark.parametrize("field", ["properties", "traits", "context", "event", "name", "userId", "category"])
def test_a_field_that_is_null_is_not_there(field):
    assert set(event.normalise("page", {field: None}, RECEIVED)) == {"type", "messageId", "timestamp", "receivedAt"}


@pytest.mark.parametrize(
    ("kind", "sent", "expected"),
    [
        pytest.param("identify", {"userId": 4711}, {"userId": "4711"}, id="a number as an id"),
        pytest.param(
            "identify",
            {"context": {"traits": {"plan": "pro"}}},
            {"traits": {"plan": "pro"}},
            id="RudderStack: traits in the context",
        ),
        pytest.param(
            "identify",
            {"traits": {"plan": "free"}, "context": {"traits": {"plan": "pro"}}},
            {"traits": {"plan": "free"}},
            id="its own traits before those of the context",
        ),
        pytest.param(
            "page",
            {"name": "Shoes", "category": "Shop"},
            {"name": "Shoes", "properties": {"category": "Shop"}},
            id="Segment: the category of a page",
        ),
        pytest.param(
            "page",
            {"category": "Shop", "properties": {"category": "Sale"}},
            {"properties": {"category": "Sale"}},
            id="its own category before that of the page",
        ),
        pytest.param(
            "page",
            {"originalTimestamp": "2026-02-20T09:00:00Z"},
            {"timestamp": "2026-02-20T09:00:00Z"},
            id="RudderStack: its time",
        ),
        pytest.param(
            "page",
            {"timestamp": "2026-02-20T09:00:00Z", "originalTimestamp": "2026-02-20T08:00:00Z"},
            {"timestamp": "2026-02-20T09:00:00Z"},
            id="the time before the original one",
        ),
        pytest.param(
            "page",
            {"context": {"campaign": {}, "page": {"url": "https://a.test/?utm_source=news"}}},
            {
                "context": {
                    "page": {"url": "https://a.test/?utm_source=news", "path": "/", "search": "?utm_source=news"},
                    "campaign": {"source": "news"},
                }
            },
            id="RudderStack: a campaign without anything in it",
        ),
    ],
)
def test_what_sdks_put_elsewhere_is_found(kind, sent, expected):
    assert event.normalise(kind, sent, RECEIVED).items() >= expected.items()


def test_the_cookies_in_a_context_become_the_vendors_ids():
    sent = {"context": {"cookies": {"_fbp": "fb.1.1771581600123.1234567890"}, "locale": "de"}}
    envelope = event.normalise("page", sent, RECEIVED)
    assert envelope["context"] == {"locale": "de", "vendor_ids": {"fbp": "fb.1.1771581600123.1234567890"}}


# The sender's clock. An event is received at 10:00:00.123.


@pytest.mark.parametrize(
    ("happened", "sent_at", "timestamp"),
    [
        pytest.param("2026-02-20T10:59:50Z", "2026-02-20T11:00:00Z", "2026-02-20T09:59:50.123Z", id="fast"),
        pytest.param("2026-02-20T08:59:50Z", "2026-02-20T09:00:00Z", "2026-02-20T09:59:50.123Z", id="slow"),
        pytest.param("2026-02-20T09:59:50Z", "2026-02-20T10:00:00Z", "2026-02-20T09:59:50.123Z", id="right"),
        pytest.param("2026-02-20T09:00:00Z", "2026-02-20T09:00:00Z", "2026-02-20T10:00:00.123Z", id="sent at once"),
        pytest.param(
            "2026-02-13T10:00:00Z", "2026-02-20T10:00:00Z", "2026-02-13T10:00:00.123Z", id="sent a week later"
        ),
        pytest.param(
            "2026-02-20T11:00:00Z", "2026-02-20T09:00:00Z", "2026-02-20T10:00:00.123Z", id="set back meanwhile"
        ),
        pytest.param("1970-01-01T00:00:07Z", "1970-01-01T00:00:10Z", "2026-02-20T09:59:57.123Z", id="never set"),
        pytest.param("2026-02-20T15:59:50+05:00", "2026-02-20T11:00:00Z", "2026-02-20T09:59:50.123Z", id="with offset"),
        pytest.param(
            "2026-02-20T09:59:59.5Z", "2026-02-20T10:00:00.250Z", "2026-02-20T09:59:59.373Z", id="milliseconds"
        ),
    ],
)
def test_a_time_is_corrected_by_what_the_senders_clock_was_when_it_sent(happened, sent_at, timestamp):
    envelope = event.normalise("page", {"timestamp": happened}, RECEIVED, sent_at)
    assert (envelope["timestamp"], envelope["originalTimestamp"]) == (timestamp, happened)
    assert envelope["receivedAt"] == "2026-02-20T10:00:00.123Z"


@pytest.mark.parametrize(
    ("happened", "sent_at"),
    [
        pytest.param("2026-02-20T09:00:00Z", None, id="it is not known when it was sent"),
        pytest.param("2026-02-20T09:00:00", "2026-02-20T09:00:00Z", id="a time of no time zone"),
        pytest.param("2026-02-20T09:00:00Z", "2026-02-20T09:00:00", id="sent at a time of no time zone"),
        pytest.param("2026-02-20T09:00:00Z", "9999-12-31T23:59:59Z", id="so wrong that there is no such time"),
        pytest.param("0001-01-01T00:00:00+23:59", "2026-02-20T09:00:00Z", id="before all time"),
    ],
)
def test_a_time_that_cannot_be_corrected_is_kept_as_it_is(happened, sent_at):
    envelope = event.normalise("page", {"timestamp": happened}, RECEIVED, sent_at)
    assert envelope["timestamp"] == happened
    assert "originalTimestamp" not in envelope


@pytest.mark.parametrize("sent_at", [None, "2026-02-20T09:00:00Z", "garbage", 5])
def test_an_event_without_a_time_happened_when_it_was_received(sent_at):
    envelope = event.normalise("page", {}, RECEIVED, sent_at)
    assert envelope["timestamp"] == "2026-02-20T10:00:00.123Z"
    assert "originalTimestamp" not in envelope


@pytest.mark.parametrize("sent_at", ["", "garbage", "2026-02-20", 1771581600, [], {}, "2026-13-45T00:00:00Z", "9" * 99])
def test_a_time_of_sending_that_is_none_is_named(sent_at):
    with pytest.raises(InvalidEvent, match="sentAt must be an ISO 8601 time"):
        event.normalise("page", {"timestamp": "2026-02-20T09:00:00Z"}, RECEIVED, sent_at)
