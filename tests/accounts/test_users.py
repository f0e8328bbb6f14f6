"""The users of an organisation."""

import pytest

from chalicelib.accounts.bootstrap import CannotEnsureUser, ensure_user

from ..client import PASSWORD

USERS = "/v1/admin/users"
EVA = {"email": "eva@acme.example", "role": "editor", "password": PASSWORD}


def test_a_user_is_added_listed_changed_and_removed(owner, api, time):
    added = owner.post(USERS, EVA | {"name": "Eva"})
    user = added.json
    assert (added.status, added.headers["Location"]) == (201, f"{USERS}/{user['id']}")
    assert set(user) == {"id", "org_id", "email", "name", "role", "created_at", "updated_at"}
    assert [listed["email"] for listed in owner.get(USERS).json["users"]] == [EVA["email"], "owner@acme.example"]
    assert owner.put(f"{USERS}/{user['id']}", {"role": "viewer"}).json["role"] == "viewer"
    assert api.signed_in(EVA["email"]).get("/v1/admin/auth/me").json["role"] == "viewer"
    assert owner.delete(f"{USERS}/{user['id']}").json == {"status": "deleted"}
    assert owner.get(f"{USERS}/{user['id']}").code == "USER_NOT_FOUND"
    assert api.post("/v1/admin/auth/login", {"email": EVA["email"], "password": PASSWORD}).status == 401
    assert owner.post(USERS, EVA).status == 201


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"email": "nobody"}, "email"),
        ({"email": "a@b"}, "email"),
        ({"email": None}, "email"),
        ({"role": "god"}, "role"),
        ({"password": "short"}, "password"),
        ({"password": "x" * 257}, "password"),
        ({"name": "x" * 201}, "name"),
        ({"admin": True}, "admin"),
    ],
)
def test_a_bad_field_is_named(owner, fields, wrong):
    reply = owner.post(USERS, EVA | fields)
    assert (reply.status, reply.wrong_fields) == (422, [wrong])


def test_an_address_has_one_user_in_the_installation(owner, stranger):
    owner.post(USERS, EVA)
    for caller in (owner, stranger):
        assert caller.post(USERS, EVA | {"email": "EVA@acme.example"}).code == "DUPLICATE_EMAIL"


def test_an_address_can_be_changed_and_the_old_one_is_free(owner, api):
    user = owner.post(USERS, EVA).json
    owner.put(f"{USERS}/{user['id']}", {"email": "new@acme.example"})
    assert api.signed_in("new@acme.example").token
    assert owner.post(USERS, EVA).status == 201


def test_the_last_owner_stays(owner):
    me = owner.get("/v1/admin/auth/me").json["id"]
    assert owner.delete(f"{USERS}/{me}").code == "LAST_OWNER"
    assert owner.put(f"{USERS}/{me}", {"role": "admin"}).code == "LAST_OWNER"
    owner.post(USERS, EVA | {"role": "owner"})
    assert owner.put(f"{USERS}/{me}", {"role": "admin"}).status == 200


def test_only_an_owner_touches_owners(owner, as_role):
    admin, me = as_role("admin"), owner.get("/v1/admin/auth/me").json["id"]
    assert admin.post(USERS, EVA | {"role": "owner"}).status == 403
    assert admin.put(f"{USERS}/{me}", {"name": "x"}).status == 403
    assert admin.delete(f"{USERS}/{me}").status == 403
    assert admin.post(USERS, EVA | {"role": "admin"}).status == 201


@pytest.mark.parametrize("role", ["viewer", "editor"])
def test_managing_users_needs_an_admin(as_role, role):
    caller = as_role(role)
    for method, path in (("GET", USERS), ("POST", USERS), ("GET", f"{USERS}/x"), ("DELETE", f"{USERS}/x")):
        assert caller.request(method, path).status == 403


def test_another_organisations_user_is_not_there(owner, stranger):
    foreign = stranger.get("/v1/admin/auth/me").json["id"]
    for method, body in (("GET", None), ("PUT", {"name": "x"}), ("DELETE", None)):
        assert owner.request(method, f"{USERS}/{foreign}", body).code == "USER_NOT_FOUND"


def test_a_new_password_or_a_removal_ends_the_users_sessions(owner, api, time):
    user = owner.post(USERS, EVA).json
    login = {"email": EVA["email"], "password": PASSWORD}
    session = api.post("/v1/admin/auth/login", login).json["refresh_token"]
    time.pass_(seconds=1)
    owner.put(f"{USERS}/{user['id']}", {"password": "another long password"})
    assert api.post("/v1/admin/auth/refresh", {"refresh_token": session}).status == 401
    session = api.post("/v1/admin/auth/login", login | {"password": "another long password"}).json["refresh_token"]
    owner.delete(f"{USERS}/{user['id']}")
    assert api.post("/v1/admin/auth/refresh", {"refresh_token": session}).status == 401


def test_no_answer_shows_a_password_or_its_hash(owner):
    user = owner.post(USERS, EVA).json
    for reply in (owner.get(USERS), owner.get(f"{USERS}/{user['id']}"), owner.put(f"{USERS}/{user['id']}", {})):
        assert "argon2" not in reply.body.decode()
        assert "password" not in reply.body.decode()


# The operator's command


def test_ensuring_a_user_can_be_repeated_and_sets_role_and_password(api):
    for role, password in (("owner", PASSWORD), ("owner", PASSWORD), ("owner", "another long password")):
        ensure_user("acme", "a@acme.example", role, password)
    ensure_user("acme", "b@acme.example", "owner", PASSWORD)
    ensure_user("acme", "a@acme.example", "viewer", "another long password")
    signed_in = api.signed_in("a@acme.example", "another long password")
    assert signed_in.get("/v1/admin/auth/me").json["role"] == "viewer"


def test_ensuring_a_user_lifts_the_lock_out(owner, api):
    login = {"email": "owner@acme.example", "password": PASSWORD}
    for _ in range(5):
        api.post("/v1/admin/auth/login", login | {"password": "wrong"})
    assert api.post("/v1/admin/auth/login", login).code == "ACCOUNT_LOCKED"
    ensure_user("acme", "owner@acme.example", "owner", PASSWORD)
    assert api.post("/v1/admin/auth/login", login).status == 200


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"org": "Not A Slug"}, "ORG 'Not A Slug' must be"),
        ({"email": "nobody"}, "EMAIL 'nobody' must be an e-mail address"),
        ({"role": "god"}, "ROLE 'god' must be owner, admin, editor or viewer"),
        ({"password": "short"}, "PASSWORD must have 12 to 256 characters"),
    ],
)
def test_a_wrong_argument_of_the_command_is_named(moto_aws, changes, message):
    right = {"org": "acme", "email": "a@acme.example", "role": "viewer", "password": PASSWORD}
    with pytest.raises(CannotEnsureUser, match=message):
        ensure_user(**right | changes)


def test_the_command_does_not_take_a_user_from_another_organisation(owner):
    with pytest.raises(CannotEnsureUser, match="belongs to a user of another organisation"):
        ensure_user("other", "owner@acme.example", "viewer", PASSWORD)


def test_the_command_does_not_demote_the_last_owner(owner):
    with pytest.raises(CannotEnsureUser, match="at least one owner"):
        ensure_user("acme", "owner@acme.example", "viewer", PASSWORD)
