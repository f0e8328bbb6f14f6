"""The users of an organisation: adding, changing and removing them, and never the last owner."""

import hmac
from typing import Any, Literal

import msgspec
from pynamodb.transactions import TransactWrite

from .. import clock, identifiers
from ..audit.entries import ENTRY, entry
from ..auth import Actor
from ..differences import Difference, differences
from ..errors import DuplicateEmail, Forbidden, InvalidCredentials, LastOwner, UserNotFound
from ..store import ConditionFailed, Overtaken, Write, transact, until_not_overtaken
from ..unique_names import UniqueName, email_name
from . import passwords, schemas
from .table import Organisation, User

SHOWN = ("email", "name", "role")  # what the audit trail tells of a user
NEW_PASSWORD = Difference(("password",), "old", "new")  # as little as may be told of one: it is masked
USER, EMAIL, OWNERS = "user", "e-mail", "owners"  # names of writes in a transaction that may be refused


def load(org_id: str, user_id: str) -> User:
    """The user as stored. Raises UserNotFound."""
    if not identifiers.is_id("usr", user_id):
        raise UserNotFound
    try:
        return User.get(org_id, user_id, consistent_read=True)
    except User.DoesNotExist:
        raise UserNotFound from None


def shown(user: User) -> schemas.User:
    """The user as callers see them."""
    return schemas.User(
        id=user.id,
        org_id=user.org_id,
        email=user.email,
        name=user.name,
        role=user.role,  # type: ignore[arg-type]  # a text in the store, checked when it was written
        created_at=user.created_at,
        updated_at=user.updated_at,
    )


def list_users(org_id: str) -> list[schemas.User]:
    """All users of an organisation, by e-mail address."""
    return sorted((shown(user) for user in User.query(org_id, consistent_read=True)), key=lambda user: user.email)


def add(actor: Actor, wanted: schemas.UserCreate) -> schemas.User:
    """Add a user. Raises DuplicateEmail, and Forbidden for an owner added by somebody who is none."""
    _only_owners_touch_owners(actor, wanted.role)
    user = new_user(actor.org_id, wanted.email, wanted.role, wanted.password, wanted.name)
    try:
        transact(writes_of_new(actor, user))
    except ConditionFailed:
        raise DuplicateEmail from None
    return shown(user)


def new_user(org_id: str, email: str, role: str, password: str, name: str) -> User:
    """A user that is not stored yet."""
    now = clock.iso(clock.now())
    return User(
        org_id,
        identifiers.new_id("usr"),
        version=1,
        email=email,
        name=name,
        role=role,
        password_hash=passwords.hash_password(password),
        password_changed_at=clock.milliseconds(),
        created_at=now,
        updated_at=now,
    )


def writes_of_new(actor: Actor, user: User) -> dict[str, Write]:
    """What adding a user writes."""
    writes: dict[str, Write] = {
        USER: lambda transaction: transaction.save(user, condition=User.id.does_not_exist()),
        EMAIL: _take_email(user),
        ENTRY: entry(actor, "user.added", "user", user.id, _fields_of({}, user), resource_name=user.email),
    }
    return writes | (_owners(user.org_id, +1) if user.role == "owner" else {})


def change(actor: Actor, user_id: str, changes: schemas.UserUpdate) -> schemas.User:
    """Change the given fields. Where they have these values already, nothing is written; a password counts as new.

    Raises UserNotFound, DuplicateEmail, LastOwner, Forbidden.
    """
    wanted: dict[str, Any] = msgspec.to_builtins(changes)
    password = wanted.pop("password", None)
    if password is not None:
        wanted |= {"password_hash": passwords.hash_password(password), "password_changed_at": clock.milliseconds()}

    def attempt() -> schemas.User:
        user = load(actor.org_id, user_id)
        _only_owners_touch_owners(actor, user.role, wanted.get("role", user.role))
        if any(getattr(user, name) != value for name, value in wanted.items()):
            _write(_changes(actor, "user.updated", user, wanted))
        return shown(user)

    return until_not_overtaken(attempt)


def _changes(
    actor: Actor, action: Literal["user.updated", "user.password_changed"], user: User, wanted: dict[str, Any]
) -> dict[str, Write]:
    before = _told(user)
    version, old_email, was_owner = int(user.version), user.email, user.role == "owner"
    for name, value in wanted.items():
        setattr(user, name, value)
    user.version, user.updated_at = version + 1, clock.iso(clock.now())
    writes: dict[str, Write] = {USER: lambda transaction: transaction.save(user, condition=User.version == version)}
    if user.email != old_email:
        writes |= {"old e-mail": _free_email(user, old_email), EMAIL: _take_email(user)}
    if was_owner != (user.role == "owner"):
        writes |= _owners(user.org_id, -1 if was_owner else +1)
    fields = [*_fields_of(before, user), *([NEW_PASSWORD] if "password_hash" in wanted else [])]
    return writes | {ENTRY: entry(actor, action, "user", user.id, fields, resource_name=user.email)}


def _told(user: User) -> dict[str, Any]:
    return {name: getattr(user, name) for name in SHOWN}


def _fields_of(before: dict[str, Any], user: User) -> list[Difference]:
    """What became different of the user."""
    return list(differences(before, _told(user)))


def remove(actor: Actor, user_id: str) -> None:
    """Remove a user; their refresh tokens work no more. Raises UserNotFound, LastOwner, Forbidden."""

    def attempt() -> None:
        user = load(actor.org_id, user_id)
        _only_owners_touch_owners(actor, user.role)
        gone = differences(_told(user), {})
        writes: dict[str, Write] = {
            USER: _delete(user),
            "old e-mail": _free_email(user, user.email),
            ENTRY: entry(actor, "user.removed", "user", user.id, gone, resource_name=user.email),
        }
        _write(writes | (_owners(user.org_id, -1) if user.role == "owner" else {}))

    until_not_overtaken(attempt)


def change_own_password(actor: Actor, current: str, new: str) -> None:
    """Replace one's own password. Raises InvalidCredentials when the current one is wrong."""
    user = load(actor.org_id, actor.user_id)
    if not passwords.is_correct(current, user.password_hash):
        raise InvalidCredentials("The current password is wrong")
    if hmac.compare_digest(current.encode(), new.encode()):
        return
    wanted = {"password_hash": passwords.hash_password(new), "password_changed_at": clock.milliseconds()}

    def attempt() -> None:
        _write(_changes(actor, "user.password_changed", load(actor.org_id, actor.user_id), wanted))

    until_not_overtaken(attempt)


def _write(writes: dict[str, Write]) -> None:
    """Do the writes. Raises Overtaken, LastOwner, DuplicateEmail."""
    try:
        transact(writes)
    except ConditionFailed as failed:
        if USER in failed.items:
            raise Overtaken from failed
        raise (LastOwner if OWNERS in failed.items else DuplicateEmail) from None


def _only_owners_touch_owners(actor: Actor, *roles: str) -> None:
    if "owner" in roles and actor.role != "owner":
        raise Forbidden("Only an owner may add, change or remove an owner")


def _delete(user: User) -> Write:
    version = user.version
    return lambda transaction: transaction.delete(user, condition=User.version == version)


def _take_email(user: User) -> Write:
    name = UniqueName(email_name(user.email), owner=f"{user.org_id}/{user.id}")
    return lambda transaction: transaction.save(name, condition=UniqueName.name.does_not_exist())


def _free_email(user: User, email: str) -> Write:
    name = UniqueName(email_name(email))
    return lambda transaction: transaction.delete(name, condition=UniqueName.owner == f"{user.org_id}/{user.id}")


def _owners(org_id: str, difference: int) -> dict[str, Write]:
    def write(transaction: TransactWrite) -> None:
        organisation = Organisation(org_id)
        condition = Organisation.id.exists() if difference > 0 else Organisation.owners > 1
        transaction.update(organisation, [Organisation.owners.add(difference)], condition=condition)

    return {OWNERS: write}
