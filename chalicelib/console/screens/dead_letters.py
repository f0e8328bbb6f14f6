"""Events that an integration could not deliver: found, looked at, and sent again."""

from typing import Any

import msgspec

from ...delivery import letters
from ...delivery.schemas import DeadLetterQuery, Replay, Replayed, ReplayFilter
from ...errors import ValidationFailed
from ...integrations import records
from ...pipelines import catalogue
from ..forms import Form
from ..pages import page
from ..visit import Shown, Visit
from .integrations import ONE, PATH
from .integrations_one import frame

ALL = f"{ONE}/dead-letters"
FILTER = tuple(field.encode_name for field in msgspec.structs.fields(ReplayFilter))
USUAL_RATE = 20


@page("GET", ALL, role="viewer")
def dead_letters(visit: Visit, integration_id: str) -> Shown:
    """A page of them, the newest first."""
    found = records.load(visit.caller.org_id, integration_id)
    asked = {name: visit.asked(name) for name in FILTER}
    listed, wrong = None, Form()
    try:
        listed = letters.show(visit.caller.org_id, integration_id, visit.query(DeadLetterQuery))
    except ValidationFailed as failed:
        wrong.refuse(failed)
    replayed = visit.asked("count")
    rows = catalogue.rows_of(visit.caller.org_id)
    return visit.show(
        "dead_letters.html",
        **frame(found),
        listed=listed,
        wrong=wrong,
        asked=asked,
        pipelines=sorted(((row.id, row.name) for row in rows.values()), key=lambda pair: pair[1].casefold()),
        names={row.id: row.name for row in rows.values()},
        replayed=int(replayed) if replayed.isdecimal() and len(replayed) < 10 else None,
    )


@page("GET", f"{ALL}/{{letter_id}}", role="viewer")
def dead_letter(visit: Visit, integration_id: str, letter_id: str) -> Shown:
    """One in full, and what a replay would send for it."""
    found = records.load(visit.caller.org_id, integration_id)
    letter = letters.show_one(visit.caller.org_id, integration_id, letter_id)
    row = catalogue.rows_of(visit.caller.org_id).get(letter.pipeline_id)
    name = row.name if row else letter.pipeline_id
    return visit.show("dead_letter.html", **frame(found), letter=letter, pipeline_name=name)


@page("POST", f"{ALL}/check", role="editor")
def check(visit: Visit, integration_id: str) -> Shown:
    """How many a replay would send; it is begun from here."""
    found, form = records.load(visit.caller.org_id, integration_id), visit.form
    wanted, counted = _wanted(form), None
    try:
        counted = _send_again(visit, integration_id, visit.decoded(Replay, wanted | {"dry_run": True}))
    except ValidationFailed as failed:
        if not form.errors:
            form.refuse(failed)
    return visit.show("replay.html", **frame(found), counted=counted, wanted=wanted, rate=USUAL_RATE)


@page("POST", f"{ALL}/replay", role="editor", again=check)
def replay(visit: Visit, integration_id: str) -> Shown:
    """Begin to send them again."""
    sent = _send_again(
        visit, integration_id, visit.decoded(Replay, _wanted(visit.form) | {"rate": visit.form.number("rate")})
    )
    back = f"{PATH}/{integration_id}/dead-letters"
    if not sent.count and sent.complete:
        return visit.go(back, done="unchanged")
    return visit.go(back, done="replayed", count=sent.count or "")


def _send_again(visit: Visit, integration_id: str, wanted: Replay) -> Replayed:
    return letters.send_again(visit.actor, integration_id, wanted)


def _wanted(form: Form) -> dict[str, Any]:
    """The selected ones, or all that match the filter."""
    if form.value("what") == "all":
        return {"filter": {name: form.value(name) for name in FILTER if form.value(name)}}
    return {"ids": form.all("id")}
