"""Events that could not be delivered: kept for fourteen days with the reason, to be looked at and sent again."""

import base64
import heapq
import re
import zlib
from collections.abc import Iterator
from functools import partial
from typing import Any

from pynamodb.exceptions import UpdateError
from pynamodb.transactions import TransactWrite

from .. import clock, queues
from ..activity.counters import DEAD_THERE as DEAD
from ..errors import DeadLetterNotFound
from ..integrations.mapping import name_of
from ..store import Write, condition_failed
from .table import DeadLetter
from .task import Destination, Task

KEPT_SECONDS = 14 * 24 * 3600
POSITION = re.compile(r"[0-9]{13}#.{1,900}", re.ASCII | re.DOTALL)  # DynamoDB takes 1,024 bytes of a sort key
SHELVES = 4  # partitions for each integration
LEASE_MILLISECONDS = 2 * 3600 * 1000  # after which one that was sent again, and did not end, may be sent once more


def writes(to: Destination, task: Task, attempts: int) -> dict[str, Write]:
    """What a settled task does to the dead letters: one more, one less, or one that failed again."""
    if task.letter is None:
        return {name(task.place): partial(_put, _new(to, task, attempts))} if task.verdict == DEAD else {}
    if task.verdict == DEAD:
        return {name(task.place): partial(_failed_again, task.letter, task, attempts)}
    return {name(task.place): partial(_remove, task.letter)}


def name(place: str) -> str:
    """What the dead letter of an event is called among other rows."""
    return f"letter {place}"


def _new(to: Destination, task: Task, attempts: int) -> DeadLetter:
    now = clock.milliseconds()
    return DeadLetter(
        f"{to.integration_id}#{zlib.crc32(task.place.encode()) % SHELVES}",
        f"{now:013d}#{task.place}",
        org_id=to.org_id,
        pipeline_id=to.pipeline_id,
        integration_id=to.integration_id,
        revision=to.revision,
        place=task.place,
        message_id=task.event["messageId"],
        name=name_of(task.event),
        code=task.code,
        reason=task.reason,
        attempts=attempts,
        failed_at=now,
        event=queues.packed(task.event),
        expires_at=clock.after(KEPT_SECONDS),
    )


def _put(letter: DeadLetter, transaction: TransactWrite) -> None:
    transaction.save(letter)


def _remove(letter: DeadLetter, transaction: TransactWrite) -> None:
    transaction.delete(letter, condition=DeadLetter.shelf.exists())


def _failed_again(letter: DeadLetter, task: Task, attempts: int, transaction: TransactWrite) -> None:
    actions: list[Any] = [
        DeadLetter.code.set(task.code),
        DeadLetter.reason.set(task.reason),
        DeadLetter.attempts.set(DeadLetter.attempts + attempts),
        DeadLetter.failed_at.set(clock.milliseconds()),
        DeadLetter.replaying_until.remove(),
        DeadLetter.expires_at.set(clock.after(KEPT_SECONDS)),
    ]
    transaction.update(letter, actions, condition=DeadLetter.shelf.exists())


def id_of(letter: DeadLetter) -> str:
    """The id that callers know it by."""
    text = f"{letter.shelf.rpartition('#')[2]}#{letter.position}"
    return "dl_" + base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def key_of(integration_id: str, letter_id: str) -> tuple[str, str]:
    """Shelf and position of the one with this id.

    Raises DeadLetterNotFound for what can be no id.
    """
    encoded = letter_id.removeprefix("dl_")
    try:
        text = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode()
    except ValueError:
        raise DeadLetterNotFound from None
    shelf, _, position = text.partition("#")
    if shelf not in map(str, range(SHELVES)) or not is_position(position):
        raise DeadLetterNotFound
    return f"{integration_id}#{shelf}", position


def is_position(text: str) -> bool:
    """Whether a text can be the position of one."""
    return text.isascii() and POSITION.fullmatch(text) is not None


def find(integration_id: str, letter_id: str) -> DeadLetter:
    """The dead letter with this id.

    Raises DeadLetterNotFound.
    """
    try:
        letter = DeadLetter.get(*key_of(integration_id, letter_id), consistent_read=True)
    except DeadLetter.DoesNotExist:
        raise DeadLetterNotFound from None
    if letter.expires_at <= clock.now():
        raise DeadLetterNotFound
    return letter


def event_of(letter: DeadLetter) -> dict[str, Any]:
    """The event, as it was accepted."""
    event: dict[str, Any] = queues.unpacked(letter.event)
    return event


def newest(integration_id: str, before: str | None) -> Iterator[DeadLetter]:
    """Those of an integration, the newest first: all, or what stands before a position."""
    condition = DeadLetter.position < before if before else None
    return _merged(integration_id, condition, oldest_first=False)


def oldest(integration_id: str, after: str, until: str) -> Iterator[DeadLetter]:
    """Those of an integration after a position and before another, the oldest first."""
    between = DeadLetter.position.between(f"{after}\x00", until)
    return _merged(integration_id, between, oldest_first=True)


def _merged(integration_id: str, condition: Any, *, oldest_first: bool) -> Iterator[DeadLetter]:
    shelves = [
        DeadLetter.query(
            f"{integration_id}#{number}",
            condition,
            scan_index_forward=oldest_first,
            consistent_read=True,
            page_size=200,
        )
        for number in range(SHELVES)
    ]
    now = clock.now()
    merged = heapq.merge(*shelves, key=lambda letter: letter.position, reverse=not oldest_first)
    return (letter for letter in merged if letter.expires_at > now)


def is_replaying(letter: DeadLetter) -> bool:
    """Whether it is on its way again."""
    return int(letter.replaying_until or 0) > clock.milliseconds()


def lease() -> int:
    """Until when what is claimed now is somebody's; milliseconds since the epoch."""
    return clock.milliseconds() + LEASE_MILLISECONDS


def claim(letter: DeadLetter, until: int) -> bool:
    """Take a dead letter to be sent again; not one that is on its way already, or gone."""
    now = clock.milliseconds()
    free = DeadLetter.replaying_until.does_not_exist() | (DeadLetter.replaying_until <= now)
    return _updated(letter, DeadLetter.replaying_until.set(until), DeadLetter.shelf.exists() & free)


def release(letter: DeadLetter, until: int) -> None:
    """Let one that was claimed until then, or perhaps was, be sent again by somebody else."""
    _updated(letter, DeadLetter.replaying_until.remove(), DeadLetter.replaying_until == until)


def _updated(letter: DeadLetter, action: Any, condition: Any) -> bool:
    """Whether it was changed, because the condition holds."""
    try:
        letter.update([action], condition=condition)
    except UpdateError as error:
        if not condition_failed(error):
            raise
        return False
    return True
