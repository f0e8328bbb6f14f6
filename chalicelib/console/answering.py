"""From a request to a page: who is signed in, which page it is, whether the form is ours, and what went wrong."""

import time
from typing import Any

from chalice.app import Request, Response

from .. import auth, aws, logs, metrics
from ..accounts import browser_sessions
from ..api import requests
from ..errors import ApiError, InternalError, NotFound, NotSignedIn, OutdatedForm, ServiceUnavailable
from ..settings import settings
from . import assets, forms, pages
from .forms import Form
from .pages import Page
from .visit import Shown, Visit

COOKIE = "signal_session"
SIGN_IN = "/console/sign-in"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


def answer(request: Request) -> Response:
    """The answer to a request to the console."""
    started = time.perf_counter()
    aws.forget_calls()
    path = _path(request)
    if path.startswith(assets.FOLDER):
        return assets.answer(path)
    visit = Visit(request, requests.id_of(request), path, Form())
    seen: dict[str, Any] = {"request_id": visit.request_id, "method": request.method}
    shown = _shown(visit, seen)
    spent = round((time.perf_counter() - started) * 1000, 1)
    metrics.report("request", **seen, status=shown.status, milliseconds=spent, aws_calls=aws.calls())
    headers = HEADERS | {"X-Request-Id": visit.request_id} | _renewed(visit) | shown.headers
    return Response(body=shown.html, status_code=shown.status, headers=headers)


def _path(request: Request) -> str:
    rest = (request.uri_params or {}).get("proxy", "")
    return f"/console/{rest}".rstrip("/")


def _shown(visit: Visit, seen: dict[str, Any]) -> Shown:
    try:
        return _page(visit, seen)
    except NotSignedIn:
        return visit.go(SIGN_IN, next=_next(visit))
    except ApiError as error:
        seen["code"] = error.code()
        return _error(visit, error)
    except Exception as error:
        failure = ServiceUnavailable() if aws.unavailable(error) else InternalError()
        logs.error("request failed", **seen)
        seen["code"] = failure.code()
        return _error(visit, failure)


def _page(visit: Visit, seen: dict[str, Any]) -> Shown:
    method = "GET" if visit.request.method == "HEAD" else visit.request.method
    found = pages.find(method, visit.path)
    seen["route"] = found[0].path if found else "/console/{proxy+}"
    visit.signed_in = _signed_in(visit.request, required=found is None or found[0].role is not None)
    if found is None:
        raise NotFound("There is no page at this address")
    page, parameters = found
    if page.role:
        seen |= {"org_id": visit.caller.org_id, "user_id": visit.caller.user_id}
        auth.require(visit.caller, page.role)
    if method == "POST":
        return _posted(visit, page, parameters)
    shown: Shown = page.view(visit, **parameters)
    return shown


def _posted(visit: Visit, page: Page, parameters: dict[str, str]) -> Shown:
    """What a form does; the page that it is on, with what was typed and what is wrong, when it is refused."""
    requests.refuse_large(visit.request, requests.LARGEST_BODY)
    visit.form = forms.parse(bytes(visit.request.raw_body))
    _refuse_foreign(visit, page)
    try:
        shown: Shown = page.view(visit, **parameters)
        return shown
    except ApiError as error:
        if page.again is None or error.status >= 500:
            raise
        visit.form.refuse(error)
        again: Shown = page.again(visit, **parameters)
        again.status = error.status
        return again


def _refuse_foreign(visit: Visit, page: Page) -> None:
    """Raises OutdatedForm for a form that is not on a page of this session."""
    if visit.request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise OutdatedForm
    if page.role and visit.signed_in and not forms.is_token(visit.form.value("csrf"), visit.signed_in.session_id):
        raise OutdatedForm


def _signed_in(request: Request, *, required: bool) -> browser_sessions.SignedIn | None:
    try:
        return browser_sessions.find(token_of(request))
    except NotSignedIn:
        if required:
            raise
        return None


def token_of(request: Request) -> str:
    """The session's token in the cookie; empty without one. Whatever else the host's applications keep is passed over,
    and of two of our name the first is ours: browsers send the one with the longer path before the other."""
    pairs = (pair.strip().partition("=") for pair in request.headers.get("cookie", "").split(";"))
    return next((value for name, _, value in pairs if name == COOKIE), "")


def cookie(token: str) -> dict[str, str]:
    """The header that keeps a session's token in the browser; an empty one is forgotten."""
    age = settings().refresh_token_seconds if token else 0
    secure = "; Secure" if settings().public_url.startswith("https:") else ""
    return {"Set-Cookie": f"{COOKIE}={token}; Path=/console; Max-Age={age}; HttpOnly; SameSite=Lax{secure}"}


def _renewed(visit: Visit) -> dict[str, str]:
    if visit.signed_in and visit.signed_in.renewed:
        return cookie(token_of(visit.request))
    return {}


def _next(visit: Visit) -> str:
    """Where to go after signing in: to the page that was asked for, with its query, since a view can be shared."""
    if visit.request.method == "POST" or visit.path == "/console":
        return ""
    asked = {name: visit.all_asked(name) for name in visit.request.query_params or {}}
    return pages.url(visit.path, **asked)


def _error(visit: Visit, error: ApiError) -> Shown:
    shown = visit.show("error.html", error=error)
    shown.status = error.status
    shown.headers |= {name: value for name, value in error.headers.items() if name == "Retry-After"}
    return shown
