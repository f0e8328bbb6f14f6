"""What happened, in the admin API."""

from typing import Any

from chalice.app import Blueprint

from ..api.operation import Call, operation
from ..errors import PipelineNotFound
from . import live
from .schemas import LiveEvents, RecentQuery

blueprint = Blueprint(__name__)


@operation(
    blueprint,
    "GET",
    "/v1/admin/pipelines/{pipeline_id}/events",
    tag="Activity",
    summary="Show recent events",
    role="viewer",
    query=RecentQuery,
    answer=LiveEvents,
    errors=(PipelineNotFound,),
)
def recent_events(call: Call[None, RecentQuery], pipeline_id: str) -> Any:
    """The events accepted lately, the newest first, from the last 24 hours."""
    return {"events": live.recent(call.caller.org_id, pipeline_id, call.query.limit)}
