"""How events leave the page: in batches, again when that failed, and when the page goes."""

import json

import pytest

from .world import eventually

OFFLINE = "Object.defineProperty(navigator, 'onLine', {get: () => window.online !== false})"


def quiet(world, **config):
    """A script that sends nothing by itself."""
    return world.script(**{"page_views": "manual"} | config)


def test_a_batch_says_who_sends_it_and_when(engine, world):
    engine.open(world.page(world.script()))
    (view,) = world.wait_for("page")
    (batch,) = world.batches
    assert batch.body["writeKey"] == "dk_pip_01jz3k8q4c2h9v7m5n0x"
    assert view["timestamp"] <= batch.body["sentAt"]
    assert len(view["messageId"]) == len(view["anonymousId"]) == 36
    assert view["context"]["library"] == {"name": "datafly.js"}
    assert view["context"]["locale"]


def test_a_batch_needs_no_preflight(engine, world):
    engine.open(world.page(world.script()))
    world.wait_for("page")
    assert [each.path for each in world.received] == ["/v1/batch"]
    assert world.batches[0].headers["Content-Type"].startswith("text/plain")


def test_a_full_batch_goes_at_once_and_the_rest_after_the_interval(engine, world):
    engine.open(world.page(quiet(world, flush_interval_ms=60_000)))
    engine.evaluate("Array.from({length: 12}, (_, n) => _df.track('e' + n))")
    world.wait_for(*(f"e{number}" for number in range(10)))
    engine.evaluate("_df.flush()")
    world.wait_for(*(f"e{number}" for number in range(12)))
    assert [len(each.body["batch"]) for each in world.batches] == [10, 2]


def test_an_event_tracked_while_leaving_arrives(engine, world):
    world.page(path="/next")
    link = """<a id="next" href="/next" onclick="_df.track('Left')">Next</a>"""
    engine.open(world.page(quiet(world, flush_interval_ms=60_000), body=link))
    engine.click("#next")
    (left,) = world.wait_for("Left")
    assert left["context"]["page"]["url"] == world.url("/")


@pytest.mark.parametrize("beacons", ["undefined", "() => false"])
def test_where_beacons_do_not_work_nothing_is_lost(engine, world, beacons):
    tag = quiet(world, flush_interval_ms=60_000)
    world.page(tag, path="/next")
    engine.open(world.page(tag, head=f"<script>navigator.sendBeacon = {beacons}</script>"))
    engine.evaluate("_df.track('Left')")
    engine.open(world.url("/next"))
    engine.evaluate("[_df.track('Next'), _df.flush()].length")
    eventually(lambda: len(world.events) == 2)
    assert sorted(world.names()) == ["Left", "Next"]


def test_no_body_is_larger_than_a_leaving_page_may_send(engine, world):
    engine.open(world.page(quiet(world)))
    engine.evaluate("Array.from({length: 20}, (_, n) => _df.track('e' + n, {text: 'ä'.repeat(5000)}))")
    world.wait_for(*(f"e{number}" for number in range(20)))
    assert max(each.size for each in world.batches) < 65_536


def test_an_event_that_is_too_large_is_dropped_alone_and_told(engine, world):
    engine.open(world.page(quiet(world)))
    engine.evaluate("_df.on('dropped', (events) => window.dropped = events.map((event) => event.event))")
    engine.evaluate("[_df.track('Huge', {text: 'x'.repeat(70000)}), _df.track('Small')]")
    world.wait_for("Small")
    assert engine.evaluate("dropped") == ["Huge"]


def test_at_the_very_limit_an_event_is_sent_or_dropped(engine, world):
    engine.open(world.page(quiet(world)))
    engine.evaluate(
        "(ended = [], ['sent', 'dropped'].map((how) => _df.on(how, (events) => ended.push([how, events]))))"
    )
    engine.evaluate("_df.track('0000', {text: ''}, {messageId: 'm'})")
    eventually(lambda: engine.evaluate("ended.length") == 1)
    room = 60_000 - engine.evaluate("JSON.stringify(ended[0][1]).length")
    for more in range(-2, 2):
        engine.evaluate(f"_df.track('{more:04}', {{text: 'x'.repeat({room + more})}}, {{messageId: 'm'}})")
    eventually(lambda: engine.evaluate("ended.length") == 5)
    assert sorted(engine.evaluate("ended.map(([how]) => how)")) == ["dropped"] * 2 + ["sent"] * 3
    assert min(len(each.body["batch"]) for each in world.batches) == 1


@pytest.mark.parametrize("status", [500, 503, 429, 0], ids=["500", "503", "429", "no answer"])
def test_what_failed_for_now_is_sent_again_and_arrives_once(engine, world, status):
    world.answer(status)
    engine.open(world.page(quiet(world)))
    engine.evaluate("_df.track('Bought')")
    world.wait_for("Bought")
    first, second = world.batches
    assert first.body["batch"] == second.body["batch"]
    assert first.body["sentAt"] < second.body["sentAt"]


def test_the_server_says_when_to_come_again(engine, world):
    world.answer(503, Retry_After="2")
    engine.open(world.page(quiet(world)))
    engine.evaluate("_df.track('Bought')")
    world.wait_for("Bought")
    first, second = world.batches
    assert second.at - first.at >= 2


@pytest.mark.parametrize("status", [400, 401, 403, 413])
def test_what_is_refused_for_good_is_not_sent_again(engine, world, status):
    world.answer(status)
    engine.open(world.page(quiet(world)))
    engine.evaluate("_df.on('dropped', (events) => window.dropped = events.length)")
    engine.evaluate("_df.track('Refused')")
    eventually(lambda: engine.evaluate("window.dropped") == 1)
    engine.evaluate("_df.track('Later')")
    world.wait_for("Later")
    assert len(world.batches) == 2


def test_without_retry_a_batch_is_tried_once(engine, world):
    world.answer(503)
    engine.open(world.page(quiet(world, retry=False)))
    engine.evaluate("_df.track('Lost')")
    eventually(lambda: len(world.batches) == 1)
    engine.evaluate("_df.track('Later')")
    world.wait_for("Later")


def test_events_that_could_not_be_sent_go_with_the_next_page(engine, world):
    tag = quiet(world)
    world.page(tag, path="/next")
    world.down = True
    engine.open(world.page(tag))
    engine.evaluate("_df.track('Kept')")
    eventually(lambda: len(world.batches) >= 1)
    eventually(lambda: engine.evaluate("Object.keys(localStorage).length") == 1)
    world.down = False
    engine.open(world.url("/next"))
    engine.evaluate("_df.track('Next')")
    eventually(lambda: len(world.events) >= 2)
    assert sorted(world.names()) == ["Kept", "Next"]
    eventually(lambda: engine.evaluate("Object.keys(localStorage).length") == 0)


def test_offline_and_online_again_nothing_is_lost_and_nothing_comes_twice(engine, world):
    engine.open(world.page(quiet(world), head=f"<script>{OFFLINE}</script>"))
    world.down = True
    engine.evaluate("window.online = false")
    engine.evaluate("Array.from({length: 25}, (_, n) => _df.track('e' + n))")
    eventually(lambda: len(world.batches) >= 1)
    engine.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    world.down = False
    engine.evaluate("[window.online = true, dispatchEvent(new Event('online'))].length")
    eventually(lambda: len(world.events) >= 25)
    assert sorted(world.names()) == sorted(f"e{number}" for number in range(25))
    assert len({event["messageId"] for event in world.events}) == 25


def test_the_queue_is_bounded_and_tells_what_it_dropped(engine, world):
    engine.open(world.page(quiet(world)))
    world.down = True
    engine.evaluate("[window.dropped = 0, _df.on('dropped', (events) => window.dropped += events.length)].length")
    engine.evaluate("Array.from({length: 300}, (_, n) => _df.track('e' + n))")
    eventually(lambda: engine.evaluate("dropped") >= 90)
    assert len(json.dumps(engine.evaluate("Object.values(localStorage)"))) < 200_000


def test_the_page_is_told_what_was_sent(engine, world):
    engine.open(world.page(quiet(world)))
    engine.evaluate("_df.on('sent', (events) => window.sent = events.map((event) => event.event))")
    engine.evaluate("_df.track('Bought')")
    assert eventually(lambda: engine.evaluate("window.sent")) == ["Bought"]
