"""Delivers the events of a message to one integration: what is settled already is skipped, what may still succeed goes
back to the queue with a pause, and what cannot be delivered becomes a dead letter. Nothing is forgotten in between: a
message is given up only when all of its events are settled or on the queue again."""

import random
import time
from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any

from .. import aws, clock, logs, metrics, queues, store
from ..activity import live
from ..activity.counters import DEAD_THERE as DEAD
from ..activity.counters import DELIVERED, WITHHELD
from ..activity.live import AtIntegration
from ..integrations.decisions import Withheld, decided
from ..integrations.vendor import Outgoing
from ..queues import Message
from ..settings import settings
from . import dead_letters, ledger, replay, retry, standing
from .configuration import Attached, configuration
from .sending import Courier, Sent
from .table import DeadLetter
from .task import Destination, Task

ATTEMPTS = 5  # at a message that fails for a reason of its own
MOST_RECEIVES = 100  # of a message, whatever the reason: it may stop the function itself
FAILED = "FAILED"
SENDING_SECONDS = 45.0  # of the function's minute; what is not begun by then goes back to the queue
LONGEST_WAIT_MILLISECONDS = 2 * 24 * 3600 * 1000  # until it is tried, for a place within the rate limit or for time
Retries = dict[tuple[int, int], list[Task]]  # by attempt and pause in seconds


def deliver(messages: list[Message]) -> set[str]:
    """Work on messages of the deliveries queue; the ids of those that must come again."""
    return {message.id for message in messages if not _is_done(message)}


def _is_done(message: Message) -> bool:
    """Work on one; false if it must come again."""
    try:
        content = queues.unpacked(message.body)
        replay.go_on(content) if "replay" in content else _deliver_or_give_up(content, message.receives)
    except Exception:  # whatever it was, the message must come again
        logs.error("message failed", message_id=message.id)
        return False
    return True


def _deliver_or_give_up(content: dict[str, Any], receives: int) -> None:
    """Deliver; what has come too often already becomes dead letters. While a store does not answer it may come as
    often as it likes."""
    if receives > MOST_RECEIVES:
        return _deliver(content, f"not finished in {MOST_RECEIVES} attempts")
    try:
        return _deliver(content)
    except Exception as error:
        if receives < ATTEMPTS or aws.unavailable(error):
            raise
        logs.error("message given up", pipeline_id=content["pipeline_id"], integration_id=content["integration_id"])
        return _deliver(content, f"{type(error).__name__} at each of {ATTEMPTS} attempts")


def _deliver(content: dict[str, Any], given_up: str = "") -> None:
    """Deliver the events of a message, or keep them as dead letters if it is `given_up`, for that reason."""
    to = Destination(content["org_id"], content["pipeline_id"], content["integration_id"])
    tasks, found = _read(to, content["events"])
    rows = {task.block: found[task.block] for task in tasks}
    tasks = ledger.unsettled(tasks, rows)
    if integration := found.get(standing.INTEGRATION):
        metrics.describe(Vendor=integration.vendor)
    refused = standing.refusal(found) if standing.KEY in found else None
    retries: Retries = {}
    if refused:
        _end([task for task in tasks if task.letter], DEAD, refused.code, refused.reason)
        _end([task for task in tasks if not task.letter], WITHHELD, refused.code, refused.reason)
    elif given_up:
        _end(tasks, DEAD, FAILED, f"by a fault of the product: {given_up}")
    elif tasks:
        attached = _attached(to, found.get(standing.ATTACHED))
        to = Destination(to.org_id, to.pipeline_id, to.integration_id, int(attached.revision.number))
        retries = _send(attached, tasks, content)
    settled = ledger.settle(to, tasks, rows, content["attempt"])
    if content.get("watched"):
        live.record_at_integration(to.pipeline_id, to.integration_id, map(_shown, settled))
    _again(content, retries)
    _log(to, content, settled, retries)


def _read(to: Destination, events: list[dict[str, Any]]) -> tuple[list[Task], dict[str, Any]]:
    """The tasks, and what is stored of them by its name. Where the pipeline stands is left out when that cannot be
    read: then what was known last is in force."""
    tasks = [Task(each["place"], each["event"]) for each in events]
    wanted: dict[str, Any] = {task.block: ledger.row_of(task.block, to.integration_id) for task in tasks}
    letters = {dead_letters.name(each["place"]): each["letter"] for each in events if "letter" in each}
    for name, (shelf, position) in letters.items():
        wanted[name] = DeadLetter(shelf, position)
    try:
        found = store.get_named(wanted | standing.wanted(to))
    except Exception as error:
        if not aws.unavailable(error):
            raise
        found = store.get_named(wanted)
        logs.error("standing not read; the last that is known stays in force", pipeline_id=to.pipeline_id)
    for task in tasks:
        task.letter = found.get(dead_letters.name(task.place))
    return [task for task in tasks if task.letter or dead_letters.name(task.place) not in letters], found


def _attached(to: Destination, standing_now: Any) -> Attached:
    """The integration as it is now: one that was attached or changed a moment ago is read again.

    Raises LookupError when it is not attached.
    """
    for attached in configuration.of(to.org_id, to.pipeline_id):
        current = standing_now is None or standing_now.revision == attached.revision.number
        if attached.integration_id == to.integration_id and current:
            return attached
    for attached in configuration.again(to.org_id, to.pipeline_id):
        if attached.integration_id == to.integration_id:  # by whatever revision: this was read after where it stands
            return attached
    raise LookupError(f"{to.integration_id} is not attached to {to.pipeline_id}, though it was a moment ago")


def _send(attached: Attached, tasks: list[Task], content: Mapping[str, Any]) -> Retries:
    """Decide what becomes of the tasks; those that are to be tried again."""
    if attached.obstacle:
        _end(tasks, DEAD, *attached.obstacle)
        return {}
    outgoing: list[tuple[Task, Outgoing]] = []
    for task in tasks:
        decision = decided(attached.consent, attached.mapping, task.event)
        if isinstance(decision, Withheld):
            task.end(WITHHELD, decision.code, decision.reason)
        else:
            outgoing.append((task, decision))
    if not outgoing:
        return {}
    name = f"{attached.pipeline_id}#{attached.integration_id}"
    ends_at = time.monotonic() + SENDING_SECONDS
    courier = Courier(name, attached.vendor, attached.config, attached.requests_per_second, ends_at)
    retries: Retries = defaultdict(list)
    jitter = random.random()  # one for all, so that what was tried together is tried together again
    for (task, _), sent in zip(outgoing, courier.send([each for _, each in outgoing]), strict=True):
        if next_time := _judged(task, sent, content, jitter):
            retries[next_time].append(task)
    return retries


def _end(tasks: list[Task], verdict: str, code: str, reason: str) -> None:
    for task in tasks:
        task.end(verdict, code, reason)


def _judged(task: Task, sent: Sent, content: Mapping[str, Any], jitter: float) -> tuple[int, int] | None:
    """Attempt and pause of the next time, if there is one."""
    attempt: int = content["attempt"]
    if sent.verdict == "delivered":
        task.end(DELIVERED)
    elif sent.verdict == "refused":
        task.end(DEAD, sent.code, sent.reason)
    elif sent.verdict == "later":
        if clock.milliseconds() - content["since"] < LONGEST_WAIT_MILLISECONDS:
            return attempt, int(sent.asked or 1)
        task.end(DEAD, sent.code, sent.reason)
    elif attempt < retry.ATTEMPTS:
        return attempt + 1, retry.pause(attempt, jitter, sent.asked)
    else:
        task.end(DEAD, sent.code, f"{retry.ATTEMPTS} attempts, the last: {sent.reason}")
    return None


def _again(content: dict[str, Any], retries: Retries) -> None:
    """Put what is to be tried again on the queue."""
    sent_back = {each["place"]: each for each in content["events"]}
    about = {name: value for name, value in content.items() if name != "events"}
    for (attempt, pause), tasks in retries.items():
        events = [sent_back[task.place] for task in tasks]
        for body in queues.parts(about | {"attempt": attempt}, events):
            queues.send(settings().deliveries_queue_url, body, str(content["integration_id"]), pause)


def _shown(task: Task) -> AtIntegration:
    return AtIntegration(task.place, task.event, task.verdict, task.code, task.reason)


def _log(to: Destination, content: Mapping[str, Any], settled: list[Task], retries: Retries) -> None:
    counts = Counter(task.verdict for task in settled)
    again = sum(map(len, retries.values()))
    for metric, events in (
        (metrics.EVENTS_DELIVERED, counts[DELIVERED]),
        (metrics.EVENTS_DEAD_LETTERED, counts[DEAD]),
        (metrics.EVENTS_RETRIED, again),
    ):
        if events:
            metrics.record(metric, events)
    if arrived := [task.event["receivedAt"] for task in settled if task.verdict == DELIVERED]:
        metrics.record(metrics.DELIVERY_AGE, clock.seconds_since(min(arrived)))
    metrics.report(
        "delivery",
        pipeline_id=to.pipeline_id,
        integration_id=to.integration_id,
        attempt=content["attempt"],
        again=again,
        **counts,
    )
