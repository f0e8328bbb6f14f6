"""The product's main job, whole: a page of a customer loads its pipeline's script, and the page's events arrive."""

import pytest

from ..client import path_of
from .world import eventually


def arrived(received, pipeline, count):
    return eventually(lambda: events if len(events := received(pipeline)) >= count else None)


def test_a_page_sends_its_view_and_what_it_tracks(page, world, built, received):
    pipeline = built(domain_allowlist=["shop.localhost"])
    address = world.page(pipeline["collector"]["script_tag"])
    page.goto(f"{address}?utm_source=test")
    page.wait_for_function("window._df")
    page.evaluate("_df.track('Bought', {price: 5})")
    view, bought = arrived(received, pipeline, 2)
    assert (view["type"], bought["type"]) == ("page", "track")
    assert view["context"]["page"]["url"] == f"{address}?utm_source=test"
    assert view["context"]["page"]["title"] == "A page"
    assert (bought["event"], bought["properties"]) == ("Bought", {"price": 5})
    assert view["anonymousId"] == bought["anonymousId"] == page.evaluate("_df.getAnonymousId()")


def test_the_visitor_is_known_again_on_the_next_page(page, world, built, received):
    pipeline = built()
    address = world.page(pipeline["collector"]["script_tag"])
    page.goto(address)
    arrived(received, pipeline, 1)
    page.goto(address)
    events = arrived(received, pipeline, 2)
    assert len({event["anonymousId"] for event in events}) == 1


def test_the_pinned_tag_loads_exactly_its_version(page, world, built, received):
    pipeline = built()
    page.goto(world.page(pipeline["collector"]["pinned_script_tag"]))
    assert arrived(received, pipeline, 1)


def test_a_page_that_is_not_allowed_is_refused_and_does_not_notice(page, world, built, received, running):
    pipeline = built(domain_allowlist=["shop.localhost"])
    before = running.refusals.count("ORIGIN_NOT_ALLOWED")
    page.goto(world.page(pipeline["collector"]["script_tag"], host="other.localhost"))
    eventually(lambda: running.refusals.count("ORIGIN_NOT_ALLOWED") > before)
    assert received(pipeline) == []


def test_a_disabled_pipeline_refuses_the_next_event(page, world, built, received, running):
    pipeline = built()
    page.goto(world.page(pipeline["collector"]["script_tag"]))
    arrived(received, pipeline, 1)
    running.api.put(path_of(pipeline), {"enabled": False})
    before = running.refusals.count("PIPELINE_DISABLED")
    page.evaluate("_df.track('Late')")
    eventually(lambda: running.refusals.count("PIPELINE_DISABLED") > before)
    assert len(received(pipeline)) == 1


def test_a_script_that_is_included_twice_sends_once(page, world, built, received):
    pipeline = built()
    page.goto(world.page(pipeline["collector"]["script_tag"] * 2))
    page.wait_for_function("window._df")
    page.evaluate("_df.track('Last')")
    arrived(received, pipeline, 2)
    assert [event["type"] for event in received(pipeline)] == ["page", "track"]


def test_the_page_gets_one_global_of_the_configured_name(page, world, built, received):
    pipeline = built(js_builder_config={"global_variable": "shop", "script_filename": "shop.js"})
    names = "Object.getOwnPropertyNames(window)"
    page.goto(world.page(path="/without"))
    without = set(page.evaluate(names))
    page.goto(world.page(pipeline["collector"]["script_tag"]))
    page.wait_for_function("window.shop")
    assert set(page.evaluate(names)) - without == {"shop"}


@pytest.mark.parametrize(
    "blocked",
    [
        "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('no', 'SecurityError') }})",
        "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError') }",
    ],
)
def test_blocked_storage_breaks_nothing(page, world, built, received, blocked):
    pipeline = built()
    page.add_init_script(blocked)
    page.goto(world.page(pipeline["collector"]["script_tag"]))
    assert arrived(received, pipeline, 1)[0]["anonymousId"]
