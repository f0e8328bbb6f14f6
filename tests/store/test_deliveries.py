"""Deliveries on a real engine: several workers at the same message, several who send the same dead letters again, and a
store that fails before or after any single call. Each event is settled and counted once, and none is lost."""

from datetime import UTC, datetime
from functools import partial

import pytest

import app as application
from chalicelib.settings import settings
from local.gateway import Context

from ..client import path_of
from ..conftest import forget_what_was_read
from ..delivery.stub_vendor import Reply
from ..delivery.world import GRANTED, a_world, handle
from ..queue_messages import a_message, an_event
from .conftest import at_once
from .test_faults import Faults, each_with_one_error

ENDED = {"delivered": 0, "withheld": 0, "dead": 0, "pending": 0}
BATCH = {"batch_enabled": True, "batch_size": 100}


@pytest.fixture
def _patient(engine, time, monkeypatch):
    """Tokens that outlive the days of a test, and an operator who allows vendors on the loopback. The clock stands at
    the real time first: the engine deletes what has expired by its own."""
    time.moment = datetime.now(UTC)
    monkeypatch.setenv("ACCESS_TOKEN_TTL", str(60 * 24 * 3600))
    monkeypatch.setenv("DELIVER_TO_PRIVATE_ADDRESSES", "yes")
    settings.cache_clear()
    forget_what_was_read()
    yield
    settings.cache_clear()


@pytest.fixture
def world(_patient, time, owner, monkeypatch):
    """A pipeline, a stub vendor, and the queue between them, over the engine."""
    with a_world(owner, time, monkeypatch) as made:
        yield made


def letters_of(world, integration):
    path = f"/v1/admin/integrations/{integration}/dead-letters?limit=100"
    return world.owner.get(path).json["dead_letters"]


def replay(world, integration, **wanted):
    return world.owner.post(f"/v1/admin/integrations/{integration}/dead-letters/replay", wanted)


def counts_of(world, integration):
    reply = world.owner.get(path_of(world.pipeline, "/metrics?step=day"))
    return reply.json["total"]["deliveries"][integration]


def an_event_now(world, name, **fields):
    """An event that comes now."""
    at = world.clock.moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return an_event(name, timestamp=at, receivedAt=at, **fields)


def events(world, first, last, **fields):
    return [an_event_now(world, f"e{number}", **fields) for number in range(first, last)]


def sent(world):
    """The ids of all events that reached the vendor, whatever it said."""
    found = [request.json for request in world.vendor.requests]
    return [event["messageId"] for each in found for event in (each if isinstance(each, list) else [each])]


# Many at once.


@pytest.mark.parametrize("workers", [2, 8])
@pytest.mark.parametrize(("status", "verdict"), [(200, "delivered"), (400, "dead")])
def test_workers_at_the_same_message_settle_each_event_once(world, workers, status, verdict):
    config = {"url": world.vendor.url} | BATCH
    integration = world.attach(config=config)
    world.vendor.otherwise = Reply(status)
    world.accept(*events(world, 0, 40), *events(world, 40, 100, **GRANTED))
    world.use(integration, 2, config=config, consent="marketing")
    ((_, body),) = world.waiting
    assert at_once([partial(handle, body)] * workers) == [False] * workers
    assert counts_of(world, integration) == ENDED | {"handed": 100, "withheld": 40, verdict: 60}
    names = {f"e{number}" for number in range(40, 100)}
    assert set(sent(world)) == names
    letters = letters_of(world, integration)
    assert sorted(letter["message_id"] for letter in letters) == (sorted(names) if verdict == "dead" else [])
    before = len(world.vendor.requests)
    assert not handle(body)
    assert len(world.vendor.requests) == before


@pytest.mark.parametrize("callers", [2, 8])
@pytest.mark.parametrize("by", ["ids", "filter"])
def test_dead_letters_that_many_send_again_at_once_are_sent_once(world, callers, by):
    integration = world.attach()
    world.vendor.otherwise = Reply(400)
    world.accept(*events(world, 0, 20))
    world.deliver_all()
    ids = [letter["id"] for letter in letters_of(world, integration)]
    world.vendor.requests.clear()
    world.vendor.otherwise = Reply(200)
    wanted = {"ids": ids} if by == "ids" else {"filter": {"code": "REFUSED"}}
    replies = at_once([partial(replay, world, integration, **wanted)] * callers)
    assert {reply.status for reply in replies} == {200}
    if by == "ids":
        assert sum(reply.json["count"] for reply in replies) == len(ids) == 20
    else:
        steps = [body for _, body in world.waiting]
        world.waiting.clear()
        assert at_once([partial(handle, body) for body in steps]) == [False] * callers
    world.deliver_all()
    assert sorted(sent(world)) == sorted(f"e{number}" for number in range(20))
    assert letters_of(world, integration) == []
    assert counts_of(world, integration) == ENDED | {"handed": 20, "delivered": 20}


@pytest.mark.parametrize("workers", [2, 8])
@pytest.mark.parametrize(("status", "verdict"), [(200, "delivered"), (422, "dead")])
def test_workers_at_the_same_replay_count_it_once(world, workers, status, verdict):
    integration = world.attach(config={"url": world.vendor.url} | BATCH)
    world.vendor.otherwise = Reply(400)
    world.accept(*events(world, 0, 20))
    world.deliver_all()
    world.vendor.otherwise = Reply(status)
    assert replay(world, integration, ids=[each["id"] for each in letters_of(world, integration)]).json["count"] == 20
    ((_, body),) = world.waiting
    assert at_once([partial(handle, body)] * workers) == [False] * workers
    assert counts_of(world, integration) == ENDED | {"handed": 20, verdict: 20}
    letters = letters_of(world, integration)
    assert [letter["reason"] for letter in letters] == (["HTTP 422: {}"] * 20 if verdict == "dead" else [])
    assert not any(letter["replaying"] for letter in letters)


# A store that fails once.

NAMES = ["delivered", "refused", "again", "later", "withheld"]


def fresh(world, number):
    """A pipeline and an integration of which nobody has read anything; the integration's id."""
    world.pipeline = world.owner.a_pipeline(name=f"Shop {number}")
    integration = world.attach()
    world.vendor.requests.clear()
    world.vendor.replies.clear()
    world.vendor.otherwise = Reply(200)
    world.waiting.clear()
    return integration


def to_deliver(world, number):
    """A message whose events end in every way that there is, the first time."""
    integration = fresh(world, number)
    world.accept(*(an_event_now(world, name, **GRANTED) for name in NAMES[:-1]), an_event_now(world, NAMES[-1]))
    world.use(integration, 2, consent="marketing")
    world.vendor.answer(200, 400, 503)
    return integration, world.deliver


def to_process(world, number):
    """A message that is to be handed over."""
    integration = fresh(world, number)
    about = {"org_id": world.pipeline["org_id"], "pipeline_id": world.pipeline["id"]}
    record = {"messageId": f"m-{number}", "body": a_message(*(an_event_now(world, name) for name in NAMES), **about)}
    return integration, lambda: application.process({"Records": [record]}, Context())["batchItemFailures"]


def dead(world, number):
    integration = fresh(world, number)
    world.vendor.otherwise = Reply(400)
    world.accept(*(an_event_now(world, name) for name in NAMES))
    world.deliver_all()
    world.vendor.otherwise = Reply(200)
    world.vendor.requests.clear()
    return integration


def to_send_again(world, number):
    """Dead letters that somebody sends again by their ids, and again when that was answered 503."""
    integration = dead(world, number)
    ids = [letter["id"] for letter in letters_of(world, integration)]
    return integration, lambda: replay(world, integration, ids=ids).status != 200


def to_go_on(world, number):
    """A step of a replay by a filter, on the queue."""
    integration = dead(world, number)
    assert replay(world, integration, filter={}).json["count"] == len(NAMES)
    return integration, world.deliver


def to_deliver_again(world, number):
    """Dead letters on their way again."""
    integration = dead(world, number)
    assert replay(world, integration, filter={}).json["count"] == len(NAMES)
    world.deliver()
    world.vendor.answer(200, 422, 503)
    return integration, world.deliver


WORK = [to_deliver, to_process, to_send_again, to_go_on, to_deliver_again]


@pytest.mark.slow
@pytest.mark.parametrize(("prepared", "error"), each_with_one_error(WORK))
def test_any_single_fault_leaves_every_event_settled_once(world, prepared, error):
    faults = Faults()
    integration, work = prepared(world, 0)
    forget_what_was_read()
    with faults.injected():
        work()
    finish(world, work, prepared)
    assert faults.calls >= 5
    check(world, integration, prepared)
    for at in range(1, faults.calls + 1):
        for after in (False, True):
            integration, work = prepared(world, f"{at} {after}")
            forget_what_was_read()
            with faults.injected(at, after, error):
                work()
            finish(world, work, prepared)
            check(world, integration, prepared, (at, after))


def finish(world, work, prepared):
    """What failed comes again, or is asked for again, and then all messages are worked on."""
    if prepared in (to_process, to_send_again):
        assert not work()
    world.deliver_all()


def check(world, integration, prepared, where=None):
    counts = counts_of(world, integration)
    assert counts["handed"] == len(NAMES), (where, counts)
    assert counts["delivered"] + counts["withheld"] + counts["dead"] == len(NAMES), (where, counts)
    assert counts["pending"] == 0
    expected = set(NAMES) - ({"withheld"} if prepared is to_deliver else set())
    assert set(sent(world)) == expected, where
    letters = letters_of(world, integration)
    ended = {name: world.story(name)[-1][0] for name in NAMES}
    for verdict in ("delivered", "withheld", "dead"):
        assert counts[verdict] == list(ended.values()).count(verdict), (where, counts, ended)
    assert sorted(letter["message_id"] for letter in letters) == sorted(n for n in NAMES if ended[n] == "dead"), where
    assert not any(letter["replaying"] for letter in letters), where
    if prepared in (to_process, to_send_again, to_go_on):
        assert counts["delivered"] == len(NAMES), where
