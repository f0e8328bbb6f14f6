"""What comes again changes nothing: queues give messages more than once, functions are stopped half-way, and two may
work on the same message at once."""

import pytest
from botocore.exceptions import EndpointConnectionError

from chalicelib import store
from chalicelib.activity import ledger as accepted
from chalicelib.activity import live
from chalicelib.delivery import configuration, ledger, standing, worker

from .stub_vendor import Reply
from .world import events, handle

ENDED = {"delivered": 0, "withheld": 0, "dead": 0, "pending": 0}


def fail(*_, **__):
    raise EndpointConnectionError(endpoint_url="https://aws")


def test_a_message_that_comes_again_is_not_sent_again(world):
    integration = world.attach()
    world.accept("a", "b")
    ((_, body),) = world.waiting
    for _ in range(3):
        assert not handle(body)
    assert world.vendor.ids() == ["a", "b"]
    assert world.counts()[integration] == ENDED | {"handed": 2, "delivered": 2}


def test_a_message_that_comes_again_after_a_part_failed_sends_only_that_part(world):
    world.attach()
    world.vendor.answer(200, 503)
    world.accept("a", "b")
    ((_, body),) = world.waiting
    handle(body)
    handle(body)
    assert world.vendor.ids() == ["a", "b"]


def test_what_was_handed_over_twice_is_delivered_once(world, monkeypatch):
    """The processor is stopped after it handed over, before it said so."""
    integration = world.attach()
    with monkeypatch.context() as stopped:
        stopped.setattr(accepted, "settle", fail)
        with pytest.raises(AssertionError):
            world.accept("a", "b", message_id="m1")
    world.accept("a", "b", message_id="m1")
    assert len(world.waiting) == 2
    world.deliver_all()
    assert world.vendor.ids() == ["a", "b"]
    assert world.counts()[integration] == ENDED | {"handed": 2, "delivered": 2}


STEPS = [(store, "get_named"), (ledger, "transact"), (live, "record_at_integration"), (worker, "_again")]


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step[1])
def test_a_worker_that_was_stopped_half_way_is_made_up_for(world, monkeypatch, step):
    integration = world.attach()
    world.vendor.answer(200, 503)
    world.accept("a", "b")
    ((_, body),) = world.waiting
    with monkeypatch.context() as stopped:
        stopped.setattr(*step, fail)
        assert handle(body)
    world.deliver_all()
    assert sorted(set(world.vendor.ids())) == ["a", "b"]
    assert world.counts()[integration] == ENDED | {"handed": 2, "delivered": 2}


def test_two_workers_at_the_same_message_count_each_event_once(world, monkeypatch):
    integration = world.attach()
    world.accept(*events(30))
    ((_, body),) = world.waiting
    first = []

    real = ledger.settle

    def overtaken(*arguments):
        if not first:
            first.append(True)
            handle(body)  # another worker is faster
        return real(*arguments)

    monkeypatch.setattr(ledger, "settle", overtaken)
    assert not handle(body)
    assert len(set(world.vendor.ids())) == 30
    assert world.counts()[integration] == ENDED | {"handed": 30, "delivered": 30}


def test_many_events_that_end_differently_are_settled_in_transactions_that_fit(world):
    integration = world.attach()
    world.vendor.answer(*[[200, 400][number % 2] for number in range(100)])
    world.accept(*events(100))
    world.deliver_all()
    assert world.counts()[integration] == ENDED | {"handed": 100, "delivered": 50, "dead": 50}
    letters = world.owner.get(f"/v1/admin/integrations/{integration}/dead-letters?limit=100").json["dead_letters"]
    assert {letter["message_id"] for letter in letters} == {f"e{number}" for number in range(1, 100, 2)}


def test_while_the_control_store_does_not_answer_what_is_known_stays_in_force(world, monkeypatch):
    world.attach()
    world.accept("a")
    world.deliver_all()
    monkeypatch.setattr(configuration.changes, "since", fail)
    monkeypatch.setattr(configuration.attachments, "of_pipeline", fail)
    world.clock.pass_(seconds=60)
    world.accept("b")
    world.deliver_all()
    assert world.vendor.ids() == ["a", "b"]


def test_a_cold_start_while_the_control_store_does_not_answer_takes_the_last_copy(world, monkeypatch):
    world.change(parameters={"path": "shop"})
    world.attach(config={"url": f"{world.vendor.url}/{{{{pipeline_param.path}}}}"})
    world.accept("a")
    world.deliver_all()
    configuration.configuration.forget()
    monkeypatch.setattr(configuration.attachments, "of_pipeline", fail)
    real = store.get_named
    monkeypatch.setattr(store, "get_named", lambda keys: fail() if standing.KEY in keys else real(keys))
    world.accept("b")
    world.deliver_all()
    assert [request.path for request in world.vendor.requests] == ["/shop", "/shop"]


def test_a_vendor_that_is_down_for_thirty_hours_costs_no_event(world):
    integration = world.attach(config={"url": world.vendor.url, "batch_enabled": True, "batch_size": 10})
    world.vendor.otherwise = Reply(503)
    sent = []
    for hour in range(30):
        names = [f"h{hour}-{number}" for number in range(10)]
        world.accept(*names)
        sent += names
        world.deliver()
        world.clock.pass_(hours=1)
    world.deliver_all()
    path = f"/v1/admin/integrations/{integration}/dead-letters"
    reply = world.owner.post(f"{path}/replay", {"filter": {}, "dry_run": True}).json
    assert reply == {"count": 300, "complete": True, "dry_run": True}
    world.vendor.otherwise = Reply(200)
    assert world.owner.post(f"{path}/replay", {"filter": {"code": "UNAVAILABLE"}}).json["count"] == 300
    world.deliver_all()
    assert sorted(world.vendor.ids()) == sorted(sent)
    assert world.owner.get(path).json == {"dead_letters": [], "next_cursor": None}
    reply = world.owner.get(f"/v1/admin/pipelines/{world.pipeline['id']}/metrics?step=day").json
    assert reply["total"]["deliveries"][integration] == ENDED | {"handed": 300, "delivered": 300}
