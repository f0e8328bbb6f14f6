"""Signing in and out."""

import re

from ...accounts import browser_sessions, sessions
from ..answering import SIGN_IN, cookie, token_of
from ..pages import page
from ..visit import Shown, Visit

HOME = "/console/pipelines"
# Of its query just what a header may have.
OF_THE_CONSOLE = re.compile(r"/console(/[A-Za-z0-9._~%/-]*)?(\?[!-\[\]-~]*)?")


@page("GET", "/console", role="viewer")
def home(visit: Visit) -> Shown:
    """The first page."""
    return visit.go(HOME)


@page("GET", SIGN_IN, role=None)
def form(visit: Visit) -> Shown:
    """The form; whoever is signed in already goes on."""
    if visit.signed_in and visit.request.method != "POST":
        return visit.go(_next(visit))
    return visit.show("sign_in.html", next=visit.asked("next"))


@page("POST", SIGN_IN, role=None, again=form)
def sign_in(visit: Visit) -> Shown:
    """Begin a session, in place of the one that this browser had."""
    user = sessions.verified(visit.form.value("email"), visit.form.value("password"), visit.origin)
    browser_sessions.end(token_of(visit.request), visit.origin)
    shown = visit.go(_next(visit))
    shown.headers |= cookie(browser_sessions.start(user, visit.origin))
    return shown


@page("POST", "/console/sign-out", role="viewer")
def sign_out(visit: Visit) -> Shown:
    """End the session."""
    browser_sessions.end(token_of(visit.request), visit.origin)
    shown = visit.go(SIGN_IN, done="signed-out")
    shown.headers |= cookie("")
    return shown


def _next(visit: Visit) -> str:
    """The page that was asked for before; only ever one of the console."""
    asked = visit.asked("next")
    return asked if OF_THE_CONSOLE.fullmatch(asked) else HOME
