"""The console in a real browser: signed in, with whatever goes wrong in the page kept."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Page, expect

from ..client import PASSWORD
from ..running import Running


@contextmanager
def signed_in(browser: Browser, running: Running, email: str = "", **of_context: Any) -> Iterator[Page]:
    """A page of somebody who is signed in; by default the first owner. It must throw nothing and break no policy."""
    context = browser.new_context(**of_context)
    page, wrong = context.new_page(), []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    page.goto(f"{running.url}/console")
    page.get_by_label("E-mail").fill(email or running.credentials["email"])
    page.get_by_label("Password").fill(PASSWORD if email else running.credentials["password"])
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Pipelines")
    yield page
    context.close()
    assert [each for each in wrong if "status of 4" not in each] == []
