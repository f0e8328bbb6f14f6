"""Signing in, staying signed in, signing out."""

import jwt
import pytest
from argon2 import PasswordHasher, Type, extract_parameters

from chalicelib.settings import settings

from ..client import PASSWORD, Api

LOGIN, REFRESH = "/v1/admin/auth/login", "/v1/admin/auth/refresh"
EMAIL = "owner@acme.example"


@pytest.fixture
def tokens(owner, api):
    return api.post(LOGIN, {"email": EMAIL, "password": PASSWORD}).json


def refreshed(api, token):
    return api.post(REFRESH, {"refresh_token": token})


def test_signing_in_gives_an_access_token_for_15_minutes(tokens, time, api):
    claims = jwt.decode(tokens["access_token"], options={"verify_signature": False})
    assert set(claims) == {"typ", "sub", "org_id", "role", "email", "iat", "exp"}
    assert (claims["role"], claims["exp"] - claims["iat"], tokens["expires_in"]) == ("owner", 900, 900)


def test_an_access_token_expires(owner, time, api):
    signed_in = api.signed_in(EMAIL)
    time.pass_(seconds=899)
    assert signed_in.get("/v1/admin/auth/me").json["email"] == EMAIL
    time.pass_(seconds=1)
    reply = signed_in.get("/v1/admin/auth/me")
    assert (reply.status, reply.code) == (401, "EXPIRED_TOKEN")


@pytest.mark.parametrize("email", ["OWNER@acme.example", "  owner@acme.example "])
def test_case_and_blanks_of_the_address_do_not_count(owner, api, email):
    assert api.post(LOGIN, {"email": email, "password": PASSWORD}).status == 200


@pytest.mark.parametrize(
    "credentials",
    [
        {"email": EMAIL, "password": "wrong"},
        {"email": EMAIL, "password": ""},
        {"email": EMAIL, "password": PASSWORD + " "},
        {"email": "nobody@acme.example", "password": PASSWORD},
        {"email": "no address", "password": PASSWORD},
        {"email": "", "password": PASSWORD},
    ],
)
def test_all_wrong_credentials_get_the_same_answer(owner, api, credentials):
    reply = api.post(LOGIN, credentials)
    error = reply.json["error"]
    assert (reply.status, error["code"]) == (401, "INVALID_CREDENTIALS")
    assert error["message"] == "The e-mail address or the password is wrong."


@pytest.mark.parametrize("email", [EMAIL, "nobody@acme.example"])
def test_five_failures_lock_an_address_for_15_minutes_whether_or_not_it_has_a_user(owner, api, time, email):
    def attempt(password):
        reply = api.post(LOGIN, {"email": email, "password": password})
        return reply.status if reply.status == 200 else reply.code

    assert [attempt("wrong") for _ in range(6)] == ["INVALID_CREDENTIALS"] * 5 + ["ACCOUNT_LOCKED"]
    assert attempt(PASSWORD) == "ACCOUNT_LOCKED"
    time.pass_(minutes=15)
    assert attempt(PASSWORD) == (200 if email == EMAIL else "INVALID_CREDENTIALS")


def test_a_wrong_password_and_an_unknown_address_take_the_same_steps(owner, api, logged, monkeypatch):
    verified = []
    verify = PasswordHasher.verify

    def counted(self, password_hash, password):
        verified.append(password_hash)
        return verify(self, password_hash, password)

    monkeypatch.setattr(PasswordHasher, "verify", counted)
    for email in (EMAIL, "nobody@acme.example"):
        api.post(LOGIN, {"email": email, "password": "wrong"})
    known, unknown = (line["aws_calls"] for line in logged)
    assert known == unknown
    assert len(verified) == 2
    assert extract_parameters(verified[0]) == extract_parameters(verified[1])


def test_a_password_is_hashed_at_the_cost_that_owasp_asks_for(cheap_passwords):
    parameters = extract_parameters(cheap_passwords().hash(PASSWORD))
    assert parameters.type == Type.ID
    assert (parameters.memory_cost, parameters.time_cost, parameters.parallelism) == (19 * 1024, 2, 1)


def test_a_success_forgets_the_failures(owner, api):
    for _ in range(3):
        for _ in range(4):
            api.post(LOGIN, {"email": EMAIL, "password": "wrong"})
        assert api.post(LOGIN, {"email": EMAIL, "password": PASSWORD}).status == 200


def test_a_refresh_token_gets_new_tokens_once(api, tokens):
    renewed = refreshed(api, tokens["refresh_token"])
    assert renewed.status == 200
    assert renewed.json["refresh_token"] != tokens["refresh_token"]
    assert Api(api.send, renewed.json["access_token"]).get("/v1/admin/auth/me").status == 200


def test_using_a_refresh_token_twice_ends_the_session(api, tokens):
    renewed = refreshed(api, tokens["refresh_token"]).json
    assert refreshed(api, tokens["refresh_token"]).code == "INVALID_REFRESH_TOKEN"
    assert refreshed(api, renewed["refresh_token"]).code == "INVALID_REFRESH_TOKEN"


def test_other_sessions_of_the_user_go_on(api, tokens):
    other = api.post(LOGIN, {"email": EMAIL, "password": PASSWORD}).json
    refreshed(api, tokens["refresh_token"])
    refreshed(api, tokens["refresh_token"])
    assert refreshed(api, other["refresh_token"]).status == 200


def test_a_refresh_token_lives_seven_days_from_its_last_use(owner, api, time):
    token = api.post(LOGIN, {"email": EMAIL, "password": PASSWORD}).json["refresh_token"]
    time.pass_(days=6)
    token = refreshed(api, token).json["refresh_token"]
    time.pass_(days=6)
    token = refreshed(api, token).json["refresh_token"]
    time.pass_(days=7)
    assert refreshed(api, token).status == 401


@pytest.mark.parametrize("token", ["", "nonsense", "rt_ses_00000000000000000000_" + "x" * 43])
def test_what_is_no_refresh_token_is_refused(api, token):
    assert refreshed(api, token).code == "INVALID_REFRESH_TOKEN"


def test_signing_out_ends_the_session_and_can_be_repeated(api, tokens):
    for _ in range(2):
        assert api.post("/v1/admin/auth/logout", {"refresh_token": tokens["refresh_token"]}).status == 200
    assert refreshed(api, tokens["refresh_token"]).status == 401


def test_an_old_signing_key_is_accepted_during_its_rotation(owner, monkeypatch, api):
    old_key = settings().jwt_secret
    monkeypatch.setenv("JWT_SECRET", "a new signing key for tests, long enough")
    monkeypatch.setenv("JWT_SECRET_PREVIOUS", old_key)
    settings.cache_clear()
    try:
        assert owner.get("/v1/admin/auth/me").status == 200
        monkeypatch.delenv("JWT_SECRET_PREVIOUS")
        settings.cache_clear()
        assert owner.get("/v1/admin/auth/me").status == 401
    finally:
        monkeypatch.undo()
        settings.cache_clear()


def test_ones_own_password_is_changed_by_knowing_it(owner, api, time):
    signed_in = api.post(LOGIN, {"email": EMAIL, "password": PASSWORD}).json
    me = Api(api.send, signed_in["access_token"])
    time.pass_(seconds=1)
    change = {"current_password": "wrong", "new_password": "a new long password"}
    assert me.post("/v1/admin/auth/password", change).code == "INVALID_CREDENTIALS"
    assert me.post("/v1/admin/auth/password", change | {"current_password": PASSWORD}).status == 200
    assert refreshed(api, signed_in["refresh_token"]).status == 401
    assert api.post(LOGIN, {"email": EMAIL, "password": "a new long password"}).status == 200
