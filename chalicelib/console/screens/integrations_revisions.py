"""The revisions of an integration: the list, one of them, the next one, and two side by side."""

import re
from contextlib import suppress
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from ...accounts import users
from ...api.idempotency import AnsweredMeanwhile
from ...api.types import Difference, DifferencesQuery
from ...errors import PreconditionFailed, RevisionNotFound
from ...integrations import commands, comparison, listing, overview, records, revisions, schemas
from ...integrations.table import Integration
from .. import mapping_form, revision_form
from ..pages import page
from ..visit import Shown, Visit, once_key
from .integrations import ONE, PATH
from .integrations_one import frame

ALL = f"{ONE}/revisions"


@page("GET", ALL, role="viewer")
def list_of_revisions(visit: Visit, integration_id: str) -> Shown:
    """The list, the newest first."""
    found = records.load(visit.caller.org_id, integration_id)
    listed = listing.revisions_of(visit.caller.org_id, integration_id, visit.query(schemas.RevisionQuery))
    return visit.show(
        "integration_revisions.html",
        **frame(found),
        listed=listed,
        names=_names(visit),
        used=list(overview.in_use(visit.caller.org_id, integration_id).values()),
    )


@page("GET", f"{ALL}/new", role="editor")
def new_revision(visit: Visit, integration_id: str) -> Shown:
    """The form, filled in with what the latest revision says."""
    found = records.load(visit.caller.org_id, integration_id)
    vendor, before = revision_form.vendor_of(found.vendor), _latest(found)
    contents = frame(found) | revision_form.contents(visit, vendor, before)
    return visit.show("new_revision.html", once=visit.form.value("once") or once_key(), **contents)


@page("POST", f"{ALL}/new", role="editor", again=new_revision)
def revise(visit: Visit, integration_id: str) -> Shown:
    """Make the next revision, unless nothing is different."""
    found = records.load(visit.caller.org_id, integration_id)
    vendor, before = revision_form.vendor_of(found.vendor), _latest(found)
    wanted = revision_form.decoded(visit, schemas.RevisionCreate, vendor, before, {})
    once = visit.once()
    if once and once.replay():
        return visit.go(f"{PATH}/{integration_id}/revisions", done="revised")
    if visit.form.value("after") not in ("", str(before.number)):
        raise PreconditionFailed(
            f"Somebody made revision {before.number} while you typed. Compare it before you save yours"
        )
    if _unchanged(wanted, before):
        return visit.go(f"{PATH}/{integration_id}/revisions", done="unchanged")
    with suppress(AnsweredMeanwhile):  # by the same form, sent twice
        commands.revise(visit.actor, integration_id, wanted, once)
    return visit.go(f"{PATH}/{integration_id}/revisions", done="revised")


@page("GET", f"{ALL}/{{number}}", role="viewer")
def revision(visit: Visit, integration_id: str, number: str) -> Shown:
    """One in full."""
    found = records.load(visit.caller.org_id, integration_id)
    one = records.shown_revision(revisions.numbered(integration_id, _number(number)))
    mapping = msgspec.to_builtins(one.mapping)
    return visit.show(
        "integration_revision.html",
        **frame(found),
        revision=one,
        names=_names(visit),
        rows=mapping_form.listed(mapping),
        mapping_told=mapping_form.told(mapping),
        mapping_json=mapping_form.json_of(mapping, visit.asked("json")),
    )


@page("GET", f"{ALL}/{{number}}/diff", role="viewer")
def difference(visit: Visit, integration_id: str, number: str) -> Shown:
    """Two side by side."""
    found = records.load(visit.caller.org_id, integration_id)
    against = visit.query(DifferencesQuery)
    compared = comparison.compare(visit.caller.org_id, integration_id, _number(number), against)
    rows = [_row(one) for one in compared.differences]
    return visit.show("integration_diff.html", **frame(found), compared=compared, rows=rows)


@page("GET", f"{ALL}-compared", role="viewer")
def compared(visit: Visit, integration_id: str) -> Shown:
    """To the comparison that was chosen from two lists."""
    number = _number(visit.asked("number"))
    return visit.go(f"{PATH}/{integration_id}/revisions/{number}/diff", against=visit.asked("against"))


def _latest(found: Integration) -> schemas.Revision:
    return records.shown_revision(revisions.numbered(found.id, int(found.latest_revision)))


def _unchanged(wanted: schemas.RevisionCreate, before: schemas.Revision) -> bool:
    """Whether a revision would say what the one before says. A secret that was typed is taken as a new one."""
    given = (wanted.mapping, wanted.preset)
    same: bool = wanted.config == before.config and wanted.consent == before.consent
    return same and given == (UNSET, UNSET) and wanted.requests_per_second in (UNSET, before.requests_per_second)


def _names(visit: Visit) -> dict[str, str]:
    """What people are called, by id."""
    return {user.id: user.name or user.email for user in users.list_users(visit.caller.org_id)}


def _number(text: str) -> int:
    if not re.fullmatch(r"[1-9][0-9]{0,8}", text, re.ASCII):
        raise RevisionNotFound
    return int(text)


def _row(one: Difference) -> dict[str, Any]:
    what = "added" if one.before is UNSET else "removed" if one.after is UNSET else "changed"
    return {
        "path": one.path,
        "what": "secret given anew" if one.secret and what == "changed" else what,
        "before": _text(one.before),
        "after": _text(one.after),
    }


def _text(value: Any | UnsetType) -> Any:
    return None if value is UNSET else value
