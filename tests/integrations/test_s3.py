import gzip
import json

import pytest

from chalicelib.errors import ValidationFailed
from chalicelib.integrations.vendor import Outgoing
from chalicelib.integrations.vendors.s3 import VENDOR

from .events import an_event
from .sent import config_of, outcome_of


def a_config(**fields):
    return config_of(VENDOR, **{"bucket": "acme-events"} | fields)


def an_outgoing(number=1, received="2026-02-20T10:06:41.000Z", **values):
    return Outgoing(an_event(messageId=f"m-{number}", receivedAt=received), "x", values)


def calls(config, *events):
    return [(sending.places, sending.request.arguments) for sending in VENDOR.requests(config, events, "")]


def lines(arguments):
    return [json.loads(line) for line in gzip.decompress(arguments["Body"]).splitlines()]


def test_events_are_a_file_of_compressed_json_lines():
    events = [an_outgoing(1), an_outgoing(2)]
    (sending,) = VENDOR.requests(a_config(), events, "")
    assert (sending.request.service, sending.request.operation) == ("s3", "put_object")
    arguments = dict(sending.request.arguments)
    assert lines(arguments) == [one.event for one in events]
    del arguments["Body"]
    assert arguments == {
        "Bucket": "acme-events",
        "Key": "events/date=2026-02-20/hour=10/4221f5d04c26d00f87639d3e1784f91e.jsonl.gz",
        "ContentType": "application/gzip",
        "StorageClass": "STANDARD",
    }


def test_the_same_events_make_the_same_file_in_whatever_order():
    first = calls(a_config(), an_outgoing(1), an_outgoing(2))[0][1]
    again = calls(a_config(), an_outgoing(2), an_outgoing(1))[0][1]
    assert first["Key"] == again["Key"]
    assert first == calls(a_config(), an_outgoing(1), an_outgoing(2))[0][1]


def test_each_hour_has_its_folder():
    found = calls(
        a_config(prefix="{year}/{month}/{day}/{hour}/"),
        an_outgoing(1),
        an_outgoing(2, "2026-02-20T11:00:00.000Z"),
        an_outgoing(3),
    )
    assert [(places, call["Key"].rpartition("/")[0]) for places, call in found] == [
        ((0, 2), "2026/02/20/10"),
        ((1,), "2026/02/20/11"),
    ]


def test_what_a_mapping_puts_together_can_be_written_and_an_owner_and_class_be_asked_for():
    config = a_config(payload_format="mapped", bucket_owner="123456789012", storage_class="STANDARD_IA", prefix="")
    ((_, call),) = calls(config, an_outgoing(1, total=5))
    assert lines(call) == [{"total": 5}]
    assert (call["ExpectedBucketOwner"], call["StorageClass"], call["Key"].count("/")) == (
        "123456789012",
        "STANDARD_IA",
        0,
    )


@pytest.mark.parametrize(
    ("status", "said", "verdict"),
    [
        (200, b'{"ETag": "x"}', "delivered"),
        (403, b"An error occurred (AccessDenied) when calling the PutObject operation: Access Denied", "refused"),
        (404, b"An error occurred (NoSuchBucket) when calling the PutObject operation", "refused"),
        (400, b"An error occurred (RequestTimeout) when calling the PutObject operation", "again"),
        (400, b"An error occurred (ExpiredToken) when calling the PutObject operation", "again"),
        (503, b"An error occurred (SlowDown) when calling the PutObject operation", "again"),
        (500, b"An error occurred (InternalError) when calling the PutObject operation", "again"),
    ],
)
def test_outcomes(status, said, verdict):
    assert [found for found, _ in outcome_of(VENDOR, status, said, count=2)] == [verdict] * 2


@pytest.mark.parametrize(
    "fields",
    [
        {"bucket": "Not_A_Bucket"},
        {"prefix": "/events/"},
        {"prefix": "events//"},
        {"prefix": "{minute}/"},
        {"prefix": "a b"},
        {"bucket_owner": "123"},
        {"storage_class": "GLACIER"},
    ],
)
def test_a_wrong_configuration_is_refused(fields):
    with pytest.raises(ValidationFailed) as refused:
        a_config(**fields)
    assert [problem["field"] for problem in refused.value.details] == list(fields)
