"""Sending dead letters again: at a limited rate, each once. Many are sent step by step by the queue itself, so that
nobody waits for it and nothing is forgotten half-way."""

from collections.abc import Sequence
from typing import Any

import msgspec

from .. import clock, queues
from ..settings import settings
from . import dead_letters
from .table import DeadLetter
from .task import message_about

STEP_SECONDS = 5  # of sending that one step prepares: each letter is claimed by a write, and a function has a minute
MOST_READ = 5000  # letters that one step looks at


class Filter(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Which dead letters. What is not given is any."""

    pipeline_id: str = ""
    code: str = ""
    name: str = ""
    text: str = ""
    since: int = 0  # milliseconds since the epoch, by the first failure
    until: int = 0

    def matches(self, letter: DeadLetter) -> bool:
        """Whether it is one of them."""
        failed_at = int(letter.position[:13])
        return (
            self.pipeline_id in ("", letter.pipeline_id)
            and self.code in ("", letter.code)
            and self.name in ("", letter.name)
            and self.since <= failed_at
            and (not self.until or failed_at < self.until)
            and self.text.casefold() in letter.reason.casefold()
        )


class Step(msgspec.Struct, kw_only=True):
    """A replay under way: which letters are left of it."""

    filter: Filter
    rate: int
    after: str  # the position of the last one that was sent
    until: str  # greater than the positions of those that have failed by now


def begin(org_id: str, integration_id: str, wanted: Filter, rate: int) -> None:
    """Let all that match be sent again."""
    step = Step(filter=wanted, rate=rate, after="", until=f"{clock.milliseconds():013d}$")
    _put(org_id, integration_id, step, 0)


def go_on(content: dict[str, Any]) -> None:
    """Send the next of them, and let the queue call again for the rest."""
    org_id, integration_id = content["org_id"], content["integration_id"]
    step = msgspec.convert(content["replay"], Step)
    room, read = step.rate * STEP_SECONDS, 0
    found: list[DeadLetter] = []
    finished = True
    for letter in dead_letters.oldest(integration_id, step.after, step.until):
        if len(found) == room or read == MOST_READ:
            finished = False
            break
        step.after, read = letter.position, read + 1
        if step.filter.matches(letter) and not dead_letters.is_replaying(letter):
            found.append(letter)
    send(org_id, integration_id, found, step.rate)
    if not finished:  # said last: a step that comes again, because it failed, must not make two replays of one
        _put(org_id, integration_id, step, STEP_SECONDS)


def send(org_id: str, integration_id: str, letters: Sequence[DeadLetter], rate: int) -> int:
    """Put dead letters on the queue of deliveries, so many a second; how many. Those that are on their way already are
    left alone."""
    sent = 0
    for second, start in enumerate(range(0, len(letters), rate)):
        until = dead_letters.lease()
        claimed: list[DeadLetter] = []
        try:
            for letter in letters[start : start + rate]:
                claimed.append(letter)  # before it is known: an answer may be lost
                if not dead_letters.claim(letter, until):
                    claimed.pop()
            _send(org_id, integration_id, claimed, second)
        except Exception:
            for letter in claimed:
                dead_letters.release(letter, until)
            raise
        sent += len(claimed)
    return sent


def _send(org_id: str, integration_id: str, letters: Sequence[DeadLetter], delay_seconds: int) -> None:
    for pipeline_id in sorted({letter.pipeline_id for letter in letters}):
        about = message_about(org_id, pipeline_id, integration_id, watched=True)
        events = [_event(letter) for letter in letters if letter.pipeline_id == pipeline_id]
        for body in queues.parts(about, events):
            queues.send(settings().deliveries_queue_url, body, integration_id, delay_seconds)


def _event(letter: DeadLetter) -> dict[str, Any]:
    event = dead_letters.event_of(letter)
    return {"place": letter.place, "event": event, "letter": [letter.shelf, letter.position]}


def _put(org_id: str, integration_id: str, step: Step, delay_seconds: int) -> None:
    message = {"org_id": org_id, "integration_id": integration_id, "replay": msgspec.to_builtins(step)}
    queues.send(settings().deliveries_queue_url, queues.packed(message), integration_id, delay_seconds)
