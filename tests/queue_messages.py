"""Messages of the events queue, as ingestion writes them, and what the processor makes of them."""

import gzip
import json
import os
from typing import Any

import app
from chalicelib import aws
from local.gateway import Context

PIPELINE = "pip_1"


def an_event(name: str, **fields: Any) -> dict[str, Any]:
    """A track event of this name, which is its message id too."""
    at = "2026-02-25T10:00:00.000Z"
    return {"type": "track", "event": name, "messageId": name, "timestamp": at, "receivedAt": at} | fields


def a_message(*events: str | dict[str, Any], **about: Any) -> str:
    """A queue message with these events."""
    full = [an_event(event) if isinstance(event, str) else event for event in events]
    return json.dumps({"org_id": "org_1", "pipeline_id": PIPELINE, "watched": True} | about | {"events": full})


def handled(*bodies: str, ids: str = "", receives: int = 1) -> list[int]:
    """Let the function work on messages; the places of those that must come again. `ids` has one letter for each, by
    default a, b, c …"""
    records = [
        {"messageId": message_id, "body": body, "attributes": {"ApproximateReceiveCount": str(receives)}}
        for message_id, body in zip(ids or "abcdefghij", bodies, strict=False)
    ]
    failed = app.process({"Records": records}, Context())["batchItemFailures"]
    names = [record["messageId"] for record in records]
    return [names.index(failure["itemIdentifier"]) for failure in failed]


def archived() -> dict[str, list[dict[str, Any]]]:
    """The archive: the events of each object, by its key."""
    s3, bucket = aws.client("s3"), os.environ["EVENTS_BUCKET"]
    keys = [each["Key"] for each in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]
    texts = {key: gzip.decompress(s3.get_object(Bucket=bucket, Key=key)["Body"].read()) for key in keys}
    return {key: [json.loads(line) for line in text.splitlines()] for key, text in texts.items()}


def archived_names() -> list[str]:
    """The names of all events in the archive."""
    return sorted(event["event"] for events in archived().values() for event in events)


def dead_letters() -> list[tuple[str, str]]:
    """What was put away: body and reason."""
    answer = aws.client("sqs").receive_message(
        QueueUrl=os.environ["EVENTS_DEAD_LETTER_QUEUE_URL"], MaxNumberOfMessages=10, MessageAttributeNames=["All"]
    )
    return [(each["Body"], each["MessageAttributes"]["Reason"]["StringValue"]) for each in answer.get("Messages", [])]
