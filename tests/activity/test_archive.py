"""The archive: every accepted event is in it, whatever else becomes of the event."""

import gzip
import json
import os

import pytest
from botocore.exceptions import EndpointConnectionError

import app
from chalicelib import aws
from chalicelib.activity import archive, live
from local.gateway import Context

from ..client import path_of


@pytest.fixture
def pipeline(owner):
    """A pipeline for any page."""
    return owner.a_pipeline()


def archived():
    """The archive: the events of each object, by its key."""
    s3, bucket = aws.client("s3"), os.environ["EVENTS_BUCKET"]
    keys = [each["Key"] for each in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]
    texts = {key: gzip.decompress(s3.get_object(Bucket=bucket, Key=key)["Body"].read()) for key in keys}
    return {key: [json.loads(line) for line in text.splitlines()] for key, text in texts.items()}


def message(*names, pipeline_id="pip_1", at="2026-02-25T10:00:00.000Z"):
    """A queue message with track events of these names."""
    events = [{"type": "track", "event": name, "messageId": name, "timestamp": at, "receivedAt": at} for name in names]
    return {"org_id": "org_1", "pipeline_id": pipeline_id, "events": events}


def test_an_accepted_event_is_archived_under_its_pipeline_and_hour(owner, api, pipeline, work):
    api.post("/v1/t", {"writeKey": pipeline["pipeline_key"], "event": "Bought", "messageId": "m-1"})
    work("process")
    ((key, events),) = archived().items()
    assert key.startswith(f"pipeline={pipeline['id']}/day=2026-02-25/hour=10/")
    assert key.endswith(".jsonl.gz")
    assert events == owner.get(path_of(pipeline, "/events")).json["events"]


def test_messages_that_come_together_are_one_object_for_each_pipeline_and_hour(moto_aws):
    archive.write(
        {
            "1": message("a", "b"),
            "2": message("c"),
            "3": message("d", pipeline_id="pip_2"),
            "4": message("e", at="2026-02-25T11:00:00.000Z"),
        }
    )
    found = {key.rpartition("/")[0]: [event["event"] for event in events] for key, events in archived().items()}
    assert found == {
        "pipeline=pip_1/day=2026-02-25/hour=10": ["a", "b", "c"],
        "pipeline=pip_1/day=2026-02-25/hour=11": ["e"],
        "pipeline=pip_2/day=2026-02-25/hour=10": ["d"],
    }


def test_the_same_messages_again_are_the_same_object(moto_aws):
    for _ in range(2):
        archive.write({"1": message("a"), "2": message("b")})
    assert len(archived()) == 1


def handled(bodies):
    """Which of the messages the function says have failed, by their place."""
    records = [{"messageId": str(number), "body": body} for number, body in enumerate(bodies)]
    failed = app.process({"Records": records}, Context())["batchItemFailures"]
    return [int(failure["itemIdentifier"]) for failure in failed]


def test_without_the_archive_nothing_counts_as_done(moto_aws, monkeypatch, logged):
    def fail(*_, **__):
        raise EndpointConnectionError(endpoint_url="https://s3")

    monkeypatch.setattr(aws.client("s3"), "put_object", fail)
    assert handled([json.dumps(message("a")), json.dumps(message("b"))]) == [0, 1]
    assert [line["message"] for line in logged] == ["messages failed"]


def test_an_event_that_cannot_be_shown_comes_again_alone(moto_aws, monkeypatch):
    def fail(given, record=live.record):
        if given["events"][0]["event"] == "bad":
            raise RuntimeError("cannot")
        record(given)

    monkeypatch.setattr(live, "record", fail)
    assert handled([json.dumps(message("good")), json.dumps(message("bad"))]) == [1]
    (events,) = archived().values()
    assert events == [*message("good")["events"], *message("bad")["events"]]


def test_a_message_that_cannot_be_read_fails_alone(moto_aws):
    assert handled([json.dumps(message("good")), "nonsense"]) == [1]
    assert len(archived()) == 1
