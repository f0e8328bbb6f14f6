"""One's own account."""

import pytest

from ..client import PASSWORD
from .browsing import Browser

PATH = "/console/profile"
NEW = "an even longer battery staple"
TYPED = {"current_password": PASSWORD, "new_password": NEW, "repeated": NEW}


def change_password(browser, **typed):
    return browser.submit(browser.open(PATH), f"{PATH}/password", form="password", **TYPED | typed)


@pytest.mark.parametrize("role", ["viewer", "editor", "admin", "owner"])
def test_everybody_sees_who_they_are_and_what_they_may_do(console_as, role):
    page = console_as(role).open(PATH)
    assert f"{role}@acme.example" in page.text
    assert ("manage people" in page.text) == (role in ("admin", "owner"))
    assert ("add, change and remove owners" in page.text) == (role == "owner")
    assert ("/console/people" in page.links()) == (role in ("admin", "owner"))


def test_the_organisation_and_its_people_are_counted(console, console_as):
    console_as("viewer"), console_as("editor")
    page = console.open(PATH)
    assert "acme" in page.text
    assert "1 owner, 1 editor, 1 viewer" in page.text


def test_a_viewer_changes_their_own_name_and_nothing_else(console_as, owner):
    viewer = console_as("viewer")
    page = viewer.submit(viewer.open(PATH), PATH, form="name", name="Vera", role="owner", email="x@acme.example")
    assert "Saved." in page.text
    (vera,) = [user for user in owner.get("/v1/admin/users").json["users"] if user["name"] == "Vera"]
    assert (vera["email"], vera["role"]) == ("viewer@acme.example", "viewer")


def test_a_name_that_cannot_be_used_is_told_and_stays(console):
    page = console.submit(console.open(PATH), PATH, form="name", name="x" * 201)
    assert page.status == 422
    assert page.soup.find(id="name")["value"] == "x" * 201
    assert "must be a string of at most 200 characters" in page.problems


def test_a_new_password_ends_other_sessions_and_keeps_this_browser(console, owner, time):
    other = Browser(owner.send)
    other.sign_in("owner@acme.example")
    before = console.cookie
    time.pass_(seconds=1)
    page = change_password(console)
    assert "Your password is changed" in page.text
    assert console.cookie != before
    assert console.open(PATH).status == 200
    assert other.open(PATH).title.startswith("Sign in")
    assert other.sign_in("owner@acme.example").status == 401
    assert other.sign_in("owner@acme.example", NEW).status == 200


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ({"current_password": "wrong"}, "is not your password"),
        ({"repeated": NEW + "x"}, "is not the same as the new password"),
        ({"new_password": "short", "repeated": "short"}, "must be a string of 12 to 256 characters"),
    ],
)
def test_a_refused_password_changes_nothing_and_is_not_in_the_page(console, owner, typed, problem):
    page = change_password(console, **typed)
    assert page.status == 422
    assert problem in page.problems
    assert not any(password in page.html for password in (PASSWORD, NEW))
    assert owner.signed_in("owner@acme.example")


def test_names_are_shown_as_text(console, owner):
    evil = "\"><img src=x onerror=alert(1)><script>alert(1)</script>{{7*7}}'"
    page = console.submit(console.open(PATH), PATH, form="name", name=evil)
    assert not page.soup.select("img, main script")
    assert page.soup.find(id="name")["value"] == evil
    assert page.soup.h1.get_text() == evil
