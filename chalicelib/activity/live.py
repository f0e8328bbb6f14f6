"""The recent events of a pipeline, kept for a day to be looked at."""

import json
from collections.abc import Iterable
from typing import Any

from .. import clock
from ..pipelines import records
from .table import LiveEvent

KEPT_SECONDS = 24 * 3600


def record(message: dict[str, Any]) -> None:
    """Keep the events of one queue message. The same message again changes nothing."""
    expires_at = clock.after(KEPT_SECONDS)
    with LiveEvent.batch_write() as batch:
        for event in _each_once(message["events"]):
            batch.save(
                LiveEvent(
                    message["pipeline_id"],
                    _position(event),
                    event=json.dumps(event, ensure_ascii=False, separators=(",", ":")),
                    expires_at=expires_at,
                )
            )


def _position(event: dict[str, Any]) -> str:
    """By arrival, and by their own time among those that came in one batch."""
    return f"{event['receivedAt']}#{event['timestamp']}#{event['messageId']}"


def _each_once(events: list[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    """DynamoDB refuses a batch that writes one item twice."""
    return {_position(event): event for event in events}.values()


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
