"""Trying an integration: what would be sent for an event, and what the vendor says when one is sent."""

from typing import Any

from ...api.validation import parse_json
from ...delivery.schemas import DeliveryTest
from ...errors import InvalidEvent, InvalidJson, ValidationFailed
from ...integrations import dry_run, dry_run_schemas, records
from ...pipelines import catalogue
from .. import example_events
from ..pages import page
from ..visit import Shown, Visit
from .integrations import ONE
from .integrations_one import frame

TRY = f"{ONE}/test"


@page("GET", TRY, role="viewer")
def trial(visit: Visit, integration_id: str, **results: Any) -> Shown:
    """The form, and beside it what came of it."""
    found = records.load(visit.caller.org_id, integration_id)
    rows = sorted(catalogue.rows_of(visit.caller.org_id).values(), key=lambda row: row.name.casefold())
    chosen = visit.asked("example")
    _, example = example_events.EVENTS.get(chosen, example_events.EVENTS[example_events.USUAL])
    return visit.show(
        "trial.html",
        **frame(found),
        pipelines=rows,
        examples=[(key, title) for key, (title, _) in example_events.EVENTS.items()],
        example=example,
        revisions=[(str(number), f"revision {number}") for number in range(int(found.latest_revision), 0, -1)],
        report=results.get("report"),
        tested=results.get("tested"),
    )


@page("POST", TRY, role="viewer", again=trial)
def show_what_would_be_sent(visit: Visit, integration_id: str) -> Shown:
    """The exact requests; nothing is sent."""
    wanted = visit.decoded(dry_run_schemas.DryRun, _typed(visit))
    report = dry_run.dry_run(visit.caller.org_id, integration_id, wanted)
    shown: Shown = trial(visit, integration_id, report=report)
    return shown


@page("POST", f"{TRY}/send", role="editor", again=trial)
def send(visit: Visit, integration_id: str) -> Shown:
    """Send it to the vendor now."""
    from ...delivery import trial as real  # with the client and all that sends, which no other page needs

    try:
        tested = real.run(visit.caller.org_id, integration_id, visit.decoded(DeliveryTest, _typed(visit)))
    except InvalidEvent as error:
        raise ValidationFailed([{"field": "event", "message": error.message}]) from None
    shown: Shown = trial(visit, integration_id, tested=tested)
    return shown


def _typed(visit: Visit) -> dict[str, Any]:
    """The fields that both take. Raises ValidationFailed."""
    form = visit.form
    try:
        event = parse_json(form.value("event").encode())
    except (InvalidJson, UnicodeEncodeError) as error:
        message = f"must be JSON: {str(error).removeprefix('The body is ')}"
        raise ValidationFailed([{"field": "event", "message": message}]) from None
    fields: dict[str, Any] = {"event": event}
    if form.value("pipeline_id"):
        fields["pipeline_id"] = form.value("pipeline_id")
    if form.value("revision"):
        fields["revision"] = form.number("revision")
    return fields
