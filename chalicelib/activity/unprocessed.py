"""Events that cannot be worked on: kept as they came off the queue, with the reason, for fourteen days."""

from .. import logs, queues
from ..queues import Message
from ..settings import settings
from . import ledger
from .ledger import Occurrence


def bury(message: Message, occurrences: list[Occurrence], reason: str) -> None:
    """Put a message away and count its events as dead, but for those that were settled before it failed.

    The message is put away first: in doubt it is there twice.
    """
    queues.send_dead_letter(settings().events_dead_letter_queue_url, message.body, reason)
    logs.error("message put away", message_id=message.id, reason=reason)
    for occurrence in occurrences:
        if not occurrence.settled_at:
            occurrence.verdict, occurrence.reason = ledger.DEAD, reason
    ledger.settle(occurrences)
