"""Delivery to vendors that want more than a request: tokens, all or nothing, and AWS's own services."""

import gzip
import hashlib
import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest

from chalicelib.delivery import client
from chalicelib.integrations.vendor import Answer, HttpRequest

from ..queue_messages import an_event
from .world import GRANTED, events

GOOGLE = {
    "customer_id": "1234567890",
    "conversion_action_id": "987654321",
    "oauth_client_id": "client",
    "oauth_client_secret": "cl1ent-s3cret",
    "oauth_refresh_token": "r3fresh-t0ken",
}
CONVERSION = {"context": GRANTED["context"] | {"vendor_ids": {"gclid": "click-1"}}}
META = {"pixel_id": "123456789", "access_token": "m3ta-t0ken"}
ENDED = {"delivered": 0, "withheld": 0, "dead": 0, "pending": 0}
Respond = Callable[[HttpRequest], Answer]


@pytest.fixture
def answering(monkeypatch):
    """Answer the client's requests in place of the internet; what was asked."""

    def answering(respond: Respond) -> list[HttpRequest]:
        asked: list[HttpRequest] = []

        def send(request: HttpRequest) -> Answer:
            asked.append(request)
            return respond(request)

        monkeypatch.setattr(client, "send", send)
        return asked

    return answering


def json_answer(status: int = 200, **fields: Any) -> Answer:
    return Answer(status, json.dumps(fields).encode())


def is_token_request(request: HttpRequest) -> bool:
    return "oauth2" in request.url


def test_a_token_is_asked_for_once_and_used_until_shortly_before_it_ends(world, answering):
    world.attach("google_ads", config=GOOGLE, consent="marketing")
    tokens = iter(["t1", "t2"])

    def respond(request):
        return json_answer(access_token=next(tokens), expires_in=3600) if is_token_request(request) else json_answer()

    asked = answering(respond)
    for minutes in (0, 30, 28, 2):
        world.clock.pass_(minutes=minutes)
        world.accept(an_event(f"after {minutes}", **CONVERSION))
        world.deliver_all()
    used = [request.headers["Authorization"] for request in asked if not is_token_request(request)]
    assert used == ["Bearer t1", "Bearer t1", "Bearer t1", "Bearer t2"]


def test_a_token_that_is_refused_is_asked_for_anew(world, answering):
    integration = world.attach("google_ads", config=GOOGLE, consent="marketing")
    tokens = iter(["stale", "fresh"])

    def respond(request):
        if is_token_request(request):
            return json_answer(access_token=next(tokens), expires_in=3600)
        return json_answer(401 if "stale" in request.headers["Authorization"] else 200)

    answering(respond)
    world.accept(an_event("a", **CONVERSION))
    world.deliver_all()
    assert world.counts()[integration] == ENDED | {"handed": 1, "delivered": 1}


@pytest.mark.parametrize(("status", "code"), [(400, "REFUSED"), (503, "UNAVAILABLE")])
def test_without_a_token_nothing_is_sent(world, answering, status, code):
    integration = world.attach("google_ads", config=GOOGLE, consent="marketing")
    asked = answering(lambda _request: Answer(status, b"invalid_grant: r3fresh-t0ken"))
    world.accept(an_event("a", **CONVERSION))
    world.deliver_all()
    assert all(is_token_request(request) for request in asked)
    (letter,) = world.owner.get(f"/v1/admin/integrations/{integration}/dead-letters").json["dead_letters"]
    assert letter["code"] == code
    assert "no token was given" in letter["reason"]
    assert "r3fresh-t0ken" not in letter["reason"]


def test_of_a_request_that_is_all_or_nothing_only_what_is_to_blame_is_dead(world, answering):
    integration = world.attach("meta_capi", config=META, consent="marketing")

    def respond(request):
        sent = [each["event_id"] for each in json.loads(request.body)["data"]]
        return json_answer(400, error={"message": "bad", "code": 100}) if "e13" in sent else json_answer()

    asked = answering(respond)
    person = {"traits": {"email": "ada@example.com"}, "userId": "u-1"}
    page = {"context": GRANTED["context"] | {"page": {"url": "https://shop.example/"}, "userAgent": "Mozilla"}}
    world.accept(*events(64, **person, **page))
    world.deliver_all()
    assert world.counts()[integration] == ENDED | {"handed": 64, "delivered": 63, "dead": 1}
    assert world.story("e13")[-1] == ("dead", "REFUSED")
    assert len(asked) <= 1 + 2 * 6  # in halves: twice log2(64)


def test_personal_data_leaves_hashed(world, answering):
    world.attach(
        "meta_capi", config=META, consent="marketing", mapping={"global": {"mappings": [EMAIL]}, "defaults": {}}
    )
    asked = answering(lambda _request: json_answer())
    page = {"context": GRANTED["context"] | {"page": {"url": "https://shop.example/"}, "userAgent": "Mozilla"}}
    world.accept(an_event("a", traits={"email": " Ada@Example.com "}, **page))
    world.deliver_all()
    assert b"example.com" not in asked[0].body.lower()
    (sent,) = json.loads(asked[0].body)["data"]
    assert sent["user_data"]["em"] == [hashlib.sha256(b"ada@example.com").hexdigest()]


EMAIL = {"source": "traits.email", "target": "user_data.em"}


@pytest.fixture
def sink(world):
    """A bucket of the organisation."""
    boto3.client("s3").create_bucket(Bucket="signal-sink-events")
    return "signal-sink-events"


def files(bucket):
    """The events in each file of a bucket, by its key."""
    s3 = boto3.client("s3")
    keys = [each["Key"] for each in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]
    texts = {key: gzip.decompress(s3.get_object(Bucket=bucket, Key=key)["Body"].read()) for key in keys}
    return {key: [json.loads(line) for line in text.splitlines()] for key, text in texts.items()}


def test_a_bucket_gets_files_of_events(world, sink):
    integration = world.attach("s3", config={"bucket": sink})
    world.accept("a", "b")
    world.deliver_all()
    ((key, found),) = files(sink).items()
    assert key.startswith("events/date=2026-02-25/hour=10/")
    assert [event["messageId"] for event in found] == ["a", "b"]
    assert world.counts()[integration] == ENDED | {"handed": 2, "delivered": 2}


def test_a_bucket_that_is_not_there_is_a_dead_letter(world):
    world.attach("s3", config={"bucket": "signal-sink-nobody"})
    world.accept("a")
    world.deliver_all()
    assert world.story("a")[-1] == ("dead", "REFUSED")


@pytest.fixture
def stream(sink):
    """A stream of the organisation, which writes to its bucket."""
    to = {"RoleARN": "arn:aws:iam::123456789012:role/stream", "BucketARN": f"arn:aws:s3:::{sink}"}
    firehose = boto3.client("firehose")
    firehose.create_delivery_stream(DeliveryStreamName=sink, S3DestinationConfiguration=to)
    yield sink
    firehose.delete_delivery_stream(DeliveryStreamName=sink)


def test_a_stream_gets_records_of_events(world, stream):
    integration = world.attach("firehose", config={"stream": stream})
    world.accept("a", "b")
    world.deliver_all()
    assert world.counts()[integration] == ENDED | {"handed": 2, "delivered": 2}


@pytest.mark.parametrize("vendor", ["s3", "firehose"])
def test_a_bucket_and_a_stream_are_tested_with_the_rights_of_the_api(world, stream, vendor):
    integration = world.attach(vendor, config={"bucket" if vendor == "s3" else "stream": stream})
    tested = world.owner.post(f"/v1/admin/integrations/{integration}/test", {})
    assert (tested.status, tested.json["outcome"]) == (200, "delivered")


def test_of_a_stream_only_the_records_that_failed_are_sent_again(world, monkeypatch):
    """Amazon Data Firehose says of each record what became of it."""
    from chalicelib.delivery import sending

    world.attach("firehose", config={"stream": "signal-sink-events"})
    calls = []

    class Firehose:
        def put_record_batch(self, **sent):
            ids = [json.loads(record["Data"])["messageId"] for record in sent["Records"]]
            calls.append(ids)
            failed = {"ErrorCode": "ServiceUnavailableException", "ErrorMessage": "slow down"}
            first = len(calls) == 1
            return {"RequestResponses": [failed if first and name != "a" else {"RecordId": "r"} for name in ids]}

    real = sending.aws.client
    monkeypatch.setattr(sending.aws, "client", lambda service: Firehose() if service == "firehose" else real(service))
    world.accept("a", "b", "c")
    world.deliver_all()
    assert calls == [["a", "b", "c"], ["b", "c"]]


def test_only_calls_that_deliver_are_made(world, monkeypatch):
    from chalicelib.delivery import sending
    from chalicelib.integrations.addresses import NotAllowed
    from chalicelib.integrations.vendor import AwsRequest

    with pytest.raises(NotAllowed):
        sending._called(AwsRequest("s3", "delete_object", {}))


def test_a_mistake_in_a_vendor_costs_only_the_event_that_it_is_made_with(world, monkeypatch):
    import dataclasses

    from chalicelib.integrations import catalog

    integration = world.attach()
    webhook = catalog.known("webhook")

    def requests(config, outgoing, token):
        if any(each.name == "b" for each in outgoing):
            raise KeyError("b")
        return webhook.requests(config, outgoing, token)

    monkeypatch.setattr(catalog, "known", lambda _key: dataclasses.replace(webhook, requests=requests))
    world.accept("a", "b", "c")
    world.deliver_all()
    assert world.vendor.ids() == ["a", "c"]
    assert world.story("b")[-1] == ("dead", "VENDOR_FAILED")
    assert world.counts()[integration] == ENDED | {"handed": 3, "delivered": 2, "dead": 1}
