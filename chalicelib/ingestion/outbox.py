"""Accepted events on their way to the queue, in as few messages as hold them."""

from typing import Any

from .. import queues
from ..settings import settings


def send(about: dict[str, Any], envelopes: list[dict[str, Any]]) -> None:
    """Put the events on the queue. When this returns the queue has all of them; when it raises the sender must send
    all of them again, and those that were taken are recognised by their message ids."""
    for body in queues.parts(about, envelopes):
        queues.send(settings().events_queue_url, body, str(about["pipeline_id"]))
