"""Faults of the product itself, and vendors' answers that nobody foresaw: no event is lost by them, and none is tried
for ever."""

import dataclasses

import pytest
from botocore.exceptions import EndpointConnectionError

import app
from chalicelib.delivery import configuration, handover, sending, snapshots, worker
from chalicelib.integrations import attachments, catalog, decisions
from chalicelib.integrations.vendor import DELIVERED
from local.gateway import Context

from .stub_vendor import Reply

ENDED = {"delivered": 0, "withheld": 0, "dead": 0, "pending": 0}


def fail(*_, **__):
    raise EndpointConnectionError(endpoint_url="https://aws")


def given(body, receives):
    """Give the worker a message for the so-manieth time; whether it must come again."""
    attributes = {"ApproximateReceiveCount": str(receives)}
    record = {"messageId": "d1", "body": body, "attributes": attributes}
    return bool(app.deliver({"Records": [record]}, Context())["batchItemFailures"])


def break_down(*_, **__):
    raise RuntimeError("token=secret")


def test_what_fails_by_a_fault_of_the_product_is_a_dead_letter_after_five_attempts(world, monkeypatch):
    integration = world.attach()
    world.accept("a", "b")
    ((_, body),) = world.waiting
    with monkeypatch.context() as broken:
        broken.setattr(sending.Courier, "send", break_down)
        assert [given(body, receives) for receives in range(1, 6)] == [True, True, True, True, False]
    assert world.counts()[integration] == ENDED | {"handed": 2, "dead": 2}
    (letter, _) = world.owner.get(f"/v1/admin/integrations/{integration}/dead-letters").json["dead_letters"]
    assert (letter["code"], letter["reason"]) == (
        "FAILED",
        "by a fault of the product: RuntimeError at each of 5 attempts",
    )
    world.waiting.clear()
    path = f"/v1/admin/integrations/{integration}/dead-letters/replay"
    assert world.owner.post(path, {"filter": {}}).json["count"] == 2
    world.deliver_all()
    assert sorted(world.vendor.ids()) == ["a", "b"]


def test_an_outage_of_a_store_never_makes_dead_letters(world, monkeypatch):
    integration = world.attach()
    world.accept("a")
    ((_, body),) = world.waiting
    with monkeypatch.context() as broken:
        broken.setattr(sending.Courier, "send", fail)
        assert all(given(body, receives) for receives in range(1, 100))
    world.deliver_all()
    assert world.counts()[integration] == ENDED | {"handed": 1, "delivered": 1}


def test_a_message_that_stops_the_function_itself_is_a_dead_letter_unsent(world):
    integration = world.attach()
    world.accept("a")
    ((_, body),) = world.waiting
    assert not given(body, 101)
    assert world.vendor.requests == []
    assert world.story("a")[-1] == ("dead", "FAILED")
    assert world.counts()[integration] == ENDED | {"handed": 1, "dead": 1}


@pytest.mark.parametrize("outcomes", [[], [DELIVERED] * 3], ids=["too few", "too many"])
def test_a_vendor_that_says_too_little_or_too_much_of_the_events_is_not_understood(world, monkeypatch, outcomes):
    vendor = dataclasses.replace(catalog.known("webhook"), outcomes=lambda *_: outcomes)
    monkeypatch.setitem(catalog._vendors(), "webhook", vendor)
    integration = world.attach()
    world.accept("a", "b")
    world.deliver_all()
    assert world.counts()[integration] == ENDED | {"handed": 2, "dead": 2}
    assert world.story("a")[-1] == ("dead", "VENDOR_FAILED")


def test_a_retry_after_that_nobody_can_read_costs_nothing(world):
    integration = world.attach()
    world.vendor.answer(Reply(503, {"Retry-After": "Wed, 25 Feb 2026 10:01:00 +99999999999999999999"}))
    world.accept("a")
    world.deliver_all()
    assert world.counts()[integration] == ENDED | {"handed": 1, "delivered": 1}


def test_what_never_gets_its_turn_is_a_dead_letter_after_two_days(world, monkeypatch):
    integration = world.attach()
    monkeypatch.setattr(worker, "SENDING_SECONDS", 0.0)
    world.accept("a")
    for _ in range(50):
        world.deliver()
        world.clock.pass_(hours=1)
    assert world.waiting == []
    (letter,) = world.owner.get(f"/v1/admin/integrations/{integration}/dead-letters").json["dead_letters"]
    assert (letter["code"], letter["reason"]) == ("UNAVAILABLE", "there was no time left for it")


@pytest.mark.parametrize("before", range(285, 300))
def test_a_secret_at_which_the_answer_is_cut_is_in_no_reason(world, before):
    config = {"url": world.vendor.url, "authentication": "bearer", "auth_token": "super-secret-token"}
    world.attach(config=config)
    world.vendor.otherwise = Reply(400, {}, b"x" * before + b"super-secret-token")
    world.accept("a")
    world.deliver_all()
    step = world.owner.get(f"/v1/admin/pipelines/{world.pipeline['id']}/events/a").json["steps"][-1]
    assert "supe" not in step["reason"]


def test_a_revision_that_was_attached_a_moment_ago_is_used_although_the_first_look_saw_another(world, monkeypatch):
    """It changes once more between the look at where the integration stands and the reading of what it says."""
    integration = world.attach(config={"url": f"{world.vendor.url}/1"})
    world.accept("a")
    world.deliver_all()
    world.use(integration, 2, config={"url": f"{world.vendor.url}/2"})
    world.accept("b")
    real = configuration.configuration.of

    def overtaken(*arguments):
        found = real(*arguments)
        if worker.configuration.overtaken:
            worker.configuration.overtaken = False
            world.use(integration, 3, config={"url": f"{world.vendor.url}/3"})
        return found

    monkeypatch.setattr(worker.configuration, "overtaken", True, raising=False)
    monkeypatch.setattr(worker.configuration, "of", overtaken)
    world.deliver()
    assert [request.path for request in world.vendor.requests] == ["/1", "/3"]
    assert world.waiting == []


def test_a_cold_start_without_a_copy_lets_events_wait(world, monkeypatch):
    """They might have to be handed over: nobody knows."""
    integration = world.attach()
    with monkeypatch.context() as down:
        down.setattr(attachments, "of_pipeline", fail)
        with pytest.raises(AssertionError):
            world.accept("a", message_id="m1")
    world.accept("a", message_id="m1")
    world.deliver_all()
    assert world.counts()[integration] == ENDED | {"handed": 1, "delivered": 1}


def test_a_copy_that_cannot_be_kept_delays_nobody(world, monkeypatch, logged):
    world.attach()
    monkeypatch.setattr(snapshots, "write", fail)
    world.accept("a")
    world.deliver_all()
    assert world.vendor.ids() == ["a"]
    assert "copy of the configuration not kept" in {line["message"] for line in logged}


def a_vendor_of_all_or_nothing(monkeypatch):
    vendor = dataclasses.replace(catalog.known("webhook"), all_or_nothing=True)
    monkeypatch.setitem(catalog._vendors(), "webhook", vendor)


@pytest.mark.parametrize(("status", "requests"), [(401, 1), (403, 1), (404, 1), (302, 1), (400, 7), (413, 7)])
def test_events_are_tried_one_by_one_only_if_one_of_them_may_be_to_blame(world, monkeypatch, status, requests):
    a_vendor_of_all_or_nothing(monkeypatch)
    integration = world.attach(config={"url": world.vendor.url, "batch_enabled": True, "batch_size": 100})
    world.vendor.otherwise = Reply(status)
    world.accept("a", "b", "c", "d")
    world.deliver_all()
    assert len(world.vendor.requests) == requests
    assert world.counts()[integration] == ENDED | {"handed": 4, "dead": 4}


def test_a_fault_at_one_integration_costs_the_others_nothing(world, monkeypatch):
    faulty = world.attach(mapping={"global": {"mappings": [{"target": "a", "source": "properties.x"}]}})
    sound = world.attach()
    real = decisions.decided

    def decided(consent, mapping, event):
        return break_down() if mapping.for_all.mappings else real(consent, mapping, event)

    monkeypatch.setattr(handover, "decided", decided)
    monkeypatch.setattr(worker, "decided", decided)
    world.accept("a")
    bodies = [body for _, body in world.waiting]
    for body in bodies:
        for receives in range(1, 6):
            given(body, receives)
    assert world.counts()[sound] == ENDED | {"handed": 1, "delivered": 1}
    assert world.counts()[faulty] == ENDED | {"handed": 1, "dead": 1}
