"""The queues between the functions, each with a place for what could not be worked on."""

from typing import Any

DAY_SECONDS = 24 * 3600
MAX_RECEIVES = 5
# The processor itself puts events away that it cannot work on, with the reason, and waits for stores as long as the
# queue does; this is only for messages that it cannot even put away.
EVENTS_MAX_RECEIVES = 200
KEPT_SECONDS = 4 * DAY_SECONDS
# A dead letter keeps the time it was first sent, so it must be kept longer than the queue it came from.
DEAD_LETTERS_KEPT_SECONDS = 14 * DAY_SECONDS
CONSUMER_TIMEOUT_SECONDS = 60
# AWS's advice for a queue that triggers a function: six times the function's timeout, so that a message being
# worked on is not handed out a second time while Lambda retries a throttled call.
VISIBILITY_TIMEOUT_SECONDS = 6 * CONSUMER_TIMEOUT_SECONDS


def queues(prefix: str) -> dict[str, Any]:
    """The queues and their dead-letter queues; names start with `prefix`."""
    return {
        "EventsDeadLetterQueue": _dead_letter_queue(f"{prefix}events-dead-letters"),
        "EventsQueue": _queue(f"{prefix}events", "EventsDeadLetterQueue", EVENTS_MAX_RECEIVES),
        # The worker itself keeps what vendors do not take; this is only for messages that it cannot even read.
        "DeliveriesDeadLetterQueue": _dead_letter_queue(f"{prefix}deliveries-dead-letters"),
        "DeliveriesQueue": _queue(f"{prefix}deliveries", "DeliveriesDeadLetterQueue", EVENTS_MAX_RECEIVES),
        # In order for each pipeline: what was asked for last is built last, and two builds never overlap.
        "BuildsDeadLetterQueue": _dead_letter_queue(f"{prefix}builds-dead-letters.fifo"),
        "BuildsQueue": _queue(f"{prefix}builds.fifo", "BuildsDeadLetterQueue"),
    }


def _queue(name: str, dead_letters: str, max_receives: int = MAX_RECEIVES) -> dict[str, Any]:
    redrive = {"deadLetterTargetArn": {"Fn::GetAtt": [dead_letters, "Arn"]}, "maxReceiveCount": max_receives}
    return _resource(
        QueueName=name,
        VisibilityTimeout=VISIBILITY_TIMEOUT_SECONDS,
        MessageRetentionPeriod=KEPT_SECONDS,
        RedrivePolicy=redrive,
    )


def _dead_letter_queue(name: str) -> dict[str, Any]:
    return _resource(QueueName=name, MessageRetentionPeriod=DEAD_LETTERS_KEPT_SECONDS)


def _resource(**properties: Any) -> dict[str, Any]:
    if properties["QueueName"].endswith(".fifo"):
        properties["FifoQueue"] = True
    # What waits in a queue has not been stored anywhere else yet, so it outlives the stack.
    return {
        "Type": "AWS::SQS::Queue",
        "DeletionPolicy": "RetainExceptOnCreate",
        "UpdateReplacePolicy": "Retain",
        "Properties": properties | {"SqsManagedSseEnabled": True},
    }
