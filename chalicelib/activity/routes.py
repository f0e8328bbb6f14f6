"""What happened, in the admin API."""

from chalice.app import Blueprint

from ..api.operation import Call, operation
from ..errors import PipelineNotFound
from . import metrics, views
from .schemas import EventQuery, LiveEvents, Metrics, MetricsQuery

blueprint = Blueprint(__name__)
TAG = "Activity"


@operation(
    blueprint,
    "GET",
    "/v1/admin/pipelines/{pipeline_id}/events",
    tag=TAG,
    summary="Show recent events",
    role="viewer",
    query=EventQuery,
    answer=LiveEvents,
    errors=(PipelineNotFound,),
)
def recent_events(call: Call[None, EventQuery], pipeline_id: str) -> LiveEvents:
    """The events of the last 24 hours, the newest first, with what was made of each: also those that were refused, with
    code and reason. They are recorded while somebody looks, that is for five minutes after each call of this; counts
    and the archive have all of them."""
    return views.show(call.caller.org_id, pipeline_id, call.query)


@operation(
    blueprint,
    "GET",
    "/v1/admin/pipelines/{pipeline_id}/metrics",
    tag=TAG,
    summary="Count events",
    role="viewer",
    query=MetricsQuery,
    answer=Metrics,
    errors=(PipelineNotFound,),
)
def count_events(call: Call[None, MetricsQuery], pipeline_id: str) -> Metrics:
    """How many events were received, accepted and refused, and what became of them, for each minute (of a day at most),
    hour (31 days) or day (a year)."""
    return metrics.measure(call.caller.org_id, pipeline_id, call.query)
