"""Where an integration is attached: the list, and attaching it after looking at what would be in the way."""

from typing import Any

from ...errors import ValidationFailed
from ...integrations import attaching, attachment_schemas, overview, records
from ...pipelines import catalogue, rules
from ..pages import page
from ..visit import Shown, Visit
from .integrations import ONE, PATH
from .integrations_one import frame

LABEL, PIPELINE, ATTACHED = "label:", "pipeline:", "attached"


@page("GET", f"{ONE}/pipelines", role="viewer")
def attached_pipelines(visit: Visit, integration_id: str) -> Shown:
    """The pipelines that it is attached to."""
    found = records.load(visit.caller.org_id, integration_id)
    listed = overview.pipelines(
        visit.caller.org_id, integration_id, visit.query(attachment_schemas.AttachedPipelineQuery)
    )
    refused = visit.asked("refused")
    return visit.show(
        "attached_pipelines.html",
        **frame(found),
        listed=listed,
        refused=int(refused) if refused.isdecimal() and len(refused) < 6 else 0,
    )


@page("GET", f"{ONE}/attach", role="editor")
def attach_form(visit: Visit, integration_id: str) -> Shown:
    """Which pipelines; once they are chosen, what would be in the way."""
    found = records.load(visit.caller.org_id, integration_id)
    rows = sorted(catalogue.rows_of(visit.caller.org_id).values(), key=lambda row: row.name.casefold())
    which = visit.form.value("which") or visit.asked("which")
    number = _number(visit, int(found.latest_revision))
    return visit.show(
        "attach.html",
        **frame(found),
        rows=rows,
        labels=[(label, count) for label, *_, count in rules.available_labels(row.labels for row in rows)],
        which=which,
        number=number,
        attached=len(overview.in_use(visit.caller.org_id, integration_id)),
        **_looked_at(visit, integration_id, which, number),
    )


def _looked_at(visit: Visit, integration_id: str, which: str, number: int) -> dict[str, Any]:
    """What would be in the way of the pipelines that are chosen, and what would change."""
    unknown: dict[str, Any] = {"report": None, "counts": {}, "nothing": False}
    if not which:
        return unknown
    try:
        wanted = _selection(visit, integration_id, which, number)
        if wanted is None:
            return unknown | {"nothing": True}
        report = overview.preflight(
            visit.caller.org_id, integration_id, visit.decoded(attachment_schemas.Preflight, wanted)
        )
        tried = visit.decoded(attachment_schemas.AttachMany, wanted | {"dry_run": True, "allow_missing": True})
        counts = _attach_many(visit, integration_id, tried).counts
        return {"report": report, "counts": counts, "nothing": False}
    except ValidationFailed as failed:
        visit.form.errors = visit.form.errors or failed.details
        return unknown


@page("POST", f"{ONE}/attach", role="editor", again=attach_form)
def attach(visit: Visit, integration_id: str) -> Shown:
    """Attach it to those."""
    form, back = visit.form, f"{PATH}/{integration_id}/pipelines"
    number = _number(visit, int(records.load(visit.caller.org_id, integration_id).latest_revision))
    wanted = _selection(visit, integration_id, form.value("which"), number)
    if wanted is None:
        return visit.go(back, done="unchanged")
    wanted |= {"allow_missing": form.checked("allow_missing")}
    result = _attach_many(visit, integration_id, visit.decoded(attachment_schemas.AttachMany, wanted))
    if form.value("which").startswith(PIPELINE):
        back = f"/console/pipelines/{form.value('which').removeprefix(PIPELINE)}/integrations"
    changed = result.counts.get("attached", 0) + result.counts.get("changed", 0)
    refused = result.counts.get("refused", 0)
    done = "attached" if changed else "not-attached" if refused else "unchanged"
    return visit.go(back, done=done, refused=refused or "")


@page("POST", f"{ONE}/detach", role="editor", again=attached_pipelines)
def detach(visit: Visit, integration_id: str) -> Shown:
    """Detach it from one."""
    attaching.detach(visit.actor, visit.form.value("pipeline_id"), integration_id)
    return visit.go(f"{PATH}/{integration_id}/pipelines", done="detached")


def _attach_many(
    visit: Visit, integration_id: str, wanted: attachment_schemas.AttachMany
) -> attachment_schemas.AttachedMany:
    return attaching.attach_many(visit.actor, integration_id, wanted)


def _selection(visit: Visit, integration_id: str, which: str, number: int) -> dict[str, Any] | None:
    """The fields that say which pipelines and by which revision; None where there is no pipeline to change.

    Raises ValidationFailed.
    """
    if which.startswith(LABEL):
        return {"label": which.removeprefix(LABEL), "revision": number}
    if which.startswith(PIPELINE):
        return {"pipeline_ids": [which.removeprefix(PIPELINE)], "revision": number}
    if which == ATTACHED:
        used = overview.in_use(visit.caller.org_id, integration_id)
        ids = [pipeline_id for pipeline_id, has in used.items() if has != number]
        return {"pipeline_ids": ids[: attachment_schemas.MOST_PIPELINES], "revision": number} if ids else None
    raise ValidationFailed([{"field": "which", "message": "must be a pipeline, a label or all that are attached"}])


def _number(visit: Visit, latest: int) -> int:
    """The revision that is wanted; the latest where nothing sensible is said."""
    given = visit.form.value("revision") or visit.asked("revision")
    number = int(given) if given.isdecimal() and given.isascii() and len(given) < 10 else latest
    return number if 1 <= number <= latest else latest
