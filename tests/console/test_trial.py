"""Trying an integration: what would be sent, and what the vendor says."""

import json

import pytest

from chalicelib.console.example_events import EVENTS
from chalicelib.delivery import client
from chalicelib.integrations.vendor import Answer

from .browsing import filled_in

PATH = "/console/integrations"
GA4 = {
    "vendor": "google_analytics_4",
    "config": {"measurement_id": "{{pipeline_param.ga}}", "api_secret": "s3cret-of-google"},
    "preset": "e_commerce",
}
EVIL = "\"><img src=x onerror=alert(1)><script>alert(1)</script>{{7*7}}'"


@pytest.fixture
def path(owner):
    """Where an integration with Google Analytics is tried."""
    fields = GA4 | {"name": "Analytics"}
    reply = owner.post("/v1/admin/integrations", fields)
    return f"{PATH}/{reply.json['id']}/test"


@pytest.fixture
def answered(monkeypatch):
    """Let the vendor answer this; the addresses that were asked."""

    def answered(answer):
        asked = []
        monkeypatch.setattr(client, "send", lambda request: asked.append(request.url) or answer)
        return asked

    return answered


def test_the_exact_request_is_shown_without_secrets(console, owner, path):
    pipeline = owner.a_pipeline(parameters={"ga": "G-1A2BCD345E"})
    page = console.submit(console.open(path), path, pipeline_id=pipeline["id"])
    assert "This would be sent" in page.text
    assert "https://www.google-analytics.com/mp/collect?measurement_id=G-1A2BCD345E&api_secret=***" in page.text
    assert '"currency": "EUR"' in page.soup.find("pre").get_text()
    assert "as purchase" in page.text
    assert "s3cret" not in page.html
    assert page.soup.select_one("#pipeline_id option[selected]")["value"] == pipeline["id"]


@pytest.mark.parametrize("example", EVENTS)
def test_every_example_is_an_event_that_a_webhook_takes(console, owner, example):
    path = f"{PATH}/{owner.an_integration()['id']}/test"
    page = console.open(f"{path}?example={example}")
    assert json.loads(page.soup.find(id="event").get_text()) == EVENTS[example][1]
    assert "This would be sent" in console.submit(page, path).text


def test_what_is_in_the_way_is_told(console, owner, path):
    page = console.submit(console.open(path), path, pipeline_id=owner.a_pipeline()["id"])
    assert "Nothing would be sent" in page.text
    assert "the pipeline has no ga" in page.text
    event = {"type": "track", "event": "x", "context": {"consent": {"analytics": False}}}
    page = console.submit(console.open(path), path, event=json.dumps(event))
    assert "consent to analytics is refused" in page.text


@pytest.mark.parametrize(
    ("event", "problem"),
    [
        ("{", "must be JSON"),
        ("[]", "must be an event"),
        ('{"type": "x"}', "must be track"),
        ('{"type": "track"}', "is required: the name of what happened"),
        (f'{{"type": "x", "event": {json.dumps(EVIL)}}}', "must be track"),
    ],
)
def test_a_wrong_event_is_told_beside_it_and_stays(console, path, event, problem):
    page = console.submit(console.open(path), path, event=event)
    assert page.status == 422
    assert problem in page.soup.find(id="event-error").get_text()
    assert page.soup.find(id="event").get_text().strip() == event
    assert not page.soup.select("main img, main script")


@pytest.mark.parametrize(("pipeline_id", "status"), [("nonsense", 422), ("pip_00000000000000000000", 404)])
def test_a_pipeline_that_is_not_there_is_told(console, path, pipeline_id, status):
    page = console.submit(console.open(path), path, pipeline_id=pipeline_id)
    assert (page.status, len(page.problems) > 0) == (status, True)


def test_another_organisations_pipeline_is_not_there(console, stranger, path):
    foreign = stranger.a_pipeline(parameters={"ga": "G-FOREIGN999"})
    page = console.submit(console.open(path), path, pipeline_id=foreign["id"])
    assert page.status == 404
    assert "G-FOREIGN999" not in page.html


def test_what_the_vendor_says_is_shown(console, owner, path, answered):
    pipeline = owner.a_pipeline(parameters={"ga": "G-1A2BCD345E"})
    said = {"validationMessages": [{"validationCode": "NAME_INVALID", "description": EVIL}]}
    asked = answered(Answer(200, json.dumps(said).encode()))
    page = _sent(console, path, pipeline_id=pipeline["id"])
    assert "It did not arrive" in page.text
    assert "NAME_INVALID" in page.text
    assert EVIL in page.soup.get_text()
    assert not page.soup.select("main img, main script")
    assert "/debug/mp/collect" in asked[0]


def test_what_arrived_is_told(console, owner, path, answered):
    pipeline = owner.a_pipeline(parameters={"ga": "G-1A2BCD345E"})
    answered(Answer(200, b'{"validationMessages": []}'))
    page = _sent(console, path, pipeline_id=pipeline["id"])
    assert "It arrived" in page.text
    assert "marked as a test" in page.text


def test_a_viewer_looks_and_sends_nothing(console_as, path, answered):
    viewer, asked = console_as("viewer"), answered(Answer(200))
    page = viewer.open(path)
    assert viewer.submit(page, path).status == 200
    csrf = page.soup.find("input", attrs={"name": "csrf"})["value"]
    assert viewer.post(f"{path}/send", {"csrf": csrf, "event": "{}"}).status == 403
    assert not asked


def _sent(console, path, **fields):
    """The form is sent by its other button, which leads elsewhere."""
    form = console.open(path).form(path)
    assert form.select_one(f"button[formaction='{path}/send']")
    return console.post(f"{path}/send", filled_in(form) | fields)
