"""Signing in, and the users of the organisation."""

from chalice.app import Blueprint

from ..api.operation import Answer, Call, operation
from ..errors import (
    AccountLocked,
    DuplicateEmail,
    InvalidCredentials,
    InvalidRefreshToken,
    LastOwner,
    UserNotFound,
)
from . import examples, schemas, sessions, users

blueprint = Blueprint(__name__)
SIGNING_IN = "Signing in"
USERS = "Users"


@operation(
    blueprint,
    "POST",
    "/v1/admin/auth/login",
    tag=SIGNING_IN,
    summary="Sign in",
    body=schemas.Login,
    example=examples.LOGIN,
    answer=schemas.Tokens,
    errors=(InvalidCredentials, AccountLocked),
)
def login(call: Call[schemas.Login, None]) -> schemas.Tokens:
    """Five failures in a row lock the e-mail address for 15 minutes, whether or not it has a user."""
    return sessions.sign_in(call.body.email, call.body.password, call.origin)


@operation(
    blueprint,
    "POST",
    "/v1/admin/auth/refresh",
    tag=SIGNING_IN,
    summary="Get new tokens",
    body=schemas.RefreshToken,
    example=examples.REFRESH,
    answer=schemas.Tokens,
    errors=(InvalidRefreshToken,),
)
def refresh(call: Call[schemas.RefreshToken, None]) -> schemas.Tokens:
    """Uses the refresh token up and gives a new one. A token used twice ends the session."""
    return sessions.refresh(call.body.refresh_token)


@operation(
    blueprint,
    "POST",
    "/v1/admin/auth/logout",
    tag=SIGNING_IN,
    summary="Sign out",
    body=schemas.RefreshToken,
    example=examples.REFRESH,
    answer=schemas.SignedOut,
)
def logout(call: Call[schemas.RefreshToken, None]) -> schemas.SignedOut:
    """Ends the session of the refresh token. An access token stays valid until it expires."""
    sessions.sign_out(call.body.refresh_token, call.origin)
    return schemas.SignedOut()


@operation(
    blueprint,
    "GET",
    "/v1/admin/auth/me",
    tag=SIGNING_IN,
    summary="Who am I",
    role="viewer",
    answer=schemas.User,
    errors=(UserNotFound,),
)
def me(call: Call[None, None]) -> schemas.User:
    """The user of the access token."""
    return users.shown(users.load(call.caller.org_id, call.caller.user_id))


@operation(
    blueprint,
    "POST",
    "/v1/admin/auth/password",
    tag=SIGNING_IN,
    summary="Change one's own password",
    role="viewer",
    body=schemas.ChangePassword,
    example=examples.CHANGE_PASSWORD,
    answer=schemas.SignedOut,
    errors=(UserNotFound, InvalidCredentials),
)
def change_password(call: Call[schemas.ChangePassword, None]) -> schemas.SignedOut:
    """Ends all sessions of the user; sign in again with the new password."""
    users.change_own_password(call.actor, call.body.current_password, call.body.new_password)
    return schemas.SignedOut()


@operation(
    blueprint,
    "GET",
    "/v1/admin/users",
    tag=USERS,
    summary="List users",
    role="admin",
    answer=schemas.UserList,
)
def list_users(call: Call[None, None]) -> schemas.UserList:
    """All users of the organisation."""
    return schemas.UserList(users=users.list_users(call.caller.org_id))


@operation(
    blueprint,
    "POST",
    "/v1/admin/users",
    tag=USERS,
    summary="Add a user",
    role="admin",
    body=schemas.UserCreate,
    example=examples.ADD_USER,
    answer=schemas.User,
    status=201,
    errors=(DuplicateEmail,),
)
def add_user(call: Call[schemas.UserCreate, None]) -> Answer:
    """Adds a user with a first password. Only an owner may add an owner."""
    user = users.add(call.actor, call.body)
    return Answer(user, headers={"Location": f"/v1/admin/users/{user.id}"})


@operation(
    blueprint,
    "GET",
    "/v1/admin/users/{user_id}",
    tag=USERS,
    summary="Get a user",
    role="admin",
    answer=schemas.User,
    errors=(UserNotFound,),
)
def get_user(call: Call[None, None], user_id: str) -> schemas.User:
    """One user of the organisation."""
    return users.shown(users.load(call.caller.org_id, user_id))


@operation(
    blueprint,
    "PUT",
    "/v1/admin/users/{user_id}",
    tag=USERS,
    summary="Change a user",
    role="admin",
    body=schemas.UserUpdate,
    example=examples.CHANGE_USER,
    read_only=schemas.READ_ONLY,
    answer=schemas.User,
    errors=(UserNotFound, DuplicateEmail, LastOwner),
)
def change_user(call: Call[schemas.UserUpdate, None], user_id: str) -> schemas.User:
    """A new role acts when the user's access token is next renewed, within 15 minutes."""
    return users.change(call.actor, user_id, call.body)


@operation(
    blueprint,
    "DELETE",
    "/v1/admin/users/{user_id}",
    tag=USERS,
    summary="Remove a user",
    role="admin",
    answer=schemas.DeletedUser,
    errors=(UserNotFound, LastOwner),
)
def remove_user(call: Call[None, None], user_id: str) -> schemas.DeletedUser:
    """The user can sign in no more; an access token they hold stays valid until it expires."""
    users.remove(call.actor, user_id)
    return schemas.DeletedUser()
