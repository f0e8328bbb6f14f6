"""Staying signed in in a browser: a session whose token is a cookie.

Unlike a refresh token it stays the same while the session lasts, for a browser sends requests side by side and each
must find it valid. It is looked up with every request, so signing out, a removed user and a new role act at once.
"""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass

from pynamodb.exceptions import UpdateError

from .. import clock, identifiers
from ..auth import RANK, Caller, Origin
from ..errors import NotSignedIn
from ..settings import settings
from ..store import condition_failed, get_together
from . import sessions
from .table import Session, User

RENEWED_AFTER_SECONDS = 24 * 3600  # of use: a write a day keeps a session that is used
TOKEN = re.compile(
    rf"(con_{identifiers.PATTERN})\.(org_{identifiers.PATTERN})\.(usr_{identifiers.PATTERN})\.([A-Za-z0-9_-]{{43}})"
)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A valid session, and whose it is."""

    session_id: str
    caller: Caller
    name: str
    renewed: bool  # its cookie is to be set anew


def start(user: User, from_where: Origin) -> str:
    """The token of a new session of this user."""
    session_id, secret = identifiers.new_id("con"), secrets.token_urlsafe(32)
    sessions.begin(sessions.new_session(session_id, user, _hash(secret)), user, from_where)
    return f"{session_id}.{user.org_id}.{user.id}.{secret}"


def find(token: str) -> SignedIn:
    """Who has this token, by one read. Raises NotSignedIn."""
    session, user = _read(token)
    renewed = session.expires_at <= clock.after(settings().refresh_token_seconds - RENEWED_AFTER_SECONDS)
    if renewed:
        _renew(session)
    caller = Caller(user_id=user.id, org_id=user.org_id, role=user.role, email=user.email)
    return SignedIn(session.id, caller, user.name or user.email, renewed)


def _read(token: str) -> tuple[Session, User]:
    match = TOKEN.fullmatch(token)
    if not match:
        raise NotSignedIn
    session_id, org_id, user_id, secret = match.groups()
    session, user = get_together([Session(session_id), User(org_id, user_id)])
    if session is None or user is None or not _is_valid(session, user, secret):
        raise NotSignedIn
    return session, user


def _renew(session: Session) -> None:
    try:
        session.update(
            [Session.expires_at.set(clock.after(settings().refresh_token_seconds))],
            condition=Session.id.exists(),
        )
    except UpdateError as error:
        if not condition_failed(error):  # it was ended meanwhile, and stays ended
            raise


def end(token: str, from_where: Origin) -> None:
    """End the session. One that is over already is no error."""
    try:
        session, _ = _read(token)
    except NotSignedIn:
        return
    sessions.finish(session, from_where)


def _is_valid(session: Session, user: User, secret: str) -> bool:
    return (
        hmac.compare_digest(session.token_hash, _hash(secret))
        and (session.org_id, session.user_id) == (user.org_id, user.id)
        and session.expires_at > clock.now()
        and session.created_at >= user.password_changed_at
        and user.role in RANK
    )


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
