"""People at the console."""

import pytest

from chalicelib.accounts.bootstrap import ensure_user

from ..client import PASSWORD
from .browsing import Browser


@pytest.fixture
def console(owner) -> Browser:
    """The owner of acme, signed in."""
    browser = Browser(owner.send)
    browser.sign_in("owner@acme.example")
    return browser


@pytest.fixture
def console_as(owner):
    """A user of acme with a given role, signed in."""

    def sign_in(role: str) -> Browser:
        ensure_user("acme", f"{role}@acme.example", role, PASSWORD)
        browser = Browser(owner.send)
        browser.sign_in(f"{role}@acme.example")
        return browser

    return sign_in


@pytest.fixture
def foreign_console(stranger) -> Browser:
    """The owner of another organisation, signed in."""
    browser = Browser(stranger.send)
    browser.sign_in("owner@other.example")
    return browser
