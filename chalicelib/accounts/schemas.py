"""What callers send and get about people and signing in."""

import re
import unicodedata
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from .. import identifiers, text
from ..api.types import Time
from ..auth import Role
from . import passwords

ADDRESS = r"[^@\s\x00-\x1f\x7f]{1,64}@[^@\s\x00-\x1f\x7f]+\.[^@\s.\x00-\x1f\x7f]+"
READ_ONLY = frozenset({"id", "org_id", "created_at", "updated_at"})


def email_address(address: str) -> str:
    """An address in the form it is stored and compared: lower case, without blanks around it."""
    address = unicodedata.normalize("NFC", address).strip().lower()
    if len(address) > 254 or not re.fullmatch(ADDRESS, address):
        raise ValueError("must be an e-mail address such as ada@example.com")
    return address


def person_name(name: str) -> str:
    """A person's name; it may be empty."""
    return text.one_line(name, 0, 200)


Email = Annotated[
    str, Meta(max_length=320, extra={"check": email_address}, description="an e-mail address such as ada@example.com")
]
PersonName = Annotated[
    str, Meta(max_length=200, extra={"check": person_name}, description="a string of at most 200 characters")
]
NewPassword = Annotated[
    str,
    Meta(
        min_length=passwords.SHORTEST,
        max_length=passwords.LONGEST,
        description=f"a string of {passwords.SHORTEST} to {passwords.LONGEST} characters",
    ),
]
AnyPassword = Annotated[str, Meta(max_length=1024, description="a string of at most 1,024 characters")]
UserId = Annotated[str, Meta(pattern=f"^usr_{identifiers.PATTERN}$")]


class Login(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """An e-mail address and its password."""

    email: Annotated[str, Meta(max_length=1024, description="a string")]
    password: AnyPassword


class RefreshToken(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A refresh token."""

    refresh_token: Annotated[str, Meta(max_length=1024, description="a string")]


class Tokens(msgspec.Struct, kw_only=True):
    """An access token for the Authorization header, and a refresh token that gets the next one, once."""

    access_token: str
    refresh_token: str
    token_type: Literal["Bearer"] = "Bearer"
    expires_in: int  # seconds the access token lives


class SignedOut(msgspec.Struct, kw_only=True):
    """The session is over."""

    status: Literal["signed_out"] = "signed_out"


class User(msgspec.Struct, kw_only=True):
    """A user of the organisation."""

    id: UserId
    org_id: str
    email: str
    name: str
    role: Role
    created_at: Time
    updated_at: Time


class UserList(msgspec.Struct, kw_only=True):
    """All users of the organisation, by e-mail address."""

    users: list[User]


class UserCreate(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A new user."""

    email: Email
    role: Role
    password: NewPassword
    name: PersonName = ""


class UserUpdate(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The fields to change. A new password ends the user's sessions."""

    email: Email | UnsetType = UNSET
    name: PersonName | UnsetType = UNSET
    role: Role | UnsetType = UNSET
    password: NewPassword | UnsetType = UNSET


class ChangePassword(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """One's own password, changed by knowing it."""

    current_password: AnyPassword
    new_password: NewPassword


class DeletedUser(msgspec.Struct, kw_only=True):
    """The user was removed."""

    status: Literal["deleted"] = "deleted"
