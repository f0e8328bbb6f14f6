"""The users of an organisation: adding, changing and removing them, and never the last owner."""

import hmac
from typing import Any

import msgspec
from pynamodb.transactions import TransactWrite

from .. import clock, identifiers
from ..auth import Caller
from ..errors import DuplicateEmail, Forbidden, InvalidCredentials, LastOwner, UserNotFound
from ..store import ConditionFailed, Overtaken, Write, transact, until_not_overtaken
from ..unique_names import UniqueName, email_name
from . import passwords, schemas
from .table import Organisation, User

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


def add(caller: Caller, wanted: schemas.UserCreate) -> schemas.User:
    """Add a user. Raises DuplicateEmail, and Forbidden for an owner added by somebody who is none."""
    _only_owners_touch_owners(caller, wanted.role)
    user = new_user(caller.org_id, wanted.email, wanted.role, wanted.password, wanted.name)
    try:
        transact(writes_of_new(user))
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


def writes_of_new(user: User) -> dict[str, Write]:
    """What adding a user writes."""
    writes: dict[str, Write] = {
        USER: lambda transaction: transaction.save(user, condition=User.id.does_not_exist()),
        EMAIL: _take_email(user),
    }
    return writes | (_owners(user.org_id, +1) if user.role == "owner" else {})


def change(caller: Caller, user_id: str, changes: schemas.UserUpdate) -> schemas.User:
    """Change the given fields. Raises UserNotFound, DuplicateEmail, LastOwner, Forbidden."""
    wanted: dict[str, Any] = msgspec.to_builtins(changes)
    password = wanted.pop("password", None)
    if password is not None:
        wanted |= {"password_hash": passwords.hash_password(password), "password_changed_at": clock.milliseconds()}

    def attempt() -> schemas.User:
        user = load(caller.org_id, user_id)
        _only_owners_touch_owners(caller, user.role, wanted.get("role", user.role))
        _write(_changes(user, wanted))
        return shown(user)

    return until_not_overtaken(attempt)


def _changes(user: User, wanted: dict[str, Any]) -> dict[str, Write]:
    version, old_email, was_owner = int(user.version), user.email, user.role == "owner"
    for name, value in wanted.items():
        setattr(user, name, value)
    user.version, user.updated_at = version + 1, clock.iso(clock.now())
    writes: dict[str, Write] = {USER: lambda transaction: transaction.save(user, condition=User.version == version)}
    if user.email != old_email:
        writes |= {"old e-mail": _free_email(user, old_email), EMAIL: _take_email(user)}
    if was_owner != (user.role == "owner"):
        writes |= _owners(user.org_id, -1 if was_owner else +1)
    return writes


def remove(caller: Caller, user_id: str) -> None:
    """Remove a user; their refresh tokens work no more. Raises UserNotFound, LastOwner, Forbidden."""

    def attempt() -> None:
        user = load(caller.org_id, user_id)
        _only_owners_touch_owners(caller, user.role)
        writes: dict[str, Write] = {USER: _delete(user), "old e-mail": _free_email(user, user.email)}
        _write(writes | (_owners(user.org_id, -1) if user.role == "owner" else {}))

    until_not_overtaken(attempt)


def change_own_password(caller: Caller, current: str, new: str) -> None:
    """Replace one's own password. Raises InvalidCredentials when the current one is wrong."""
    user = load(caller.org_id, caller.user_id)
    if not passwords.is_correct(current, user.password_hash):
        raise InvalidCredentials("The current password is wrong")
    if hmac.compare_digest(current.encode(), new.encode()):
        return
    wanted = {"password_hash": passwords.hash_password(new), "password_changed_at": clock.milliseconds()}
    until_not_overtaken(lambda: _write(_changes(load(caller.org_id, caller.user_id), wanted)))


def _write(writes: dict[str, Write]) -> None:
    """Do the writes. Raises Overtaken, LastOwner, DuplicateEmail."""
    try:
        transact(writes)
    except ConditionFailed as failed:
        if USER in failed.items:
            raise Overtaken from failed
        raise (LastOwner if OWNERS in failed.items else DuplicateEmail) from None


def _only_owners_touch_owners(caller: Caller, *roles: str) -> None:
    if "owner" in roles and caller.role != "owner":
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
