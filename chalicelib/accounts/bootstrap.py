"""The operator's way in: the first organisation and its users, without an API call."""

import re

import msgspec

from .. import clock, identifiers
from ..auth import RANK, Actor, Caller
from ..errors import ApiError
from ..store import ConditionFailed, Write, transact
from ..unique_names import UniqueName, email_name, organisation_name
from . import passwords, sessions, users
from .schemas import UserCreate, UserUpdate, email_address
from .table import Organisation, User


class CannotEnsureUser(Exception):
    """The organisation or user cannot be made as asked; the message says why."""


def ensure_user(org: str, email: str, role: str, password: str, name: str = "") -> None:
    """Make sure that the organisation `org` (a slug) exists, with a user of this e-mail address, role and password.

    Can be repeated: what is there already is left alone, a different role or password is set, a lock-out is lifted.
    Raises CannotEnsureUser.
    """
    email = _checked(org, email, role, password)
    for _ in range(3):  # somebody else may be making the same at the same moment
        org_id = _organisation(org)
        try:
            if org_id is None:
                _make_organisation(org, email, role, password, name)
            elif not _update_existing(org_id, email, role, password):
                user = users.new_user(org_id, email, role, password, name)
                transact(users.writes_of_new(operator(org_id), user))
            sessions.forget_failures(email)
            return
        except ConditionFailed:
            continue
    raise CannotEnsureUser("the organisation is being changed by somebody else; try again")


def _checked(org: str, email: str, role: str, password: str) -> str:
    if not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", org):
        raise CannotEnsureUser(f"ORG {org!r} must be 1 to 63 lower-case letters, digits and hyphens")
    if role not in RANK:
        raise CannotEnsureUser(f"ROLE {role!r} must be owner, admin, editor or viewer")
    try:
        msgspec.convert({"email": email, "role": role, "password": password}, UserCreate)
    except msgspec.ValidationError:
        limits = f"{passwords.SHORTEST} to {passwords.LONGEST} characters"
        raise CannotEnsureUser(f"PASSWORD must have {limits}") from None
    try:
        return email_address(email)
    except ValueError as error:
        raise CannotEnsureUser(f"EMAIL {email!r} {error}") from None


def _organisation(slug: str) -> str | None:
    try:
        return UniqueName.get(organisation_name(slug), consistent_read=True).owner
    except UniqueName.DoesNotExist:
        return None


def _make_organisation(slug: str, email: str, role: str, password: str, name: str) -> None:
    org_id = identifiers.new_id("org")
    user = users.new_user(org_id, email, role, password, name)
    organisation = Organisation(
        org_id, slug=slug, owners=1 if role == "owner" else 0, created_at=clock.iso(clock.now())
    )
    taken = UniqueName(organisation_name(slug), owner=org_id)
    writes: dict[str, Write] = {
        "organisation": lambda transaction: transaction.save(organisation),
        "name": lambda transaction: transaction.save(taken, condition=UniqueName.name.does_not_exist()),
    }
    of_user = users.writes_of_new(operator(org_id), user)
    of_user.pop(users.OWNERS, None)
    _refuse_foreign(email, org_id)
    transact(writes | of_user)


def _update_existing(org_id: str, email: str, role: str, password: str) -> bool:
    """Bring an existing user to this role and password; False when there is none."""
    user = _refuse_foreign(email, org_id)
    if user is None:
        return False
    wanted = {} if user.role == role else {"role": role}
    if not passwords.is_correct(password, user.password_hash):
        wanted |= {"password": password}
    if wanted:
        try:
            users.change(operator(org_id), user.id, msgspec.convert(wanted, UserUpdate))
        except ApiError as error:
            raise CannotEnsureUser(error.message) from None
    return True


def operator(org_id: str) -> Actor:
    """Who runs the operator's commands."""
    return Actor(Caller(user_id="operator", org_id=org_id, role="owner"))


def _refuse_foreign(email: str, org_id: str) -> User | None:
    try:
        owner = UniqueName.get(email_name(email), consistent_read=True).owner
    except UniqueName.DoesNotExist:
        return None
    owner_org, _, user_id = owner.partition("/")
    if owner_org != org_id:
        raise CannotEnsureUser(f"EMAIL {email!r} belongs to a user of another organisation")
    return users.load(org_id, user_id)
