"""Accepted events on their way to the queue, in as few messages as hold them."""

from collections.abc import Iterator
from typing import Any

import msgspec

from .. import queues
from ..settings import settings

LARGEST_MESSAGE = 250 * 1024  # bytes of events in one message; SQS takes 256 KB from everybody, with what is around


def send(about: dict[str, Any], envelopes: list[dict[str, Any]]) -> None:
    """Put the events on the queue. When this returns the queue has all of them; when it raises the sender must send
    all of them again, and those that were taken are recognised by their message ids."""
    for events in _messages(envelopes):
        queues.send(settings().events_queue_url, about | {"events": events})


def _messages(envelopes: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    message: list[dict[str, Any]] = []
    room = LARGEST_MESSAGE
    for envelope in envelopes:
        size = len(msgspec.json.encode(envelope)) + 1
        if size > room and message:
            yield message
            message, room = [], LARGEST_MESSAGE
        message.append(envelope)
        room -= size
    if message:
        yield message
