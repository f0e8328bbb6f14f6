"""One request to a page: who asks, what for, and what is answered."""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import msgspec
from chalice.app import Request

from ..accounts.browser_sessions import SignedIn
from ..api import requests, validation
from ..api.idempotency import AnsweredMeanwhile, Once
from ..auth import Actor, Caller, Origin
from ..errors import ServiceUnavailable
from . import forms, rendering
from .forms import Form
from .pages import url

T = TypeVar("T", bound=msgspec.Struct)


@dataclass(slots=True)
class Shown:
    """A page, or a part of one, as an answer."""

    html: str
    status: int = 200
    headers: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Visit:
    """A request to a page."""

    request: Request
    request_id: str
    path: str
    form: Form
    signed_in: SignedIn | None = None

    @property
    def caller(self) -> Caller:
        """Who is signed in; only on pages that require a role."""
        if self.signed_in is None:
            raise RuntimeError("this page requires no role, so nobody need be signed in")
        return self.signed_in.caller

    @property
    def origin(self) -> Origin:
        """By which request and from where the visit is made."""
        return requests.origin_of(self.request)

    @property
    def actor(self) -> Actor:
        """Who is signed in, as one who changes something."""
        return self.origin.actor(self.caller)

    @property
    def csrf(self) -> str:
        """What forms on this page carry."""
        return forms.token(self.signed_in.session_id) if self.signed_in else ""

    def asked(self, name: str, otherwise: str = "") -> str:
        """A query parameter."""
        return self.all_asked(name)[-1] if self.all_asked(name) else otherwise

    def all_asked(self, name: str) -> list[str]:
        """Every value of a query parameter."""
        given = self.request.query_params
        return list(given.getlist(name)) if given is not None and name in given else []

    def query(self, kind: type[T]) -> T:
        """The query parameters as the API's type of them. Raises ValidationFailed."""
        return requests.decode_query(kind, self.request, of_form=True)

    def decoded(self, kind: type[T], fields: dict[str, Any]) -> T:
        """Fields of a form as the API's type of a body. Raises ValidationFailed."""
        return validation.decode(kind, fields)

    def once(self) -> Once | None:
        """What makes a form that is sent twice have its effect once. With something else typed it is another form: who
        goes back to it is not given the first one's answer."""
        if not self.form.value("once"):
            return None
        sent = b"\n".join([self.path.encode(), bytes(self.request.raw_body)])
        fingerprint = hashlib.sha256(sent).hexdigest()
        return Once(f"{self.caller.org_id}#{self.caller.user_id}#console#{fingerprint}", fingerprint)

    def done_once(self, work: Callable[[Once | None], msgspec.Struct]) -> tuple[dict[str, Any], bool]:
        """The answer of `work` and whether it was done just now. A form that is sent twice, be it side by side, has the
        first answer both times, with what is shown only once.

        Raises what `work` raises.
        """
        once = self.once()
        first = once.replay() if once else None
        if first is None:
            try:
                return dict(msgspec.to_builtins(work(once))), True
            except AnsweredMeanwhile:
                first = once.replay() if once else None
        if first is None:
            raise ServiceUnavailable
        return first.body, False

    def show(self, template: str, /, **values: Any) -> Shown:
        """A page."""
        return Shown(rendering.render(template, visit=self, **values))

    def go(self, path: str, **query: Any) -> Shown:
        """To another page, once a form has done what it is for."""
        return Shown("", 303, {"Location": url(path, **query)})


def once_key() -> str:
    """A new value of a form's `once` field."""
    return secrets.token_urlsafe(16)
