"""The people of the organisation: added, changed and removed by admins and owners."""

from typing import Any

from ...accounts import users
from ...accounts.schemas import User, UserCreate, UserUpdate
from ...auth import RANK, Caller
from ..pages import page
from ..visit import Shown, Visit
from .profile import MAY

PATH = "/console/people"
ONE = f"{PATH}/{{user_id}}"


@page("GET", PATH, role="admin")
def people(visit: Visit) -> Shown:
    """Everybody."""
    return visit.show("people.html", people=users.list_users(visit.caller.org_id))


@page("GET", f"{PATH}/new", role="admin")
def new_person(visit: Visit) -> Shown:
    """The form for somebody new."""
    return visit.show("new_person.html", roles=_roles(visit.caller))


@page("POST", f"{PATH}/new", role="admin", again=new_person)
def add(visit: Visit) -> Shown:
    """Add somebody with a first password."""
    users.add(visit.actor, visit.decoded(UserCreate, _typed(visit, "email", "name", "role", "password")))
    return visit.go(PATH, done="added")


@page("GET", ONE, role="admin")
def person(visit: Visit, user_id: str) -> Shown:
    """Somebody, to be changed."""
    found = users.shown(users.load(visit.caller.org_id, user_id))
    return visit.show("person.html", person=found, roles=_roles(visit.caller), may=_may_change(visit.caller, found))


@page("POST", ONE, role="admin", again=person)
def change(visit: Visit, user_id: str) -> Shown:
    """Change an address, a name or a role."""
    users.change(visit.actor, user_id, visit.decoded(UserUpdate, _typed(visit, "email", "name", "role")))
    return visit.go(PATH, done="saved")


@page("POST", f"{ONE}/password", role="admin", again=person)
def set_password(visit: Visit, user_id: str) -> Shown:
    """Give somebody a new password; it ends their sessions."""
    users.change(visit.actor, user_id, visit.decoded(UserUpdate, _typed(visit, "password")))
    return visit.go(PATH, done="person-password")


@page("POST", f"{ONE}/remove", role="admin", again=person)
def remove(visit: Visit, user_id: str) -> Shown:
    """Remove somebody."""
    visit.form.confirm(users.load(visit.caller.org_id, user_id).email)
    users.remove(visit.actor, user_id)
    return visit.go(PATH, done="removed")


def _typed(visit: Visit, *names: str) -> dict[str, Any]:
    return {name: visit.form.value(name) for name in names if name in visit.form}


def _roles(caller: Caller) -> list[tuple[str, str]]:
    """The roles that the caller may give, each with what it may do; only an owner makes owners."""
    given = [role for role in RANK if role != "owner" or caller.role == "owner"]
    return [(role, f"{'May also' if RANK[role] else 'May'} {MAY[role]}.") for role in given]


def _may_change(caller: Caller, found: User) -> bool:
    return caller.role == "owner" or found.role != "owner"
