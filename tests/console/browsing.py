"""A browser without scripts, for tests of pages: keeps the cookie, follows redirects, fills in the form that is on the
page."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from bs4 import BeautifulSoup, Tag

from ..client import PASSWORD, Reply, Send


@dataclass(frozen=True)
class Page:
    """A page that was opened."""

    path: str
    status: int
    headers: Mapping[str, str]
    html: str
    soup: BeautifulSoup = field(repr=False)

    @property
    def text(self) -> str:
        """What there is to read, with single blanks."""
        return " ".join(self.soup.get_text(" ").split())

    @property
    def title(self) -> str:
        return self.soup.title.get_text()

    @property
    def problems(self) -> list[str]:
        """What is said to be wrong, beside fields and above them."""
        return [" ".join(each.get_text(" ").split()) for each in self.soup.select(".error, .notice.bad")]

    def form(self, action: str) -> Tag:
        """The form that is sent there."""
        found = [form for form in self.soup.find_all("form") if bare(form.get("action", self.path)) == action]
        assert found, f"{self.path} has no form for {action}"
        return found[0]

    def links(self) -> list[str]:
        return [link["href"] for link in self.soup.find_all("a", href=True)]


@dataclass
class Browser:
    """Somebody at a browser."""

    send: Send
    cookie: str = ""

    def open(self, path: str) -> Page:
        """Go to a page, and on to where it leads."""
        return self._follow("GET", path, b"")

    def submit(self, page: Page, action: str, form: str = "", **fields: Any) -> Page:
        """Send a form of the page with these fields and otherwise what is in it; dots in names are written as __."""
        forms = [
            each
            for each in page.soup.find_all("form", method="post")
            if bare(each.get("action", page.path)) == action
            and (not form or any(hidden["value"] == form for hidden in each.select("[name=form]")))
        ]
        assert forms, f"{page.path} has no such form for {action}"
        values = filled_in(forms[0])
        for name, value in fields.items():
            values[name.replace("__", ".")] = value
        return self.post(forms[0].get("action", page.path), values)

    def post(self, path: str, values: Mapping[str, Any]) -> Page:
        """Send a form, whatever is in it."""
        return self._follow("POST", path, urlencode(values, doseq=True).encode())

    def sign_in(self, email: str, password: str = PASSWORD) -> Page:
        page = self.open("/console/sign-in")
        return self.submit(page, "/console/sign-in", email=email, password=password)

    @property
    def token(self) -> str:
        """What the forms of this session carry."""
        return str(self.open("/console/profile").soup.find("input", attrs={"name": "csrf"})["value"])

    def _follow(self, method: str, path: str, body: bytes) -> Page:
        for _ in range(5):
            path = path.partition("#")[0]
            reply = self.request(method, path, body)
            if reply.status != 303:
                return Page(
                    path.split("?")[0],
                    reply.status,
                    reply.headers,
                    reply.body.decode(),
                    BeautifulSoup(reply.body.decode(), "html.parser"),
                )
            method, path, body = "GET", reply.headers["Location"], b""
        raise AssertionError(f"{path} leads nowhere")

    def request(self, method: str, path: str, body: bytes = b"", **headers: str) -> Reply:
        """One request, without following."""
        sent = {"Cookie": self.cookie} | {name.replace("_", "-"): value for name, value in headers.items()}
        if method == "POST":
            sent |= {"Content-Type": "application/x-www-form-urlencoded"}
        reply = self.send(method, path, sent, body)
        given = re.match(r"signal_session=([^;]*)", reply.headers.get("Set-Cookie", ""))
        if given:
            self.cookie = f"signal_session={given[1]}" if given[1] else ""
        return reply


def bare(address: str) -> str:
    """The path alone."""
    return address.partition("#")[0].partition("?")[0]


def filled_in(form: Tag) -> dict[str, Any]:
    """The fields of a form as a browser would send them as it is."""
    values: dict[str, list[str]] = {}
    for each in form.select("input[name], textarea[name], select[name]"):
        kind = each.get("type", "text")
        if kind in ("checkbox", "radio") and not each.has_attr("checked"):
            continue
        if each.name == "select":
            chosen = each.find("option", selected=True) or each.find("option")
            value = chosen.get("value", chosen.get_text()) if chosen else ""
        elif each.name == "textarea":
            value = each.get_text().removeprefix("\n")
        else:
            value = each.get("value", "on" if kind == "checkbox" else "")
        values.setdefault(each["name"], []).append(value)
    return dict(values)
