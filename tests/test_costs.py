"""docs/costs.md says what the product uses: its calls are counted here, and paid by the price list."""

from pathlib import Path

import pytest

from benchmarks import costs, monthly, usage
from chalicelib import cleanup, metrics, settings
from chalicelib.delivery import client
from chalicelib.infrastructure.alarms import of_stage
from chalicelib.integrations.vendor import Answer

from .client import path_of
from .console.browsing import Browser
from .embedded_metrics import values

DOCUMENT = (Path(__file__).parent.parent / "docs" / "costs.md").read_text(encoding="utf-8")
BATCHES = (1, 10, 100, 500)
HOURLY_METRICS = 4  # that are measured while nothing happens


@pytest.fixture
def used(owner, work, monkeypatch):
    """What an event uses, by how many are sent at once, when nobody looks."""
    monkeypatch.setenv("LIVE_EVENTS", "watched")
    settings.settings.cache_clear()
    pipeline = owner.a_pipeline(rate_limit_rps=1000)

    def send(events):
        one, key = len(events) == 1, {"writeKey": pipeline["pipeline_key"]}
        reply = owner.post("/v1/p", events[0] | key) if one else owner.post("/v1/batch", key | {"batch": events})
        assert reply.status == 200, reply.body

    yield {batch: usage.of_events(send, lambda: work("process"), batch) for batch in BATCHES}
    settings.settings.cache_clear()


@pytest.fixture
def delivered(owner, work, monkeypatch):
    """The same with an integration that takes events in batches, from the entrance to the vendor's answer."""
    monkeypatch.setenv("LIVE_EVENTS", "watched")
    settings.settings.cache_clear()
    monkeypatch.setattr(client, "send", lambda _request: Answer(200))
    config = {"url": "https://hooks.example.com/", "batch_enabled": True}
    pipeline = owner.a_pipeline(rate_limit_rps=1000)
    integration = owner.an_integration(vendor="webhook", config=config)
    path = f"{path_of(pipeline)}/integrations/{integration['id']}"
    assert owner.put(path, {}).status == 200

    def send(events):
        reply = owner.post("/v1/batch", {"writeKey": pipeline["pipeline_key"], "batch": events})
        assert reply.status == 200, reply.body

    yield {
        batch: usage.of_events(send, lambda: work("process"), batch, lambda: work("deliver", most=1))
        for batch in BATCHES
    }
    settings.settings.cache_clear()


def test_the_table_of_deliveries_is_what_is_used_times_what_it_costs(delivered):
    assert costs.table({batch: costs.of_an_event(each, batch) for batch, each in delivered.items()}) in DOCUMENT


def test_the_table_of_costs_is_what_is_used_times_what_it_costs(used):
    assert costs.table({batch: costs.of_an_event(each, batch) for batch, each in used.items()}) in DOCUMENT


def test_an_event_is_read_once_sent_once_and_settled_once(used):
    assert used[1]["API requests"] == 1
    assert used[1]["read units"] == pytest.approx(2)  # its key, and whether it was there before
    assert used[1]["queue requests"] == pytest.approx(1.2)  # sent, and taken and deleted with nine others
    assert used[100]["API requests"] == 0.01


def test_the_table_of_watching_has_every_alarm_and_what_is_measured_while_nothing_happens(moto_aws, logged):
    cleanup.run(lambda: 60_000)
    hourly = {*values(logged[-1]), metrics.CERTIFICATE_DAYS.name}
    assert len(hourly) == HOURLY_METRICS
    assert costs.watching(len(of_stage("prod", "signal-prod-")), len(hourly)) in DOCUMENT


def test_the_document_knows_how_many_metrics_there_are():
    by_vendor = sum(metric.by_vendor for metric in metrics.METRICS)
    assert (len(metrics.METRICS), by_vendor) == (27, 4)
    assert "has 27 of them with\none vendor, and four more for each further one" in DOCUMENT


@pytest.fixture
def looked_at(owner):
    """What one request of the live tab uses."""
    console, pipeline = Browser(owner.send), owner.a_pipeline()
    console.sign_in("owner@acme.example")
    page = console.open(f"/console/pipelines/{pipeline['id']}/events")
    address = page.soup.find(attrs={"data-every": str(monthly.LIVE_EVERY_SECONDS)})["data-live"]
    console.open(address)
    with usage.counted() as used:
        console.open(address)
    return used


def test_the_tables_of_a_month_are_what_is_used_times_what_it_costs(used, delivered, looked_at):
    use, live = monthly.Use(used, delivered), monthly.live_hour(looked_at)
    watching = sum(costs.of_watching(len(of_stage("prod", "signal-prod-")), HOURLY_METRICS).values())
    for integrations in (1, 3):
        assert monthly.table(use, integrations, watching, live) in DOCUMENT
    assert f"${live:.3f} an hour" in DOCUMENT
