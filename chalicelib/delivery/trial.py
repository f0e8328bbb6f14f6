"""A test of an integration: one event to the vendor, now, and what it says."""

import time
from typing import Any

from .. import clock
from ..ingestion.event import normalise
from ..integrations import records, revisions
from ..integrations.decisions import Withheld, decided
from ..pipelines import records as pipelines
from . import schemas
from .configuration import Attached
from .sending import Courier, Sent

SECONDS = 25.0  # that a caller may wait, below the gateway's 29


def run(org_id: str, integration_id: str, wanted: schemas.DeliveryTest) -> schemas.DeliveryTested:
    """Send one event.

    Raises IntegrationNotFound, PipelineNotFound, ValidationFailed, InvalidEvent.
    """
    integration = records.load(org_id, integration_id)
    number = records.revision_number(integration, wanted.revision)
    pipeline = pipelines.load(org_id, wanted.pipeline_id) if wanted.pipeline_id else None
    parameters = dict(pipeline.parameters) if pipeline else {}
    attached = Attached(wanted.pipeline_id, integration_id, revisions.numbered(integration_id, number), parameters)
    started = time.monotonic()
    sent = _sent(attached, _event(wanted.event or {}))
    return schemas.DeliveryTested(
        outcome="delivered" if sent.verdict == "delivered" else "failed",
        checked=attached.vendor.test_requests is not None,
        milliseconds=round((time.monotonic() - started) * 1000),
        **({"code": sent.code, "reason": sent.reason} if sent.code else {}),
    )


def _sent(attached: Attached, event: dict[str, Any]) -> Sent:
    """What became of the event."""
    if attached.obstacle:
        return Sent("refused", *attached.obstacle)
    decision = decided("essential", attached.mapping, event)
    if isinstance(decision, Withheld):
        return Sent("refused", decision.code, decision.reason)
    name = f"test#{attached.integration_id}"
    ends_at = time.monotonic() + SECONDS
    courier = Courier(name, attached.vendor, attached.config, attached.requests_per_second, ends_at)
    (sent,) = courier.send([decision], checked=True)
    return sent


def _event(given: dict[str, Any]) -> dict[str, Any]:
    """The event as it would have been accepted. Raises InvalidEvent."""
    sent = {"type": "track", "anonymousId": "test"} | given
    if sent["type"] == "track":
        sent.setdefault("event", "Test event")
    return normalise(sent["type"], sent, clock.now())
