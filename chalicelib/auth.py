"""Who calls, and from where: access tokens (JWT, HS256), and which role may do what."""

from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import jwt

from . import clock, signing_keys
from .errors import ExpiredToken, Forbidden, InvalidToken
from .settings import settings

Role = Literal["owner", "admin", "editor", "viewer"]
RANK: dict[str, int] = {"viewer": 0, "editor": 1, "admin": 2, "owner": 3}
# Expiry is judged by our own clock, below, so that tests can set it.
CHECKS: Any = {"require": ["exp", "iat", "sub", "org_id"], "verify_exp": False, "verify_iat": False}


@dataclass(frozen=True, slots=True)
class Caller:
    """A signed-in user, as the access token says."""

    user_id: str
    org_id: str
    role: str
    email: str = ""

    def may_act_as(self, role: str) -> bool:
        """Whether the caller's role is `role` or above."""
        return RANK[self.role] >= RANK[role]


@dataclass(frozen=True, slots=True)
class Origin:
    """A request and where it came from, whoever made it."""

    request_id: str = ""
    address: str = ""  # of the client, as IPv4 or IPv6
    user_agent: str = ""

    def actor(self, caller: Caller) -> "Actor":
        """Somebody who makes this request."""
        return Actor(caller, self.request_id, self.address, self.user_agent)


@dataclass(frozen=True, slots=True)
class Actor:
    """A caller who changes something, and by which request from where: what the audit trail says of a change."""

    caller: Caller
    request_id: str = ""
    address: str = ""  # of the client, as IPv4 or IPv6
    user_agent: str = ""

    @property
    def org_id(self) -> str:
        """The organisation in which the change is made."""
        return self.caller.org_id

    @property
    def user_id(self) -> str:
        """Who makes it."""
        return self.caller.user_id

    @property
    def role(self) -> str:
        """As what."""
        return self.caller.role


def issue_access_token(user_id: str, org_id: str, role: str, email: str) -> str:
    """A token for `access_token_seconds`, for the Authorization header. It has the e-mail address so that what a caller
    does can be recorded without a read."""
    issued_at = clock.timestamp()
    claims = {
        "typ": "access",
        "sub": user_id,
        "org_id": org_id,
        "role": role,
        "email": email,
        "iat": issued_at,
        "exp": issued_at + settings().access_token_seconds,
    }
    return jwt.encode(claims, signing_keys.signing(), algorithm="HS256")


def authenticate(authorization: str | None) -> Caller:
    """The caller of an `Authorization: Bearer …` header.

    Raises InvalidToken, ExpiredToken.
    """
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise InvalidToken(headers=_challenge("invalid_request"))
    claims = _claims(token.strip())
    if claims.get("typ") != "access" or claims.get("role") not in RANK:
        raise InvalidToken(headers=_challenge("invalid_token"))
    return Caller(
        user_id=str(claims["sub"]),
        org_id=str(claims["org_id"]),
        role=str(claims["role"]),
        email=str(claims.get("email", "")),  # a token from before it had one
    )


def require(caller: Caller, role: str) -> None:
    """Raises Forbidden unless the caller's role is `role` or above."""
    if not caller.may_act_as(role):
        raise Forbidden(f"This needs the role {role} or above; yours is {caller.role}")


def _claims(token: str) -> dict[str, Any]:
    try:
        claims = signing_keys.verified(partial(_signed_by, token))
    except jwt.PyJWTError:
        claims = None
    if claims is None:
        raise InvalidToken(headers=_challenge("invalid_token"))
    return _unexpired(claims)


def _signed_by(token: str, key: str) -> dict[str, Any] | None:
    """The claims, if that key signed them. Raises jwt.PyJWTError for what is no token."""
    try:
        claims: dict[str, Any] = jwt.decode(token, key, algorithms=["HS256"], options=CHECKS)
    except jwt.InvalidSignatureError:
        return None
    return claims


def _unexpired(claims: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(claims["exp"], int) or claims["exp"] <= clock.timestamp():
        raise ExpiredToken(headers=_challenge("invalid_token"))
    return claims


def _challenge(error: str) -> dict[str, str]:
    """The header a 401 carries, RFC 6750 section 3."""
    return {"WWW-Authenticate": f'Bearer realm="signal", error="{error}"'}
