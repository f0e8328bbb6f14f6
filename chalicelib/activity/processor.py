"""What becomes of an accepted event once it is off the queue."""

from typing import Any

from ..pipelines import usage
from . import live


def process(message: dict[str, Any]) -> None:
    """Keep the events to be looked at, and remember the secret they came with. A message that comes again changes
    nothing."""
    live.record(message)
    if "secret_prefix" in message:
        usage.record(message["org_id"], message["pipeline_id"], message["secret_prefix"])
