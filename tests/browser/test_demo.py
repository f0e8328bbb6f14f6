"""The demo page, clicked through as a person would."""

import pytest
from playwright.sync_api import expect

from ..client import path_of


@pytest.fixture
def demo(page, running):
    """The demo page, signed in."""
    problems = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.goto(f"{running.url}/demo")
    page.get_by_label("Password").fill(running.credentials["password"])
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("#sign-in .state")).to_contain_text("Signed in as owner@example.com, owner")
    yield page
    assert [problem for problem in problems if "403" not in problem] == []


def make_and_load(demo):
    demo.get_by_role("button", name="Make it").click()
    expect(demo.locator("#pipeline .state")).to_contain_text("pip_")
    demo.get_by_role("button", name="Build").click()
    expect(demo.locator("#build .state")).to_contain_text("bytes", timeout=15_000)
    demo.get_by_role("button", name="Load it").click()
    expect(demo.locator("#events .list li").first).to_contain_text("page", timeout=15_000)


def test_five_steps_lead_to_the_first_event(demo):
    make_and_load(demo)
    demo.get_by_role("button", name="Buy").click()
    expect(demo.locator("#events .list li").first).to_contain_text("Order completed", timeout=15_000)
    demo.locator("#events .list li summary").first.click()
    expect(demo.locator("#events .list pre").first).to_contain_text('"price": 12')
    assert demo.locator(".step.done").count() == 5


def test_a_disabled_pipeline_is_explained(demo, running):
    make_and_load(demo)
    with demo.expect_response(lambda answer: answer.request.method == "PUT"):
        demo.get_by_label("The pipeline is enabled").uncheck()
    demo.get_by_role("button", name="Buy").click()
    expect(demo.get_by_role("alert")).to_contain_text("Refused: the pipeline is disabled")
    key = demo.locator("#pipeline dd code").first.text_content()
    assert running.api.get(path_of({"id": key.removeprefix("dk_")})).json["enabled"] is False


def test_after_a_reload_one_is_still_signed_in_and_goes_on_with_a_pipeline(demo):
    demo.get_by_role("button", name="Make it").click()
    expect(demo.locator("#pipeline .state")).to_contain_text("pip_")
    demo.reload()
    expect(demo.locator("#sign-in .state")).to_contain_text("Signed in")
    demo.get_by_role("button", name="Use this one").click()
    expect(demo.locator("#pipeline .state")).to_contain_text("pip_")


def test_a_wrong_password_is_told_in_the_apis_words(page, running):
    page.goto(f"{running.url}/demo")
    page.get_by_label("E-mail").fill("somebody@example.com")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("#sign-in .state")).to_have_text("The e-mail address or the password is wrong.")


@pytest.mark.parametrize("path", ["/demo", "/demo/"])
def test_the_page_asks_nobody_else(browser, running, path):
    context = browser.new_context()
    page, asked = context.new_page(), []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(running.url + path)
    context.close()
    assert len(asked) >= 3
    assert all(url.startswith((running.url, "data:")) for url in asked)
