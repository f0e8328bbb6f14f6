"""Signing in and staying signed in.

A refresh token is `rt_`, the session's id and a secret, of which the hash is stored. Each use replaces the secret;
using an old one again means that somebody else has it, and ends the session (RFC 9700, 4.14.2).
"""

import hashlib
import hmac
import re
import secrets

from pynamodb.exceptions import UpdateError

from .. import auth, clock, identifiers, logs, metrics
from ..audit import entries
from ..audit.actions import Action
from ..auth import Actor, Caller, Origin
from ..errors import AccountLocked, InvalidCredentials, InvalidRefreshToken
from ..settings import settings
from ..store import ConditionFailed, Write, condition_failed, expiry_shard, transact
from ..unique_names import UniqueName, email_name
from . import passwords
from .schemas import Tokens, email_address
from .table import Session, SignInFailures, User

MOST_FAILURES = 5  # in a row, before the address is locked
LOCK_SECONDS = 15 * 60
REFRESH_TOKEN = re.compile(rf"rt_(ses_{identifiers.PATTERN})_([A-Za-z0-9_-]{{43}})")


def sign_in(email: str, password: str, from_where: Origin) -> Tokens:
    """New tokens for the right password. Raises InvalidCredentials, AccountLocked."""
    return _start(verified(email, password, from_where), from_where)


def verified(email: str, password: str, from_where: Origin) -> User:
    """The user with this address and password. The organisation's audit trail tells of a wrong one.

    Raises InvalidCredentials, and AccountLocked after too many of them; alike whether or not there is such a user.
    """
    try:
        return _verified(email, password, from_where)
    except (InvalidCredentials, AccountLocked):
        metrics.record(metrics.SIGN_IN_FAILURES)
        raise


def _verified(email: str, password: str, from_where: Origin) -> User:
    try:
        email = email_address(email)
    except ValueError:
        raise InvalidCredentials from None
    _count_attempt(email)
    user = _user_by_email(email)
    if not passwords.is_correct(password, user.password_hash if user else None) or user is None:
        _record_failure(user, from_where)
        raise InvalidCredentials
    forget_failures(email)
    return user


def _record_failure(user: User | None, from_where: Origin) -> None:
    """Tell the organisation; for an address that nobody has the store is asked for as much, or the time it takes would
    tell. Whether that succeeds changes nothing of the answer."""
    try:
        if user:
            actor = _actor(user.org_id, user.id, user.role, user.email, from_where)
            entries.record(actor, "auth.login_failed", "user", user.id, user.email)
        else:
            nobody = _actor(identifiers.new_id("org"), "nobody", "", "", from_where)  # not one partition for all
            entries.pretend(nobody, "auth.login_failed")
    except Exception:
        logs.error("failed sign-in not recorded", request_id=from_where.request_id)


def _actor(org_id: str, user_id: str, role: str, email: str, from_where: Origin) -> Actor:
    return from_where.actor(Caller(user_id, org_id, role, email))


def _entry(action: Action, actor: Actor) -> Write:
    return entries.entry(actor, action, "user", actor.user_id, resource_name=actor.caller.email)


def forget_failures(email: str) -> None:
    """Count failed sign-ins anew; an address that was locked is open again."""
    SignInFailures(_email_hash(email)).delete()


def _count_attempt(email: str) -> None:
    """Count before looking, so that guesses side by side are counted too; a success forgets the count."""
    now = clock.now()
    counter = SignInFailures(_email_hash(email))
    try:
        counter.update(
            [
                SignInFailures.failures.add(1),
                SignInFailures.expires_at.set(clock.after(LOCK_SECONDS)),
                SignInFailures.expiry_shard.set(expiry_shard()),
            ],
            condition=SignInFailures.email_hash.does_not_exist()
            | ((SignInFailures.failures < MOST_FAILURES) & (SignInFailures.expires_at > now)),
        )
    except UpdateError as error:
        if not condition_failed(error):
            raise
        _locked_or_over(counter)


def _locked_or_over(counter: SignInFailures) -> None:
    """The count was full or is over: raise AccountLocked, or start counting anew."""
    try:
        counter.refresh(consistent_read=True)
    except SignInFailures.DoesNotExist:
        return
    left = int(counter.expires_at.timestamp()) - clock.timestamp()
    if left > 0 and counter.failures >= MOST_FAILURES:
        minutes = -(-left // 60)
        message = f"Too many failed sign-ins for this e-mail address; try again in {minutes} min"
        raise AccountLocked(message, {"Retry-After": str(left)})
    counter.failures, counter.expires_at, counter.expiry_shard = 1, clock.after(LOCK_SECONDS), expiry_shard()
    counter.save()


def _user_by_email(email: str) -> User | None:
    """The user, or None; by the same two reads, so that the time it takes does not tell which."""
    try:
        owner = UniqueName.get(email_name(email), consistent_read=True).owner
    except UniqueName.DoesNotExist:
        owner = "nobody/nobody"
    org_id, _, user_id = owner.partition("/")
    try:
        return User.get(org_id, user_id, consistent_read=True)
    except User.DoesNotExist:
        return None


def _start(user: User, from_where: Origin) -> Tokens:
    session_id, secret = identifiers.new_id("ses"), secrets.token_urlsafe(32)
    begin(new_session(session_id, user, _hash(secret)), user, from_where)
    return _tokens(user, session_id, secret)


def new_session(session_id: str, user: User, token_hash: str) -> Session:
    """A session that is not stored yet."""
    return Session(
        session_id,
        org_id=user.org_id,
        user_id=user.id,
        email=user.email,
        token_hash=token_hash,
        created_at=clock.milliseconds(),
        expiry_shard=expiry_shard(),
        expires_at=clock.after(settings().refresh_token_seconds),
    )


def begin(session: Session, user: User, from_where: Origin) -> None:
    """Store a session, and in the audit trail that it began."""
    actor = _actor(user.org_id, user.id, user.role, user.email, from_where)
    transact({"session": lambda transaction: transaction.save(session), entries.ENTRY: _entry("auth.login", actor)})


def finish(session: Session, from_where: Origin) -> None:
    """End a session, and tell the audit trail. One that is over already is no error."""
    actor = _actor(session.org_id, session.user_id, "", session.email or "", from_where)
    try:
        transact({"session": _end(session), entries.ENTRY: _entry("auth.logout", actor)})
    except ConditionFailed:
        return


def refresh(refresh_token: str) -> Tokens:
    """New tokens for a refresh token, which is used up.

    Raises InvalidRefreshToken; for a token used before, the session is over as well.
    """
    session, secret = _session_of(refresh_token)
    if not hmac.compare_digest(session.token_hash, _hash(secret)):
        raise _reused(session)
    user = _still_valid(session)
    fresh = secrets.token_urlsafe(32)
    if not _replaced(session, _hash(secret), _hash(fresh)):
        raise _reused(session)
    return _tokens(user, session.id, fresh)


def _reused(session: Session) -> InvalidRefreshToken:
    """End the session of a token that was used before: two have it, and one of them should not."""
    session.delete()
    metrics.describe(org_id=session.org_id, user_id=session.user_id)
    metrics.record(metrics.REFRESH_TOKENS_REUSED)
    return InvalidRefreshToken()


def _replaced(session: Session, old_hash: str, new_hash: str) -> bool:
    """Make the new token the valid one, if the old one still is. The SDK repeats a write whose answer was lost, and is
    then refused for its own success; so what stands there decides."""
    try:
        session.update(
            [
                Session.token_hash.set(new_hash),
                Session.expires_at.set(clock.after(settings().refresh_token_seconds)),
            ],
            condition=Session.token_hash == old_hash,
        )
    except UpdateError as error:
        if not condition_failed(error):
            raise
        return _stands(session, new_hash)
    return True


def _stands(session: Session, token_hash: str) -> bool:
    try:
        session.refresh(consistent_read=True)
    except Session.DoesNotExist:
        return False
    return hmac.compare_digest(session.token_hash, token_hash)


def sign_out(refresh_token: str, from_where: Origin) -> None:
    """End the session of a refresh token. A session that is over already is no error."""
    try:
        session, _ = _session_of(refresh_token)
    except InvalidRefreshToken:
        return
    finish(session, from_where)


def _end(session: Session) -> Write:
    return lambda transaction: transaction.delete(session, condition=Session.id.exists())


def _session_of(refresh_token: str) -> tuple[Session, str]:
    match = REFRESH_TOKEN.fullmatch(refresh_token)
    if not match:
        raise InvalidRefreshToken
    try:
        session = Session.get(match[1], consistent_read=True)
    except Session.DoesNotExist:
        raise InvalidRefreshToken from None
    if session.expires_at <= clock.now():
        raise InvalidRefreshToken
    return session, match[2]


def _still_valid(session: Session) -> User:
    """The session's user as they are now: a removed one, or one with a new password, signs in again."""
    try:
        user = User.get(session.org_id, session.user_id, consistent_read=True)
    except User.DoesNotExist:
        raise InvalidRefreshToken from None
    if session.created_at < user.password_changed_at:
        raise InvalidRefreshToken
    return user


def _tokens(user: User, session_id: str, secret: str) -> Tokens:
    return Tokens(
        access_token=auth.issue_access_token(user.id, user.org_id, user.role, user.email),
        refresh_token=f"rt_{session_id}_{secret}",
        expires_in=settings().access_token_seconds,
    )


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _email_hash(email: str) -> str:
    return hashlib.sha256(email.encode()).hexdigest()
