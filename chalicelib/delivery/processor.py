"""What becomes of accepted events once they are off the queue: archived, handed over to the integrations of their
pipeline, counted, and kept to be looked at."""

from typing import Any

import msgspec

from .. import aws, clock, logs, metrics, queues
from ..activity import archive, bots, ledger, live, unprocessed
from ..activity.ledger import Occurrence
from ..pipelines import usage
from ..queues import Message
from .handover import hand_over, record_withheld

ATTEMPTS = 5  # at a message that fails for a reason of its own
ESSENTIAL = {"messageId", "receivedAt", "type"}
MOST_RECEIVES = 100  # of a message, whatever the reason: it may stop the function itself


class _Batch(msgspec.Struct):
    """A queue message and the events in it."""

    message: Message
    about: dict[str, Any]
    occurrences: list[Occurrence]


def process(messages: list[Message]) -> set[str]:
    """Settle the events of queue messages. Returns the ids of the messages that must come again; what comes again
    changes nothing that was done. While a store does not answer all of them come again, however often."""
    aws.forget_calls()
    batches, failed = [], set()
    for message in messages:
        try:
            batch = _read(message)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            failed |= _put_away(_Batch(message, {}, []), f"unreadable: {type(error).__name__}: {error}")
            continue
        if message.receives > MOST_RECEIVES:
            failed |= _put_away(batch, f"not finished in {MOST_RECEIVES} attempts")
        else:
            batches.append(batch)
    failed |= _worked_on(batches)
    metrics.report("processing", messages=len(messages), again=len(failed), aws_calls=aws.calls())
    return failed


def _read(message: Message) -> _Batch:
    content = queues.unpacked(message.body)
    about = {"org_id": str(content["org_id"]), "pipeline_id": str(content["pipeline_id"])} | content
    events = about.pop("events")
    occurrences = []
    for index, event in enumerate(events):
        if not event.keys() >= ESSENTIAL:
            raise ValueError(f"event {index} has not all of {', '.join(sorted(ESSENTIAL))}")
        clock.seconds_since(event["receivedAt"])  # refuses what is no time before anything is done
        occurrences.append(Occurrence(about, event, f"{message.id}#{index:03d}"))
    return _Batch(message, about, occurrences)


def _worked_on(batches: list[_Batch]) -> set[str]:
    """Do the work; the ids of what must come again. One bad message does not cost its neighbours: when it fails, each
    is tried by itself."""
    if not batches:
        return set()
    try:
        _work(batches)
    except Exception as error:  # whatever it was, the messages must come again
        ids = {batch.message.id for batch in batches}
        logs.error("messages failed", message_ids=sorted(ids))
        if aws.unavailable(error):
            return ids
        if len(batches) > 1:
            return set().union(*(_worked_on([batch]) for batch in batches))
        if batches[0].message.receives < ATTEMPTS:
            return ids
        return _put_away(batches[0], f"{type(error).__name__}: {error}")
    return set()


def _work(batches: list[_Batch]) -> None:
    occurrences = [occurrence for batch in batches for occurrence in batch.occurrences]
    ledger.look_up(occurrences)
    bots.mark(occurrences)
    accepted = [each for each in occurrences if each.verdict == ledger.ACCEPTED and not each.settled_at]
    archive.write(accepted)
    hand_over(accepted)
    ledger.settle(occurrences)
    live.record_settled(occurrences)
    record_withheld(accepted)
    for about in (batch.about for batch in batches if "secret_prefix" in batch.about):
        usage.record(about["org_id"], about["pipeline_id"], about["secret_prefix"])


def _put_away(batch: _Batch, reason: str) -> set[str]:
    try:
        unprocessed.bury(batch.message, batch.occurrences, reason)
    except Exception:
        logs.error("message not put away", message_id=batch.message.id)
        return {batch.message.id}
    live.record_settled(batch.occurrences)
    return set()
