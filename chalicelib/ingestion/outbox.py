"""Accepted events on their way to the queue, in as few messages as hold them."""

from collections.abc import Iterator
from typing import Any

import msgspec

from .. import queues
from ..settings import settings

LARGEST_MESSAGE = 250 * 1024  # bytes of a message as it travels; SQS takes 256 KB from everybody
MOST_TOGETHER = 1024 * 1024  # bytes of events in one message, so that the processor knows what it must have room for


def send(about: dict[str, Any], envelopes: list[dict[str, Any]]) -> None:
    """Put the events on the queue. When this returns the queue has all of them; when it raises the sender must send
    all of them again, and those that were taken are recognised by their message ids."""
    for events in _together(envelopes):
        for body in _bodies(about, events):
            queues.send(settings().events_queue_url, body)


def _together(envelopes: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    events: list[dict[str, Any]] = []
    room = MOST_TOGETHER
    for envelope in envelopes:
        size = len(msgspec.json.encode(envelope)) + 1
        if size > room and events:
            yield events
            events, room = [], MOST_TOGETHER
        events.append(envelope)
        room -= size
    if events:
        yield events


def _bodies(about: dict[str, Any], events: list[dict[str, Any]]) -> Iterator[str]:
    """One message, or several where they can hardly be compressed."""
    body = queues.packed(about | {"events": events})
    if len(body.encode()) <= LARGEST_MESSAGE or len(events) == 1:
        yield body
        return
    middle = len(events) // 2
    yield from _bodies(about, events[:middle])
    yield from _bodies(about, events[middle:])
