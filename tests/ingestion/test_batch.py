"""Batches of events: what arrives of them, what is refused, and what they cost."""

import json
import random
import secrets
from datetime import timedelta

import pytest
from botocore.client import BaseClient
from botocore.exceptions import EndpointConnectionError

from chalicelib import aws, clock, queues
from chalicelib.ingestion.entrance import LARGEST_BATCH

from ..client import path_of
from ..conftest import ENVIRONMENT
from .test_api import recent

MOST_OF_A_MESSAGE = 256 * 1024  # bytes, that every SQS queue takes
OF_EACH_TYPE = (
    {"type": "page", "name": "Pricing", "properties": {"plan": "pro"}},
    {"type": "track", "event": "Bought", "properties": {"price": 5}},
    {"type": "identify", "userId": "u-1", "traits": {"plan": "pro"}},
    {"type": "group", "groupId": "acme", "traits": {"employees": 42}},
)
TYPES = "type must be track, page, screen, identify, group or alias"
GOOD = {"type": "track", "event": "Good"}


@pytest.fixture
def pipeline(owner):
    """A pipeline that takes events from everywhere."""
    return owner.a_pipeline()


def a_batch(pipeline, items, **envelope):
    return {"writeKey": pipeline["pipeline_key"], "batch": list(items)} | envelope


def a_second_apart(items):
    """The items as they happened, the last one now."""
    started = clock.now() - timedelta(seconds=len(items))
    return [item | {"timestamp": clock.iso(started + timedelta(seconds=n + 1))} for n, item in enumerate(items)]


def of_size(size):
    """An event that is about as large, in bytes."""
    return GOOD | {"properties": {"text": "x" * size}}


def queued():
    """The messages that wait for the process function."""
    url = ENVIRONMENT["EVENTS_QUEUE_URL"]
    answer = aws.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)
    return [message["Body"] for message in answer.get("Messages", [])]


# What arrives


def test_a_batch_of_every_type_arrives_in_its_order(owner, api, pipeline, work):
    items = a_second_apart(OF_EACH_TYPE)
    reply = api.post("/v1/batch", a_batch(pipeline, items))
    assert (reply.status, reply.json) == (200, {"success": True, "accepted": 4})
    work("process")
    arrived = recent(owner, pipeline)[::-1]
    assert [{name: event[name] for name in item} for event, item in zip(arrived, items, strict=True)] == items


@pytest.mark.parametrize(("item", "path"), list(zip(OF_EACH_TYPE, ("/v1/p", "/v1/t", "/v1/i", "/v1/g"), strict=True)))
def test_an_event_of_a_batch_is_the_same_as_at_the_entrance_of_its_type(api, pipeline, item, path):
    known = {"messageId": "m-1", "timestamp": "2026-02-25T09:59:59Z", "anonymousId": "a-1", "context": {"ip": "::1"}}
    sent_at = {"sentAt": "2026-02-25T10:00:30Z"}
    alone = {name: value for name, value in item.items() if name != "type"} | known | sent_at
    assert api.post(path, alone | {"writeKey": pipeline["pipeline_key"]}).status == 200
    assert api.post("/v1/batch", a_batch(pipeline, [item | known], **sent_at)).status == 200
    one, other = queued()
    assert json.loads(one) == json.loads(other)


def test_a_beacon_sends_a_batch_as_text_with_the_key_in_the_body(owner, api, pipeline, work):
    reply = api.post("/v1/batch", a_batch(pipeline, [GOOD]), Content_Type="text/plain;charset=UTF-8")
    assert reply.status == 200
    work("process")
    assert [event["event"] for event in recent(owner, pipeline)] == ["Good"]


def test_a_key_in_a_single_event_opens_nothing(api, pipeline):
    reply = api.post("/v1/batch", {"batch": [GOOD | {"writeKey": pipeline["pipeline_key"]}]})
    assert (reply.status, reply.code, queued()) == (401, "INVALID_PIPELINE_KEY", [])


def test_the_same_message_twice_in_a_batch_is_one_event(owner, api, pipeline, work):
    api.post("/v1/batch", a_batch(pipeline, [GOOD | {"messageId": "m-1"}] * 2))
    work("process")
    assert len(recent(owner, pipeline)) == 1


def test_the_senders_clock_counts_for_every_event_of_the_batch(owner, api, pipeline, work):
    """It is an hour fast: what it calls 10:59:50 was ten seconds before it sent."""
    happened = ["2026-02-25T10:59:50Z", "2026-02-25T11:00:00Z", None]
    items = [GOOD | {"event": str(number), "timestamp": moment} for number, moment in enumerate(happened)]
    api.post("/v1/batch", a_batch(pipeline, items, sentAt="2026-02-25T11:00:00Z"))
    work("process")
    times = {e["event"]: (e["timestamp"], e.get("originalTimestamp")) for e in recent(owner, pipeline)}
    assert times == {
        "0": ("2026-02-25T09:59:50.000Z", "2026-02-25T10:59:50Z"),
        "1": ("2026-02-25T10:00:00.000Z", "2026-02-25T11:00:00Z"),
        "2": ("2026-02-25T10:00:00.000Z", None),
    }


def test_the_time_in_an_event_at_which_it_was_sent_does_not_count(owner, api, pipeline, work):
    items = [GOOD | {"timestamp": "2026-02-25T10:59:50Z", "sentAt": "2026-02-25T11:00:00Z"}]
    api.post("/v1/batch", a_batch(pipeline, items))
    work("process")
    assert [event["timestamp"] for event in recent(owner, pipeline)] == ["2026-02-25T10:59:50Z"]


# What is refused


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        pytest.param({"event": "E"}, TYPES, id="no type"),
        pytest.param(GOOD | {"type": None}, TYPES, id="type null"),
        pytest.param(GOOD | {"type": "other"}, TYPES, id="unknown type"),
        pytest.param(GOOD | {"type": "Track"}, TYPES, id="case counts"),
        pytest.param(GOOD | {"type": ["track"]}, TYPES, id="type a list"),
        pytest.param(GOOD | {"type": {}}, TYPES, id="type an object"),
        pytest.param(None, "an event must be an object", id="null"),
        pytest.param("track", "an event must be an object", id="a string"),
        pytest.param(5, "an event must be an object", id="a number"),
        pytest.param([GOOD], "an event must be an object", id="a batch in the batch"),
        pytest.param({"type": "track"}, "event is required: the name of what happened", id="a required field"),
        pytest.param(GOOD | {"properties": []}, "properties must be an object", id="a field of the wrong type"),
        pytest.param(
            GOOD | {"userId": 5.5},
            "userId must be a string of at most 500 characters",
            id="an id that is no whole number",
        ),
        pytest.param(
            GOOD | {"timestamp": "now"},
            "timestamp must be an ISO 8601 time such as 2026-02-20T10:00:00.000Z",
            id="a time that is none",
        ),
        pytest.param(GOOD | {"messageId": "ü" * 500}, "messageId must have at most 900 bytes as UTF-8", id="a long id"),
        pytest.param(of_size(65_536), "an event must have at most 65,536 bytes", id="too large"),
    ],
)
def test_a_bad_event_is_named_by_its_index_and_costs_its_neighbours_nothing(owner, api, pipeline, work, bad, message):
    reply = api.post("/v1/batch", a_batch(pipeline, [GOOD, bad, GOOD]))
    assert reply.status == 200
    assert reply.json == {"success": True, "accepted": 2, "errors": [{"index": 1, "message": message}]}
    work("process")
    assert [event["event"] for event in recent(owner, pipeline)] == ["Good", "Good"]


def test_a_message_id_of_the_greatest_length_can_be_worked_on(owner, api, pipeline, work):
    """It becomes part of a key of the recent events, and one that is too long there would cost the whole batch."""
    item = GOOD | {"messageId": "ü" * 450, "timestamp": "2026-02-25T10:00:00.123456789+00:00:00"}
    api.post("/v1/batch", a_batch(pipeline, [GOOD, item]))
    work("process")
    assert len(recent(owner, pipeline)) == 2


def test_every_bad_event_is_named(api, pipeline):
    reply = api.post("/v1/batch", a_batch(pipeline, [1, GOOD, {}, GOOD, "x"]))
    assert [error["index"] for error in reply.json["errors"]] == [0, 2, 4]


def test_a_batch_of_bad_events_alone_puts_nothing_on_the_queue(api, pipeline):
    reply = api.post("/v1/batch", a_batch(pipeline, [{}, None]))
    assert (reply.status, reply.json["accepted"], queued()) == (200, 0, [])


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        pytest.param({}, "batch must be a list of at least one event", id="missing"),
        pytest.param({"batch": []}, "batch must be a list of at least one event", id="empty"),
        pytest.param({"batch": None}, "batch must be a list of at least one event", id="null"),
        pytest.param({"batch": GOOD}, "batch must be a list of at least one event", id="an object"),
        pytest.param({"batch": "track"}, "batch must be a list of at least one event", id="a string"),
        pytest.param({"batch": [GOOD] * 501}, "batch must be a list of at most 500 events; it has 501", id="too long"),
    ],
)
def test_what_is_no_batch_is_refused_whole(api, pipeline, sent, message):
    reply = api.post("/v1/batch", {"writeKey": pipeline["pipeline_key"]} | sent)
    assert (reply.status, reply.code, reply.json["success"]) == (400, "INVALID_EVENT", False)
    assert reply.json["message"] == message
    assert queued() == []


def test_a_batch_has_at_most_500_events(api, pipeline):
    assert api.post("/v1/batch", a_batch(pipeline, [GOOD] * 500)).json["accepted"] == 500


@pytest.mark.parametrize(("bytes_", "status"), [(LARGEST_BATCH, 200), (LARGEST_BATCH + 1, 413)])
def test_a_batch_has_at_most_5_mb(api, pipeline, bytes_, status):
    body = json.dumps(a_batch(pipeline, [GOOD])).encode()
    reply = api.post("/v1/batch", body + b" " * (bytes_ - len(body)))
    assert (reply.status, reply.json["success"]) == (status, status == 200)


@pytest.mark.parametrize("body", [b"", b"{", b"null", b"[]", b'{"batch": [NaN]}', b'{"batch": ' + b"[" * 10_000])
def test_a_body_that_is_no_json_object_is_the_senders_mistake(api, pipeline, body):
    reply = api.post("/v1/batch", body, X_Write_Key=pipeline["pipeline_key"])
    assert (reply.status, reply.code) == (400, "INVALID_EVENT")


def test_the_gate_decides_for_the_whole_batch(owner, api, pipeline):
    owner.put(path_of(pipeline), {"enabled": False})
    reply = api.post("/v1/batch", a_batch(pipeline, [GOOD, None]))
    assert (reply.status, reply.code, queued()) == (403, "PIPELINE_DISABLED", [])


def test_a_batch_that_the_queue_did_not_take_is_not_accepted(api, pipeline, monkeypatch):
    def unreachable(**_):
        raise EndpointConnectionError(endpoint_url="https://sqs")

    monkeypatch.setattr(aws.client("sqs"), "send_message", unreachable)
    reply = api.post("/v1/batch", a_batch(pipeline, [GOOD, None]))
    assert (reply.status, reply.code, reply.json["success"]) == (503, "SERVICE_UNAVAILABLE", False)


# What it costs


@pytest.fixture
def calls(monkeypatch):
    """The calls of AWS from now on, and whether a read is strongly consistent."""
    made = []
    real = BaseClient._make_api_call

    def noted(client, operation, arguments):
        made.append((operation, arguments.get("ConsistentRead")))
        return real(client, operation, arguments)

    monkeypatch.setattr(BaseClient, "_make_api_call", noted)
    return made


@pytest.mark.parametrize(("events", "limiter"), [(1, []), (100, [("UpdateItem", None)]), (500, [("UpdateItem", None)])])
def test_a_batch_is_one_consistent_read_and_one_send(api, pipeline, calls, events, limiter):
    calls.clear()
    api.post("/v1/batch", a_batch(pipeline, [GOOD] * events))
    assert calls == [("GetItem", True), *limiter, ("SendMessage", None)]


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        pytest.param(lambda size: "x" * size, 1, id="compressed well"),
        pytest.param(lambda size: random.Random(1).randbytes(size // 2).hex(), 4, id="compressed by half, as hex is"),
        pytest.param(lambda size: secrets.token_urlsafe(size)[:size], 4, id="hardly compressed"),
    ],
)
def test_a_large_batch_goes_in_few_messages_that_sqs_takes(api, pipeline, text, messages):
    items = [GOOD | {"properties": {"text": text(60_000)}, "messageId": f"m-{number}"} for number in range(12)]
    assert api.post("/v1/batch", a_batch(pipeline, items)).json["accepted"] == 12
    sent = queued()
    assert len(sent) <= messages
    assert all(len(message.encode()) <= MOST_OF_A_MESSAGE for message in sent)
    arrived = [event["messageId"] for message in sent for event in queues.unpacked(message)["events"]]
    assert sorted(arrived) == sorted(item["messageId"] for item in items)


def test_characters_that_sqs_refuses_are_escaped(owner, api, pipeline, work):
    text = "\ufffe \uffff \U0001fffe \t 😀"
    assert api.post("/v1/batch", a_batch(pipeline, [GOOD | {"properties": {"text": text}}])).json["accepted"] == 1
    (message,) = queued()
    assert not {"\ufffe", "\uffff"} & set(message)
    assert json.loads(message)["events"][0]["properties"]["text"] == text
