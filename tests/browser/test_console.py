"""The console's journeys, each walked as a person would, with mouse or keyboard."""

import re

import pytest
from playwright.sync_api import expect

from ..client import PASSWORD, path_of
from .console import signed_in
from .world import eventually

LONGEST = 20_000  # milliseconds that a person waits for something to appear by itself


@pytest.fixture
def console(browser, running):
    """The first owner's page."""
    with signed_in(browser, running) as page:
        yield page


@pytest.fixture
def pipeline(running):
    return running.api.a_pipeline(name="Journey", labels=["env:journey"])


def open_pipeline(console, running, pipeline, screen=""):
    console.goto(f"{running.url}/console/pipelines/{pipeline['id']}{screen}")


def test_from_nothing_to_the_first_live_event(console, running):
    console.get_by_role("link", name=re.compile("New pipeline|Create the first")).click()
    console.get_by_label("Name", exact=True).fill("First run")
    console.get_by_role("button", name="Create pipeline").click()
    dialog = console.get_by_role("dialog")
    expect(dialog).to_contain_text("This is the only time the secret is shown")
    expect(dialog.get_by_text(re.compile(r"^sk_[\w-]{43}$"))).to_be_visible()
    dialog.get_by_role("link", name="I have kept it").click()
    expect(console.get_by_text("Waiting for the first event")).to_be_visible()
    expect(console.locator("#build-status code")).to_contain_text("<script async src=", timeout=LONGEST)
    with console.expect_popup() as opened:
        console.get_by_role("link", name="open a page that has it").click()
    shop = opened.value
    shop.get_by_role("button", name="Order Completed").click()
    expect(console.get_by_text("It has arrived")).to_be_visible(timeout=LONGEST)
    console.get_by_role("link", name="Live events").click()
    expect(console.locator(".event summary")).to_have_count(2, timeout=LONGEST)
    shop.get_by_role("button", name="Product Viewed").click()
    first = console.locator(".event summary").first
    expect(first).to_contain_text("Product Viewed", timeout=LONGEST)
    first.click()
    console.get_by_role("link", name="Everything that happened to it").first.click()
    expect(console.get_by_role("listitem").filter(has_text="received")).to_be_visible()
    expect(console.get_by_label("The event as JSON")).to_contain_text('"event": "Product Viewed"')


def test_pipelines_are_grouped_by_a_label_and_the_view_can_be_shared(console, running, browser):
    for name, labels in (("Grouped: two brands", ["brand:one", "brand:two"]), ("Grouped: no brand", [])):
        running.api.a_pipeline(name=name, labels=labels)
    console.reload()
    console.get_by_label("Search").fill("grouped:")  # the organisation may have many others
    console.get_by_label("Group by").select_option("brand")
    console.get_by_role("button", name="Show").click()
    for group in ("one", "two"):
        expect(
            console.get_by_role("region", name=group).get_by_role("link", name="Grouped: two brands")
        ).to_be_visible()
    expect(console.get_by_role("region", name="without brand")).to_contain_text("Grouped: no brand")
    with signed_in(browser, running) as colleague:
        colleague.goto(console.url)
        expect(colleague.get_by_role("region", name="two")).to_contain_text("Grouped: two brands")


def test_what_came_lately_appears_in_the_list(console, running, pipeline):
    running.api.post("/v1/t", {"writeKey": pipeline["pipeline_key"], "event": "x"})
    eventually(lambda: running.api.get(path_of(pipeline, "/metrics")).json["total"]["archived"])
    console.goto(f"{running.url}/console/pipelines?label=env:journey&sort=-created_at")
    row = console.get_by_role("row").filter(has=console.locator(f"[href$='{pipeline['id']}']"))
    expect(row.locator("svg")).to_be_visible(timeout=LONGEST)
    expect(row).to_contain_text("/min")


def test_a_secret_is_rotated_with_a_warning_and_a_copy(console, running, pipeline):
    console.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_pipeline(console, running, pipeline, "/settings")
    console.get_by_role("link", name="Rotate the secret").click()
    expect(console.get_by_text("0 requests used the present secret")).to_be_visible()
    console.get_by_label("The old secret ends").select_option("in an hour")
    console.get_by_role("button", name="Make a new secret").click()
    console.get_by_role("button", name="Copy the secret").click()
    expect(console.get_by_role("button", name="Copy the secret")).to_have_text("Copied")
    assert re.fullmatch(r"sk_[\w-]{43}", console.evaluate("navigator.clipboard.readText()"))
    console.get_by_role("link", name="I have kept it").click()
    secrets = running.api.get(path_of(pipeline)).json["pipeline_key_secrets"]
    assert [bool(secret["expires_at"]) for secret in secrets] == [False, True]


def test_where_there_is_no_clipboard_what_is_to_be_copied_is_selected(console, running, pipeline):
    console.add_init_script("Object.defineProperty(navigator, 'clipboard', { value: undefined })")  # as over plain http
    open_pipeline(console, running, pipeline)
    console.get_by_role("button", name="Copy the pipeline key").click()
    assert console.evaluate("String(getSelection())") == pipeline["pipeline_key"]


def test_copying_twice_leaves_the_button_as_it_was(console, running, pipeline):
    console.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_pipeline(console, running, pipeline)
    button = console.get_by_role("button", name="Copy the pipeline key")
    button.click()
    expect(button).to_have_text("Copied")
    button.click()
    expect(button).to_have_text("Copy", timeout=LONGEST)


def test_a_secret_does_not_go_away_by_a_key(console, running, pipeline):
    open_pipeline(console, running, pipeline, "/rotate")
    console.get_by_role("button", name="Make a new secret").click()
    expect(console.get_by_role("dialog")).to_be_visible()
    for _ in range(3):
        console.keyboard.press("Escape")
        console.wait_for_timeout(100)
    expect(console.get_by_role("dialog").get_by_text(re.compile(r"^sk_[\w-]{43}$"))).to_be_visible()


def test_a_mistake_is_told_beside_the_field_and_nothing_typed_is_lost(console, running, pipeline):
    open_pipeline(console, running, pipeline, "/settings")
    form = console.locator("#senders")
    form.get_by_label("Domains").fill("shop.example\nhttps://wrong.example/x")
    form.get_by_role("button", name="Save").click()
    field = form.get_by_label("Domains")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_value("shop.example\nhttps://wrong.example/x")
    expect(form).to_contain_text("Line 2 must be a host name")
    assert "Line 2" in field.evaluate(
        "field => document.getElementById(field.getAttribute('aria-describedby').split(' ').pop()).textContent"
    )
    field.fill("shop.example")
    form.get_by_role("button", name="Save").click()
    expect(console.get_by_role("status").filter(has_text="Saved.")).to_be_visible()
    assert "done=" not in console.url, "who reloads or shares the page is not told again"


def test_labels_in_use_are_added_by_a_click(console, running, pipeline):
    running.api.a_pipeline(labels=["team:journey"])
    open_pipeline(console, running, pipeline, "/settings")
    console.locator("#general").get_by_role("button", name="team:journey").click()
    expect(console.get_by_label("Labels")).to_have_value("env:journey\nteam:journey")


def test_a_build_shows_its_progress_and_the_tag_by_itself(console, running, pipeline):
    open_pipeline(console, running, pipeline, "/collector")
    console.get_by_label("Global variable").fill("shop")
    console.get_by_role("button", name="Save and build").click()
    expect(console.locator("#builds")).to_contain_text("modules", timeout=LONGEST)
    expect(console.locator("#builds")).to_contain_text("published")
    expect(console.get_by_role("progressbar")).to_have_count(0)


def test_a_viewer_looks_and_changes_nothing(browser, running, pipeline):
    running.api.post(
        "/v1/admin/users", {"email": "viewer@example.com", "role": "viewer", "password": PASSWORD, "name": "Vi"}
    )
    with signed_in(browser, running, "viewer@example.com") as viewer:
        expect(viewer.get_by_role("link", name="New pipeline")).to_have_count(0)
        expect(viewer.get_by_role("link", name="People")).to_have_count(0)
        open_pipeline(viewer, running, pipeline, "/settings")
        expect(viewer.get_by_text("yours is viewer")).to_be_visible()
        expect(viewer.get_by_label("Name", exact=True)).to_be_disabled()
        expect(viewer.get_by_role("button", name="Save")).to_have_count(0)
        viewer.goto(f"{running.url}/console/people")
        expect(viewer.get_by_role("heading", name="Not allowed")).to_be_visible()


def test_everything_is_reached_by_keyboard_alone(console, running, pipeline):
    open_pipeline(console, running, pipeline)
    console.keyboard.press("Tab")
    expect(console.get_by_role("link", name="To the content")).to_be_focused()
    console.keyboard.press("Enter")
    expect(console.locator("main")).to_be_focused()
    reached = set()
    for _ in range(40):
        console.keyboard.press("Tab")
        reached.add(console.evaluate("document.activeElement.textContent.trim()"))
    assert {"Overview", "Settings", "Collector", "Integrations", "Live events", "History", "Copy"} <= reached


def test_times_are_in_the_viewers_zone_with_the_exact_utc_to_hover_over(browser, running, pipeline):
    with signed_in(browser, running, timezone_id="Asia/Tokyo", locale="en-GB") as page:
        open_pipeline(page, running, pipeline)
        time = page.locator("dd time").first
        created = pipeline["created_at"]
        assert time.get_attribute("title") == f"{created[:10]} {created[11:19]} UTC"
        hour = (int(created[11:13]) + 9) % 24
        expect(time).to_contain_text(f"{hour:02d}:{created[14:16]}")


def test_without_scripts_everything_but_the_live_parts_works(browser, running, pipeline):
    with signed_in(browser, running, java_script_enabled=False) as page:
        open_pipeline(page, running, pipeline, "/settings")
        page.get_by_label("Name", exact=True).fill("Plain")
        page.locator("#general").get_by_role("button", name="Save").click()
        assert running.api.get(path_of(pipeline)).json["name"] == "Plain"
        open_pipeline(page, running, pipeline)
        expect(page.locator("dd time").first).to_contain_text("UTC")
        expect(page.get_by_role("button", name="Copy the pipeline key")).to_have_count(0)


def test_one_integration_serves_pipelines_by_label_once_their_parameters_are_there(console, running):
    pipeline = running.api.a_pipeline(name="By label", labels=["serve:journey"])
    console.get_by_role("link", name="Integrations").click()
    console.get_by_role("link", name="Library", exact=True).click()
    console.get_by_role("link", name="Install Webhook").click()
    console.get_by_role("textbox", name="Name", exact=True).fill("Journey hook")
    console.get_by_label("URL", exact=True).fill("https://93.184.215.14/{{pipeline_param.region}}")
    console.get_by_role("button", name="Install").click()
    expect(console.get_by_role("heading", level=1)).to_have_text("Journey hook")
    integration = console.url.rpartition("/")[2].partition("?")[0]
    console.goto(f"{running.url}/console/integrations/{integration}/attach?which=label:serve:journey")
    expect(console.get_by_text("1 pipeline could not send")).to_be_visible()
    console.get_by_role("link", name="Settings").first.click()
    console.get_by_label("Key 1").fill("region")
    console.get_by_label("Value 1").fill("eu")
    console.locator("#parameters").get_by_role("button", name="Save").click()
    console.goto(f"{running.url}/console/integrations/{integration}/attach?which=label:serve:journey")
    console.get_by_role("button", name="Attach", exact=True).click()
    attached = running.api.get(path_of(pipeline, "/integrations")).json["integrations"]
    assert [(each["name"], each["state"]) for each in attached] == [("Journey hook", "ready")]
    console.goto(f"{running.url}/console/integrations/{integration}/test")
    console.get_by_label("With the parameters of").select_option("By label")
    console.get_by_role("button", name="Show what would be sent").click()
    expect(console.get_by_text("https://93.184.215.14/eu")).to_be_visible()
