"""Accepted events on their way to the integrations of their pipeline: one message for each integration and up to a
hundred events. What an integration does not take is not sent to its queue, but recorded with the reason."""

from collections import defaultdict
from collections.abc import Iterable

from .. import logs, queues
from ..activity import counters, ledger, live
from ..activity.ledger import Occurrence
from ..integrations.decisions import Withheld, decided
from ..settings import settings
from .configuration import Attached, configuration
from .task import message_about

MOST_TOGETHER = 100  # events in a message


def hand_over(occurrences: Iterable[Occurrence]) -> None:
    """Put events on the queue of deliveries, for each integration of their pipeline. The same again sends the same
    again: who delivers knows them by their places."""
    by_pipeline: dict[tuple[str, str, bool], list[Occurrence]] = defaultdict(list)
    for occurrence in occurrences:
        about = occurrence.about
        by_pipeline[about["org_id"], occurrence.pipeline_id, bool(about.get("watched"))].append(occurrence)
    for (org_id, pipeline_id, watched), found in by_pipeline.items():
        for attached in configuration.of(org_id, pipeline_id):
            about = message_about(org_id, pipeline_id, attached.integration_id, watched=watched)
            wanted = [occurrence for occurrence in found if _wanted(attached, occurrence)]
            events = ({"place": each.place, "event": each.event} for each in wanted)
            for body in queues.parts(about, events, MOST_TOGETHER):
                queues.send(settings().deliveries_queue_url, body, attached.integration_id)


def record_withheld(occurrences: Iterable[Occurrence]) -> None:
    """Show what integrations did not take, where somebody looks."""
    for occurrence in occurrences:
        if not (occurrence.about.get("watched") and occurrence.verdict == ledger.ACCEPTED):
            continue
        for integration_id, withheld in occurrence.handed.items():
            if withheld:
                became = live.AtIntegration(occurrence.place, occurrence.event, counters.WITHHELD, *withheld)
                live.record_at_integration(occurrence.pipeline_id, integration_id, [became])


def _wanted(attached: Attached, occurrence: Occurrence) -> bool:
    """Whether the integration takes the event. Where its configuration is not known, that is judged later."""
    try:
        found = None if attached.missing else decided(attached.consent, attached.mapping, occurrence.event)
    except Exception:  # a fault at one integration must cost the others nothing: it is judged again at its delivery
        logs.error("not judged", pipeline_id=attached.pipeline_id, integration_id=attached.integration_id)
        found = None
    withheld = (found.code, found.reason) if isinstance(found, Withheld) else None
    occurrence.handed[attached.integration_id] = withheld
    return withheld is None
