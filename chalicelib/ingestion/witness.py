"""What is told of requests to those who look later: every event is counted, and what is refused is shown while somebody
looks. Nothing here may change what a sender is answered."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from .. import aws, logs, metrics
from ..activity import live
from ..activity.tally import tally
from ..errors import ApiError, RateLimited, ServiceUnavailable
from ..pipelines.table import PipelineKey
from . import event

MEASURED_AS = {
    RateLimited.code(): metrics.EVENTS_RATE_LIMITED,
    ServiceUnavailable.code(): metrics.EVENTS_NOT_STORED,
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """An event that was refused, as far as it could be read. `kind` is that of the entrance, where it has one."""

    error: ApiError
    kind: str | None
    item: Any


def let_in(pipeline: PipelineKey, envelopes: list[dict[str, Any]], secret_prefix: str) -> None:
    """Events of a request that the queue has taken, and by which secret it came, if by any."""
    if secret_prefix:
        tally.proven(pipeline.pipeline_id, secret_prefix)
    metrics.describe(pipeline_id=pipeline.pipeline_id)
    metrics.record(metrics.EVENTS_ACCEPTED, len(envelopes))
    tally.let_in(pipeline.pipeline_id, (envelope["receivedAt"] for envelope in envelopes))


def refused(pipeline: PipelineKey | None, refusals: list[Refusal]) -> None:
    """Events that were refused; of nobody, when their key is none."""
    codes = Counter(refusal.error.code() for refusal in refusals)
    for code, events in codes.items():
        metrics.describe(code=code)
        metrics.record(MEASURED_AS.get(code, metrics.EVENTS_REFUSED), events)
    if pipeline is None:
        return
    metrics.describe(pipeline_id=pipeline.pipeline_id)
    for code, events in codes.items():
        tally.refused(pipeline.pipeline_id, code, events)
    if not refusals or not live.is_watched(pipeline):
        return
    try:
        live.record_refused(
            pipeline.pipeline_id,
            [
                live.Refused(event.sketch(refusal.kind, refusal.item), refusal.error.code(), refusal.error.message)
                for refusal in refusals[: live.REFUSALS_A_SECOND]
            ],
        )
    except Exception as failure:
        if not aws.unavailable(failure):
            raise
        logs.error("refusals not recorded", pipeline_id=pipeline.pipeline_id)
