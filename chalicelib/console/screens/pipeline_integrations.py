"""What a pipeline's events go to: its attached integrations, and whether they get there."""

from ...errors import BadRequest
from ...integrations import attaching, listing, overview
from ...integrations import records as integrations
from ...integrations.attachment_schemas import Attach
from ...integrations.schemas import IntegrationQuery
from ...pipelines import records
from ..pages import page
from ..visit import Shown, Visit
from .integrations import PATH as INTEGRATIONS
from .integrations_attaching import PIPELINE
from .overview import ONE
from .pipelines import PATH

ALL = f"{ONE}/integrations"
CHOICES = 100  # integrations to choose from; others are attached from their own page


@page("GET", ALL, role="viewer")
def attached(visit: Visit, pipeline_id: str) -> Shown:
    """The list."""
    pipeline = records.load(visit.caller.org_id, pipeline_id)
    found = overview.of_pipeline(visit.caller.org_id, pipeline_id).integrations
    known = {one.integration_id for one in found}
    others = listing.integrations_of(visit.caller.org_id, IntegrationQuery(limit=CHOICES)).integrations
    return visit.show(
        "pipeline_integrations.html",
        pipeline=records.shown(pipeline),
        attached=found,
        others=[one for one in others if one.id not in known],
        vendors={vendor.key: vendor.name for vendor in listing.vendors().vendors},
    )


@page("GET", f"{ALL}/attach", role="editor")
def choose(visit: Visit, pipeline_id: str) -> Shown:
    """To the page of the integration that shows what would be in the way."""
    records.load(visit.caller.org_id, pipeline_id)
    chosen = integrations.load(visit.caller.org_id, visit.asked("integration_id"))
    return visit.go(f"{INTEGRATIONS}/{chosen.id}/attach", which=f"{PIPELINE}{pipeline_id}")


def _again(visit: Visit, pipeline_id: str, integration_id: str) -> Shown:  # noqa: ARG001 - as the path has it
    shown: Shown = attached(visit, pipeline_id)
    return shown


@page("POST", f"{ALL}/{{integration_id}}", role="editor", again=_again)
def change(visit: Visit, pipeline_id: str, integration_id: str) -> Shown:
    """Pause, resume or detach one."""
    action = visit.form.value("action")
    if action == "detach":
        attaching.detach(visit.actor, pipeline_id, integration_id)
        done = "detached"
    elif action in ("pause", "resume"):
        wanted = Attach(enabled=action == "resume")
        _attach(visit, pipeline_id, integration_id, wanted)
        done = f"{action}d"
    else:
        raise BadRequest("There is no such action")
    return visit.go(f"{PATH}/{pipeline_id}/integrations", done=done)


def _attach(visit: Visit, pipeline_id: str, integration_id: str, wanted: Attach) -> None:
    attaching.attach(visit.actor, pipeline_id, integration_id, wanted)
