"""A week later every accepted event has its end; what has none is counted, and its pipeline named."""

from collections import Counter

import pytest

from chalicelib.activity import counters, reconciliation
from chalicelib.activity.tally import tally

from .world import ALL, events


@pytest.fixture
def unaccounted(time):
    """How many events of a week ago have no end."""

    def unaccounted():
        time.pass_(days=7)
        return sum(reconciliation.unaccounted())

    return unaccounted


def test_what_was_delivered_withheld_or_became_a_dead_letter_is_accounted_for(world, unaccounted):
    world.attach(mapping=ALL | {"events": {"e1": {"enabled": False}}})
    world.vendor.answer(200, 400)
    world.accept(*events(1))
    world.accept(*events(2, start=1))
    world.accept(*events(1))  # a duplicate
    world.deliver_all()
    assert list(world.counts().values()) == [{"handed": 3, "delivered": 1, "withheld": 1, "dead": 1, "pending": 0}]
    assert unaccounted() == 0


def test_an_event_that_the_queue_lost_is_not(owner, work, unaccounted, logged):
    pipeline = owner.a_pipeline()
    for name in ("kept", "lost"):
        owner.post("/v1/t", {"writeKey": pipeline["pipeline_key"], "event": name})
    tally.write()
    assert work("process", most=1) == 1
    assert unaccounted() == 1
    told = next(line for line in logged if line["message"] == "events without an end")
    assert (told["pipeline_id"], told["hour"], told["events"]) == (pipeline["id"], "2026-02-25T10:00:00Z", 1)


def test_a_delivery_that_the_queue_lost_is_not(world, unaccounted):
    world.attach()
    world.accept(*events(3))
    world.waiting.clear()
    assert unaccounted() == 3


def test_an_hour_is_looked_at_by_the_run_after_it_and_by_the_next(world, time):
    world.attach()
    world.accept(*events(1))
    world.waiting.clear()
    found = []
    time.pass_(days=7, hours=-1)
    for _ in range(4):
        found.append(sum(reconciliation.unaccounted()))
        time.pass_(hours=1)
    assert found == [0, 1, 1, 0]


def test_a_pipeline_is_marked_once_an_hour_however_many_events_come(world, time, monkeypatch):
    written = []
    update = counters.Counter.update
    monkeypatch.setattr(
        counters.Counter, "update", lambda row, *given: (written.append(row.pipeline_id), update(row, *given))
    )
    for number in range(3):
        world.accept(*events(2, start=2 * number))
    assert [shelf.rpartition("#")[0] for shelf in written] == ["hour#2026-02-25T10"]
    assert list(counters.marked("2026-02-25T10")) == [world.pipeline["id"]]


def test_the_marks_of_many_pipelines_are_on_many_partitions(moto_aws, time):
    pipelines = {f"pip_{number:020d}" for number in range(400)}
    for pipeline_id in pipelines:
        counters.mark(pipeline_id, "2026-02-25T10:00")
    shelves = Counter(row.pipeline_id for row in counters.Counter.scan())
    assert max(shelves.values()) <= len(pipelines) / 16
    assert set(counters.marked("2026-02-25T10")) == pipelines
    assert set(counters.marked("2026-02-25T11")) == set()
