"""What becomes of accepted events once they are off the queue."""

from collections.abc import Mapping
from typing import Any

from .. import logs
from ..pipelines import usage
from . import archive, live


def process(messages: Mapping[str, dict[str, Any]]) -> set[str]:
    """Archive the events of queue messages, keep them to be looked at, and remember the secrets they came with. Returns
    the ids of the messages that must come again; what comes again changes nothing."""
    archive.write(messages)
    return {message_id for message_id, message in messages.items() if not _shown(message_id, message)}


def _shown(message_id: str, message: dict[str, Any]) -> bool:
    try:
        live.record(message)
        if "secret_prefix" in message:
            usage.record(message["org_id"], message["pipeline_id"], message["secret_prefix"])
    except Exception:  # whatever it was, it must not cost the neighbours
        logs.error("message failed", message_id=message_id, pipeline_id=message["pipeline_id"])
        return False
    return True
