"""The history of a pipeline: who changed what and when, and setting it back."""

from ...errors import PreconditionFailed
from ...pipelines import commands, history, records
from ...pipelines.schemas import PipelineRevisionQuery
from ..pages import page, url
from ..visit import Shown, Visit
from .overview import ONE

PATH = f"{ONE}/history"
CONFLICT = "Somebody has changed this pipeline since you opened the page. Look at the history first."
WITH_SETTINGS = ("pipeline.created", "pipeline.updated", "pipeline.revision_restored")


@page("GET", PATH, role="viewer")
def revisions(visit: Visit, pipeline_id: str) -> Shown:
    """The revisions, the newest first."""
    org_id = visit.caller.org_id
    pipeline = records.load(org_id, pipeline_id)
    found = history.listed(org_id, pipeline_id, visit.query(PipelineRevisionQuery))
    newest = int(pipeline.version)
    actions = {one.number: one.action for one in found.revisions}
    return visit.show(
        "history.html",
        pipeline=records.shown(pipeline),
        newest=newest,
        revisions=found.revisions,
        undoable=actions.get(newest) in WITH_SETTINGS and newest - 1 in actions,
        older=url(visit.path, cursor=found.next_cursor) if found.next_cursor else "",
        editable=visit.caller.may_act_as("editor"),
    )


@page("GET", f"{PATH}/{{number}}", role="viewer")
def revision(visit: Visit, pipeline_id: str, number: str) -> Shown:
    """One revision: what was different from the one before, and everything as it was."""
    org_id, wanted = visit.caller.org_id, _number(number)
    pipeline = records.load(org_id, pipeline_id)
    return visit.show(
        "revision.html",
        pipeline=records.shown(pipeline),
        newest=int(pipeline.version),
        revision=history.shown(org_id, pipeline_id, wanted),
        compared=history.compared(org_id, pipeline_id, wanted),
        editable=visit.caller.may_act_as("editor"),
    )


@page("POST", f"{PATH}/{{number}}/restore", role="editor", again=revision)
def restore(visit: Visit, pipeline_id: str, number: str) -> Shown:
    """Set everything back to what it was in this revision."""
    before = records.load(visit.caller.org_id, pipeline_id)
    try:
        now = commands.restore_revision(visit.actor, pipeline_id, _number(number), visit.form.opened_with)
    except PreconditionFailed:
        if history.numbered(pipeline_id, _number(number)).configuration != history.configuration(before):
            raise PreconditionFailed(CONFLICT) from None
        now = before  # as it is when the form is sent twice
    done = "restored" if now.version != before.version else "unchanged"
    return visit.go(visit.path.rpartition(f"/{number}/")[0], done=done)


def _number(text: str) -> int:
    """The number in an address; 0, which no revision has, for what is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0
