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
        ("page", {"timestamp": "yesterday"}, "timestamp must be an ISO 8601 time"),
        ("page", {"timestamp": "2026-13-45T99:00:00Z"}, "timestamp must be an ISO 8601 time"),
        ("page", {"timestamp": 1771581600}, "timestamp must be an ISO 8601 time"),
    ],
)
def test_a_wrong_field_is_named(kind, sent, message):
    with pytest.raises(InvalidEvent, match=message):
        event.normalise(kind, sent, RECEIVED)


@pytest.mark.parametrize("body", [b"", b"[]", b"1", b"nonsense", b"\xff", b'{"a": NaN}'])
def test_a_body_that_is_no_json_object_is_refused(body):
    with pytest.raises(InvalidEvent):
        event.parse(body)
