"""SQS: sending, and taking a batch so that one bad message does not cost its neighbours."""

import json
import uuid
from collections.abc import Callable
from typing import Any

import msgspec

from . import aws, logs

# Characters of JSON that SQS refuses in a message (API reference, SendMessage), as JSON may write them too.
ESCAPED = str.maketrans({"\ufffe": "\\ufffe", "\uffff": "\\uffff"})


def send(queue_url: str, message: dict[str, Any]) -> None:
    """Put a message on a queue; when this returns the queue has it."""
    body = msgspec.json.encode(message).decode().translate(ESCAPED)
    aws.client("sqs").send_message(QueueUrl=queue_url, MessageBody=body)


def send_in_order(queue_url: str, message: dict[str, Any], group: str) -> None:
    """Put a message on a FIFO queue, which gives out the messages of a group one after the other."""
    aws.client("sqs").send_message(
        QueueUrl=queue_url,
        MessageBody=json.dumps(message, separators=(",", ":")),
        MessageGroupId=group,
        MessageDeduplicationId=uuid.uuid4().hex,  # two that are alike are two: the second comes after a change
    )


def consume_together(event: dict[str, Any], handle: Callable[[dict[str, dict[str, Any]]], set[str]]) -> dict[str, Any]:
    """Handle all messages of a Lambda event at once, by their ids; `handle` returns the ids of those that failed, and
    when it raises all have. What cannot be read fails alone.

    The answer is what Lambda expects with ReportBatchItemFailures.
    """
    messages, failed = {}, set()
    for record in event["Records"]:
        try:
            messages[record["messageId"]] = json.loads(record["body"])
        except ValueError:
            logs.error("message unreadable", message_id=record["messageId"], queue=record.get("eventSourceARN"))
            failed.add(record["messageId"])
    try:
        failed |= handle(messages)
    except Exception:  # whatever it was, the messages must come again
        logs.error("messages failed", message_ids=list(messages))
        failed |= set(messages)
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in sorted(failed)]}


def consume(event: dict[str, Any], handle: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """Handle each message of a Lambda event; those that failed are named, so that the queue gives them again.

    The answer is what Lambda expects with ReportBatchItemFailures.
    """
    failed = []
    for record in event["Records"]:
        try:
            handle(json.loads(record["body"]))
        except Exception:  # whatever it was, the message must come again
            logs.error("message failed", message_id=record["messageId"], queue=record.get("eventSourceARN"))
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}
