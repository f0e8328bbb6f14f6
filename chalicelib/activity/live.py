"""The recent events of a pipeline, kept for a day to be looked at."""

import json
from typing import Any

from .. import clock
from ..pipelines import records
from .table import LiveEvent

KEPT_SECONDS = 24 * 3600


def record(message: dict[str, Any]) -> None:
    """Keep the event of one queue message. The same message again changes nothing."""
    event = message["event"]
    LiveEvent(
        message["pipeline_id"],
        f"{event['receivedAt']}#{event['messageId']}",
        event=json.dumps(event, ensure_ascii=False, separators=(",", ":")),
        expires_at=clock.after(KEPT_SECONDS),
    ).save()


def recent(org_id: str, pipeline_id: str, limit: int) -> list[dict[str, Any]]:
    """The newest events first. Raises PipelineNotFound."""
    records.load(org_id, pipeline_id)
    found = LiveEvent.query(
        pipeline_id,
        scan_index_forward=False,
        consistent_read=True,
        limit=limit,
        filter_condition=LiveEvent.expires_at > clock.now(),
    )
    return [json.loads(row.event) for row in found]
