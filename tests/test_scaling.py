"""docs/scaling.md says which limit is met first: what an event uses is counted here, as for what it costs."""

import itertools
from pathlib import Path

import pytest

from benchmarks import fleet, scaling, usage
from chalicelib import settings
from chalicelib.delivery import client
from chalicelib.integrations.vendor import Answer

from .client import path_of

DOCUMENT = (Path(__file__).parent.parent / "docs" / "scaling.md").read_text(encoding="utf-8")
BATCHES = (1, 10)


@pytest.fixture
def used(owner, work, monkeypatch):
    """What an event uses that goes to one integration, by how many are sent at once to one of so many pipelines."""
    monkeypatch.setenv("LIVE_EVENTS", "watched")
    settings.settings.cache_clear()
    monkeypatch.setattr(client, "send", lambda _request: Answer(200))
    integration = owner.an_integration(
        vendor="webhook", config={"url": "https://hooks.example.com/", "batch_enabled": True}
    )

    def used(count):
        pipelines = [owner.a_pipeline(rate_limit_rps=1000) for _ in range(count)]
        for pipeline in pipelines:
            assert owner.put(f"{path_of(pipeline)}/integrations/{integration['id']}", {}).status == 200
        keys = itertools.cycle(pipeline["pipeline_key"] for pipeline in pipelines)

        def send(events):
            reply = owner.post("/v1/batch", {"writeKey": next(keys), "batch": events})
            assert reply.status == 200, reply.body

        return {
            batch: usage.of_events(send, lambda: work("process"), batch, lambda: work("deliver", most=1), count)
            for batch in BATCHES
        }

    yield used
    settings.settings.cache_clear()


@pytest.mark.parametrize(("counted", "pipelines"), [(1, 1), (usage.QUEUE_BATCH, scaling.PIPELINES)])
def test_the_table_of_walls_is_the_limits_by_what_is_used(used, counted, pipelines):
    assert scaling.table(used(counted), pipelines) in DOCUMENT


def test_the_table_of_the_simulation_is_what_it_gives():
    outcomes = [fleet.simulated(load) for load in fleet.LOADS]
    assert fleet.table(outcomes) in DOCUMENT


def test_a_key_is_answered_as_often_as_its_partition_answers_whatever_comes():
    outcome = fleet.simulated(fleet.Load(limit=20_000, pipelines=1, batch=1, offered=0.5, seconds=2))
    answered = outcome.offered - outcome.unanswered
    assert answered == pytest.approx(scaling.KEY_READS * (outcome.load.seconds + 1), rel=0.02)  # with a second's burst
