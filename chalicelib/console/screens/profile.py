"""One's own account: name, password, role, and the organisation that it is in."""

from collections import Counter
from typing import Any

from ...accounts import browser_sessions, users
from ...accounts.schemas import ChangePassword, UserUpdate
from ...accounts.table import Organisation
from ...auth import RANK
from ...errors import InvalidCredentials, ValidationFailed
from ..answering import cookie
from ..pages import page
from ..visit import Shown, Visit

PATH = "/console/profile"
# What each role may do beyond the one below it.
MAY = {
    "viewer": "look at pipelines, integrations, live events and failed deliveries, and try out what would be sent",
    "editor": "create and change pipelines and integrations, attach them, send tests and failed events again",
    "admin": "delete and restore, manage people, and read the audit trail",
    "owner": "add, change and remove owners",
}


@page("GET", PATH, role="viewer")
def profile(visit: Visit) -> Shown:
    """The page."""
    people = users.list_users(visit.caller.org_id)
    me = next(person for person in people if person.id == visit.caller.user_id)
    counts: Counter[str] = Counter(person.role for person in people)
    return visit.show(
        "profile.html",
        me=me,
        may=[MAY[role] for role in RANK if visit.caller.may_act_as(role)],
        organisation=Organisation.get(visit.caller.org_id, consistent_read=True),
        people=[(role, counts[role]) for role in reversed(RANK) if counts[role]],
    )


@page("POST", PATH, role="viewer", again=profile)
def change_name(visit: Visit) -> Shown:
    """One's own name: that needs no admin, unlike everything else about a person."""
    users.change(visit.actor, visit.caller.user_id, visit.decoded(UserUpdate, {"name": visit.form.value("name")}))
    return visit.go(PATH, done="saved")


@page("POST", f"{PATH}/password", role="viewer", again=profile)
def change_password(visit: Visit) -> Shown:
    """One's own password. Every session from before is over; the one of this browser begins anew."""
    wanted = _typed_twice(visit)
    try:
        users.change_own_password(visit.actor, wanted.current_password, wanted.new_password)
    except InvalidCredentials:
        raise ValidationFailed([{"field": "current_password", "message": "is not your password"}]) from None
    shown = visit.go(PATH, done="password")
    user = users.load(visit.caller.org_id, visit.caller.user_id)
    shown.headers |= cookie(browser_sessions.start(user, visit.origin))
    return shown


def _typed_twice(visit: Visit) -> ChangePassword:
    fields: dict[str, Any] = {name: visit.form.value(name) for name in ("current_password", "new_password")}
    problems: list[dict[str, str]] = []
    if visit.form.value("repeated") != fields["new_password"]:
        problems.append({"field": "repeated", "message": "is not the same as the new password"})
    try:
        wanted = visit.decoded(ChangePassword, fields)
    except ValidationFailed as failed:
        raise ValidationFailed(failed.details + problems) from None
    if problems:
        raise ValidationFailed(problems)
    return wanted
