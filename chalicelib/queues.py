"""SQS: sending, and taking a batch so that one bad message does not cost its neighbours."""

import base64
import gzip
import json
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from . import aws, logs, metrics

# Characters of JSON that SQS refuses in a message (API reference, SendMessage), as JSON may write them too.
ESCAPED = str.maketrans({"\ufffe": "\\ufffe", "\uffff": "\\uffff"})
LONGEST_REASON = 1000  # characters
COMPRESSED_FROM = 60 * 1024  # bytes; SQS bills a message for every 64 KB of it
LARGEST_MESSAGE = 250 * 1024  # bytes of a message as it travels; SQS takes 256 KB from everybody
LARGEST_TOGETHER = 1024 * 1024  # bytes of events in one message, so that it is known what room they need
LONGEST_DELAY_SECONDS = 900  # SQS, DelaySeconds


def packed(message: dict[str, Any]) -> str:
    """A message as a queue carries it: JSON, or when that is long, its gzip in base64."""
    plain = msgspec.json.encode(message)
    if len(plain) < COMPRESSED_FROM:
        return plain.decode().translate(ESCAPED)
    return base64.b64encode(gzip.compress(plain, compresslevel=1, mtime=0)).decode()


def unpacked(body: str) -> Any:
    """What was packed.

    Raises ValueError.
    """
    if body.startswith("{"):
        return json.loads(body)
    try:
        return msgspec.json.decode(gzip.decompress(base64.b64decode(body, validate=True)))
    except (EOFError, OSError) as error:
        raise ValueError(f"the message is neither JSON nor gzip: {error}") from None


def parts(about: dict[str, Any], events: Iterable[dict[str, Any]], most: int = 500) -> Iterator[str]:
    """Packed messages with what is said `about` all events and the `events`, as few as hold them with at most so many
    in each."""
    for together in _together(events, most):
        yield from _halves(about, together)


def _together(events: Iterable[dict[str, Any]], most: int) -> Iterator[list[dict[str, Any]]]:
    found: list[dict[str, Any]] = []
    room = LARGEST_TOGETHER
    for event in events:
        size = len(msgspec.json.encode(event)) + 1
        if found and (size > room or len(found) == most):
            yield found
            found, room = [], LARGEST_TOGETHER
        found.append(event)
        room -= size
    if found:
        yield found


def _halves(about: dict[str, Any], events: list[dict[str, Any]]) -> Iterator[str]:
    """One message, or several where they can hardly be compressed."""
    body = packed(about | {"events": events})
    if len(body.encode()) <= LARGEST_MESSAGE or len(events) == 1:
        yield body
        return
    middle = len(events) // 2
    yield from _halves(about, events[:middle])
    yield from _halves(about, events[middle:])


def send(queue_url: str, body: str, group: str, delay_seconds: int = 0) -> None:
    """Put a packed message on a queue, to be given out after a delay; when this returns the queue has it.

    While a `group` has many messages under way or is slow to be worked on, the queue gives out those of others first
    (SQS developer guide, "Amazon SQS fair queues").
    """
    delay = {"DelaySeconds": min(delay_seconds, LONGEST_DELAY_SECONDS)} if delay_seconds else {}
    aws.client("sqs").send_message(QueueUrl=queue_url, MessageBody=body, MessageGroupId=group, **delay)


def send_in_order(queue_url: str, message: dict[str, Any], group: str) -> None:
    """Put a message on a FIFO queue, which gives out the messages of a group one after the other."""
    aws.client("sqs").send_message(
        QueueUrl=queue_url,
        MessageBody=json.dumps(message, separators=(",", ":")),
        MessageGroupId=group,
        MessageDeduplicationId=uuid.uuid4().hex,  # two that are alike are two: the second comes after a change
    )


def send_dead_letter(queue_url: str, body: str, reason: str) -> None:
    """Put what cannot be worked on into a queue of dead letters: as it was, with the reason beside it."""
    told = {"Reason": {"DataType": "String", "StringValue": reason[:LONGEST_REASON].translate(ESCAPED)}}
    aws.client("sqs").send_message(QueueUrl=queue_url, MessageBody=body, MessageAttributes=told)


@dataclass(frozen=True, slots=True)
class Message:
    """A message as a queue gives it to a function. `receives` counts how often it was given, this time included."""

    id: str
    body: str
    receives: int


def consume_together(event: dict[str, Any], handle: Callable[[list[Message]], set[str]]) -> dict[str, Any]:
    """Handle all messages of a Lambda event at once; `handle` returns the ids of those that must come again.

    The answer is what Lambda expects with ReportBatchItemFailures.
    """
    messages = [
        Message(
            record["messageId"],
            record["body"],
            int(record.get("attributes", {}).get("ApproximateReceiveCount", 1)),
        )
        for record in event["Records"]
    ]
    try:
        failed = handle(messages)
    finally:
        metrics.report_rest()
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
        metrics.report_rest()
    return {"batchItemFailures": failed}
