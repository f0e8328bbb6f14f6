"""Signing in at the console: the cookie, its life, and forms of other sites."""

import pytest

from ..client import PASSWORD
from .browsing import Browser

PIPELINES = "/console/pipelines"


@pytest.fixture
def somebody(owner) -> Browser:
    """Somebody who is not signed in."""
    return Browser(owner.send)


def test_who_is_not_signed_in_signs_in_and_goes_on_to_what_was_asked_for(somebody):
    page = somebody.open("/console/pipelines?group=env&label=a%3Ab")
    assert page.title.startswith("Sign in")
    page = somebody.submit(
        page, "/console/sign-in", email="owner@acme.example", password="correct horse battery staple"
    )
    assert (page.status, page.path) == (200, PIPELINES)
    assert somebody.open("/console").path == PIPELINES


@pytest.mark.parametrize(
    "elsewhere",
    [
        *("https://evil.example/", "//evil.example", "/v1/docs", "/console/..\\evil", "/consolex", "javascript:1"),
        *("/console?a=%E2%82%AC", "/console?a=%00", "/console?a=%7F", "/console?a=%0d%0ab"),  # no header may have these
    ],
)
def test_signing_in_leads_to_no_other_site(somebody, elsewhere):
    page = somebody.open("/console/sign-in")
    reply = somebody.request(
        "POST",
        f"/console/sign-in?next={elsewhere}",
        b"email=owner@acme.example&password=correct+horse+battery+staple",
    )
    assert page.status == 200
    assert (reply.status, reply.headers["Location"]) == (303, PIPELINES)


def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(somebody):
    body = b"email=owner@acme.example&password=correct+horse+battery+staple"
    reply = somebody.request("POST", "/console/sign-in", body)
    kept = reply.headers["Set-Cookie"].split("; ")[1:]
    assert kept == ["Path=/console", "Max-Age=604800", "HttpOnly", "SameSite=Lax", "Secure"]


def test_signing_in_anew_ends_the_session_before(console):
    before = console.cookie
    csrf = console.open("/console/profile").soup.find("input", attrs={"name": "csrf"})["value"]
    console.post("/console/sign-in", {"email": "owner@acme.example", "password": PASSWORD, "csrf": csrf})
    assert console.cookie != before
    assert console.open(PIPELINES).path == PIPELINES
    console.cookie = before
    assert console.open(PIPELINES).title.startswith("Sign in")


def test_a_wrong_password_is_told_and_what_was_typed_stays(somebody):
    page = somebody.sign_in("owner@acme.example", "wrong")
    assert page.status == 401
    assert page.problems == ["The e-mail address or the password is wrong."]
    assert page.soup.find(id="email")["value"] == "owner@acme.example"
    assert not somebody.cookie


def test_signing_out_ends_the_session_itself(console):
    token = console.cookie
    page = console.submit(console.open("/console/profile"), "/console/sign-out")
    assert page.title.startswith("Sign in")
    console.cookie = token
    assert console.open(PIPELINES).title.startswith("Sign in")


@pytest.mark.parametrize(
    "cookie", ["", "signal_session=", "signal_session=x", "signal_session=con_0.org_0.usr_0.x", "\x01=;;", "a=b; =c"]
)
def test_no_cookie_but_ours_signs_in(somebody, cookie):
    somebody.cookie = cookie
    assert somebody.open(PIPELINES).title.startswith("Sign in")


@pytest.mark.parametrize(
    "other", ['a={"x": 1}', "a[b]=1", "a b", 'x="y', "=", "path=1", "expires=x", "secure", "a=b c", "é=é"]
)
def test_what_other_applications_of_the_host_keep_is_no_trouble(console, other):
    console.cookie = f"{other}; {console.cookie}; {other}"
    assert console.open(PIPELINES).path == PIPELINES


def test_a_cookie_of_our_name_that_is_of_the_whole_host_does_not_stand_in_for_ours(console):
    console.cookie = f"{console.cookie}; signal_session=of-another-site"  # browsers send the longer path first
    assert console.open(PIPELINES).path == PIPELINES


def test_a_session_ends_after_a_week_without_use(console, time):
    for _ in range(10):
        time.pass_(days=6)
        assert console.open(PIPELINES).path == PIPELINES
    time.pass_(days=8)
    assert console.open(PIPELINES).title.startswith("Sign in")


def test_no_credential_of_one_kind_works_as_another(console, owner):
    session, refresh = (
        console.cookie.partition("=")[2],
        owner.post(
            "/v1/admin/auth/login", {"email": "owner@acme.example", "password": "correct horse battery staple"}
        ).json["refresh_token"],
    )
    owner.token = session
    assert owner.get("/v1/admin/pipelines").code == "INVALID_TOKEN"
    owner.token = None
    as_refresh = f"rt_{session.split('.')[0]}_{session.split('.')[3]}"
    assert owner.post("/v1/admin/auth/refresh", {"refresh_token": as_refresh}).code == "INVALID_REFRESH_TOKEN"
    console.cookie = f"signal_session={refresh}"
    assert console.open(PIPELINES).title.startswith("Sign in")


def test_a_removed_user_and_a_new_role_act_at_once(console_as, owner):
    viewer = console_as("viewer")
    users = {user["email"]: user["id"] for user in owner.get("/v1/admin/users").json["users"]}
    assert viewer.open(f"{PIPELINES}/new").status == 403
    owner.put(f"/v1/admin/users/{users['viewer@acme.example']}", {"role": "editor"})
    assert viewer.open(f"{PIPELINES}/new").status == 200
    owner.delete(f"/v1/admin/users/{users['viewer@acme.example']}")
    assert viewer.open(PIPELINES).title.startswith("Sign in")


@pytest.mark.parametrize(
    ("fields", "headers"),
    [
        pytest.param({}, {}, id="without the token"),
        pytest.param({"csrf": "0" * 64}, {}, id="with another one"),
        pytest.param({"csrf": "é"}, {}, id="with none of ours"),
        pytest.param(None, {"Sec_Fetch_Site": "cross-site"}, id="sent by another site"),
        pytest.param(None, {"Sec_Fetch_Site": "same-site"}, id="sent by a neighbour of the domain"),
    ],
)
def test_a_form_that_is_not_on_a_page_of_this_session_does_nothing(console, owner, fields, headers):
    from urllib.parse import urlencode

    from .browsing import filled_in

    page = console.open(f"{PIPELINES}/new")
    values = {"name": "Evil", "type": "web"} | (
        {"csrf": filled_in(page.form(f"{PIPELINES}/new"))["csrf"][0]} if fields is None else fields
    )
    reply = console.request("POST", f"{PIPELINES}/new", urlencode(values).encode(), **headers)
    assert reply.status == 403
    assert owner.get("/v1/admin/pipelines").json["total"] == 0


def test_the_csrf_token_of_one_session_is_not_that_of_another(console, foreign_console):
    tokens = [
        each.open(f"{PIPELINES}/new").soup.find("input", attrs={"name": "csrf"})["value"]
        for each in (console, foreign_console)
    ]
    assert tokens[0] != tokens[1]
