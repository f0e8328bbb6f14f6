"""The people of an organisation."""

import pytest

from .browsing import Browser

PATH = "/console/people"
ADA = {"email": "ada@acme.example", "name": "Ada", "role": "editor", "password": "correct horse battery"}
EVIL = "\"><img src=x onerror=alert(1)><script>alert(1)</script>{{7*7}}'"


@pytest.fixture
def person(owner):
    """Who has this e-mail address, as the API tells."""
    return lambda email: next(
        (one for one in owner.get("/v1/admin/users").json["users"] if one["email"] == email), None
    )


@pytest.fixture
def ada(owner, person):
    """Somebody who was added; the path of their page."""
    owner.post("/v1/admin/users", ADA)
    return f"{PATH}/{person('ada@acme.example')['id']}"


@pytest.mark.parametrize("role", ["viewer", "editor"])
def test_who_is_no_admin_has_no_such_page(console_as, ada, role):
    browser = console_as(role)
    assert PATH not in browser.open("/console/pipelines").links()
    assert {browser.open(path).status for path in (PATH, f"{PATH}/new", ada)} == {403}
    csrf = browser.token
    for path in (f"{PATH}/new", ada, f"{ada}/password", f"{ada}/remove"):
        assert browser.post(path, ADA | {"csrf": csrf, "confirm": ADA["email"], "email": "x@y.zz"}).status == 403


def test_somebody_is_added_and_signs_in(console, owner, person):
    page = console.submit(console.open(f"{PATH}/new"), f"{PATH}/new", **ADA)
    assert "Added." in page.text
    assert "Ada" in page.text
    assert person("ada@acme.example")["role"] == "editor"
    assert Browser(owner.send).sign_in("ada@acme.example", ADA["password"]).path == "/console/pipelines"


def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_stays(console, person):
    wrong = {"email": "nobody", "name": "Ada", "role": "king", "password": "short"}
    page = console.submit(console.open(f"{PATH}/new"), f"{PATH}/new", **wrong)
    assert page.status == 422
    assert page.soup.find(id="email-error").get_text() == "must be an e-mail address such as ada@example.com"
    assert page.soup.find(id="role-error").get_text() == "must be owner, admin, editor or viewer"
    assert "12 to 256" in page.soup.find(id="password-error").get_text()
    assert (page.soup.find(id="email")["value"], page.soup.find(id="name")["value"]) == ("nobody", "Ada")
    assert "short" not in page.html


def test_an_address_that_is_taken_is_told_beside_it(console, ada):
    page = console.submit(console.open(f"{PATH}/new"), f"{PATH}/new", **ADA)
    assert (page.status, page.soup.find(id="email-error").get_text()) == (
        409,
        "A user with this e-mail address exists already.",
    )


def test_somebody_is_changed(console, ada, person):
    page = console.submit(console.open(ada), ada, form="about", email="ada@new.example", role="admin")
    assert "Saved." in page.text
    found = person("ada@new.example")
    assert (found["role"], found["name"]) == ("admin", "Ada")


def test_a_new_password_signs_them_out(console, ada, owner, time):
    theirs = Browser(owner.send)
    theirs.sign_in("ada@acme.example", ADA["password"])
    time.pass_(seconds=1)
    page = console.submit(console.open(ada), f"{ada}/password", form="password", password="another long password")
    assert "signed out everywhere" in page.text
    assert theirs.open("/console/profile").title.startswith("Sign in")
    assert theirs.sign_in("ada@acme.example", "another long password").status == 200


@pytest.mark.parametrize("typed", ["", "ADA@acme.example", "ada"])
def test_removing_needs_the_address(console, ada, person, typed):
    page = console.submit(console.open(ada), f"{ada}/remove", form="remove", confirm=typed)
    assert page.problems == ["This must be ada@acme.example; nothing was changed."]
    assert person("ada@acme.example")


def test_who_is_removed_is_gone(console, ada, person):
    page = console.submit(console.open(ada), f"{ada}/remove", form="remove", confirm="ada@acme.example")
    assert "Removed." in page.text
    assert person("ada@acme.example") is None
    assert console.open(ada).status == 404


def test_the_last_owner_stays_one(console, person):
    me = f"{PATH}/{person('owner@acme.example')['id']}"
    page = console.submit(console.open(me), me, form="about", role="viewer")
    assert (page.status, page.soup.find(id="role-error").get_text()) == (
        409,
        "An organisation keeps at least one owner; make somebody else an owner first.",
    )
    page = console.submit(console.open(me), f"{me}/remove", form="remove", confirm="owner@acme.example")
    assert (page.status, len(page.problems)) == (409, 1)
    assert person("owner@acme.example")["role"] == "owner"


def test_an_admin_neither_makes_nor_touches_owners(console_as, person):
    admin = console_as("admin")
    new = admin.open(f"{PATH}/new")
    assert not new.soup.find(id="role-owner")
    page = admin.submit(new, f"{PATH}/new", **ADA | {"role": "owner"})
    assert (page.status, person("ada@acme.example")) == (403, None)
    assert "Only an owner may add, change or remove an owner" in page.problems
    owners = f"{PATH}/{person('owner@acme.example')['id']}"
    page = admin.open(owners)
    assert "Only an owner may change or remove an owner" in page.text
    assert not page.soup.find_all("form")
    csrf = new.soup.find("input", attrs={"name": "csrf"})["value"]
    assert admin.post(owners, {"csrf": csrf, "role": "viewer"}).status == 403


@pytest.mark.parametrize("user_id", ["usr_00000000000000000000", "x", "%3Cscript%3E"])
def test_who_is_not_there_is_not_found(console, user_id):
    assert console.open(f"{PATH}/{user_id}").status == 404


def test_somebody_of_another_organisation_is_not_found(foreign_console, ada, person):
    page = foreign_console.open(ada)
    unknown = foreign_console.open(f"{PATH}/usr_00000000000000000000")
    assert (page.status, page.soup.h1, page.title) == (404, unknown.soup.h1, unknown.title)
    csrf = foreign_console.open(f"{PATH}/new").soup.find("input", attrs={"name": "csrf"})["value"]
    for path in (ada, f"{ada}/password", f"{ada}/remove"):
        assert foreign_console.post(path, ADA | {"csrf": csrf, "confirm": ADA["email"]}).status == 404
    assert person("ada@acme.example")["name"] == "Ada"


def test_what_people_are_called_is_shown_as_text(console, owner, person):
    owner.post("/v1/admin/users", ADA | {"name": EVIL})
    path = f"{PATH}/{person('ada@acme.example')['id']}"
    for page in (console.open(PATH), console.open(path)):
        assert EVIL in page.soup.get_text()
        assert not page.soup.select("main img, main script")
