"""Creating a pipeline; its secret is shown this once."""

from typing import Any

from ... import logs
from ...collector import builds
from ...pipelines import catalogue, commands, rules
from ...pipelines.schemas import PipelineCreate
from ..pages import page
from ..visit import Shown, Visit, once_key
from .pipelines import PATH


@page("GET", f"{PATH}/new", role="editor")
def new_pipeline(visit: Visit) -> Shown:
    """The form."""
    rows = catalogue.rows_of(visit.caller.org_id).values()
    labels = [label for label, *_ in rules.available_labels(row.labels for row in rows)]
    return visit.show("new_pipeline.html", labels=labels, once=visit.form.value("once") or once_key())


@page("POST", f"{PATH}/new", role="editor", again=new_pipeline)
def create(visit: Visit) -> Shown:
    """Create it and begin the first build, so that its script is there when it is wanted."""
    form = visit.form
    fields: dict[str, Any] = {
        "name": form.value("name"),
        "type": form.value("type"),
        "labels": form.lines("labels"),
        "domain_allowlist": form.lines("domain_allowlist"),
    }
    if form.value("slug"):
        fields["slug"] = form.value("slug")
    wanted = visit.decoded(PipelineCreate, fields)
    made, just_now = visit.done_once(lambda once: commands.create(visit.actor, wanted, once))
    if just_now and wanted.type != "server":
        _first_build(visit, made["id"])
    return visit.show("secret.html", made=made, name=made["name"], rotated=False, leads_to=f"{PATH}/{made['id']}")


def _first_build(visit: Visit, pipeline_id: str) -> None:
    """Begin it. Where that fails, the overview offers it; an error here would hide the secret."""
    try:
        builds.start(visit.actor, pipeline_id, None)
    except Exception:
        logs.error("first build not begun", request_id=visit.request_id, pipeline_id=pipeline_id)
