"""What becomes of an accepted event once it is off the queue."""

from typing import Any

from ..pipelines import usage
from . import live


def process(message: dict[str, Any]) -> None:
    """Keep the event to be looked at, and remember the secret it came with. The same message again changes nothing."""
    live.record(message)
    if "secret_prefix" in message:
        usage.record(message["org_id"], message["pipeline_id"], message["secret_prefix"])
