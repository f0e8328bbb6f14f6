"""What a page can call, and how the collector comes into it."""

import pytest

from .world import eventually

STUB = """<script>
window._df = window._df || [];
["page", "track", "identify", "group", "reset", "flush", "consent", "on", "ready"].forEach(function (method) {
  _df[method] = _df[method] || function () { _df.push([method].concat([].slice.call(arguments))); };
});
</script>"""


def test_calls_before_the_script_are_repeated_in_their_order(engine, world):
    early = "<script>_df.track('First'); _df.identify('u1'); _df.track('Second')</script>"
    engine.open(world.page(world.script(), head=STUB + early))
    events = world.wait_for("page", "First", "identify", "Second")
    assert [event.get("userId") for event in events] == [None, None, "u1", "u1"]


def test_a_page_that_records_its_view_early_records_it_once(engine, world):
    engine.open(world.page(world.script(), head=STUB + "<script>_df.page('Home', {section: 'a'})</script>"))
    engine.evaluate("_df.track('Last')")
    view, _ = world.wait_for("page", "Last")
    assert (view["name"], view["properties"]) == ("Home", {"section": "a"})


def test_the_stub_goes_on_working_by_whoever_kept_it(engine, world):
    engine.open(world.page(world.script(), head=STUB + "<script>kept = _df</script>"))
    engine.evaluate("kept.track('Late')")
    engine.evaluate("_df.push(['track', 'Pushed'])")
    world.wait_for("page", "Late", "Pushed")


def test_a_script_that_is_included_twice_sends_once(engine, world):
    tag = world.script()
    engine.open(world.page(tag * 2))
    engine.evaluate("_df.track('Last')")
    world.wait_for("page", "Last")


def test_a_global_of_the_page_is_left_alone(engine, world):
    engine.open(world.page(world.script(), head="<script>_df = {mine: true}</script>"))
    engine.evaluate("fetch('/').then(() => 1)")
    assert engine.evaluate("_df") == {"mine": True}
    assert world.received == []


def test_the_tag_may_name_another_global_and_another_endpoint(engine, world):
    tag = world.script(url="http://nowhere.localhost:1")
    endpoint = world.url("", "other.localhost")
    engine.open(world.page(tag.replace("<script", f'<script data-global="shop" data-endpoint="{endpoint}"')))
    engine.evaluate("shop.track('Here')")
    world.wait_for("page", "Here")
    assert world.batches[0].headers["Host"] == f"other.localhost:{world.port}"
    assert engine.evaluate("typeof _df") == "undefined"


def test_identify_and_group_stay_with_later_events(engine, world):
    engine.open(world.page(world.script(page_views="manual")))
    engine.evaluate("[_df.identify(7, {plan: 'free', city: 'Bern'}), _df.identify({plan: 'pro'})].length")
    engine.evaluate("[_df.group('acme', {size: 3}), _df.track('Bought')].length")
    first, second, group, bought = world.wait_for("identify", "identify", "group", "Bought")
    assert (first["userId"], first["traits"]) == ("7", {"plan": "free", "city": "Bern"})
    assert second["traits"] == {"plan": "pro", "city": "Bern"}
    assert (group["groupId"], group["traits"]) == ("acme", {"size": 3})
    assert (bought["userId"], bought["groupId"]) == ("7", "acme")


def test_what_happened_before_a_reset_is_still_the_old_visitors(engine, world):
    engine.open(world.page(world.script()))
    world.wait_for("page")
    engine.evaluate("_df.identify('u1'), _df.track('Before'), _df.reset(), _df.track('After')")
    view, told, before, after = world.wait_for("page", "identify", "Before", "After")
    assert view["anonymousId"] == told["anonymousId"] == before["anonymousId"] != after["anonymousId"]
    assert (before["userId"], after.get("userId")) == ("u1", None)


def test_after_a_reset_without_another_event_the_next_page_is_somebody_elses(engine, world):
    engine.open(world.page(world.script()))
    (view,) = world.wait_for("page")
    engine.evaluate("_df.reset()")
    engine.open(world.url("/"))
    _, following = world.wait_for("page", "page")
    assert following["anonymousId"] != view["anonymousId"]


@pytest.mark.parametrize("call", ["identify(undefined, {a: 1})", "identify(null, {a: 1})", "identify({a: 1})"])
def test_a_visitor_without_an_id_gets_none(engine, world, call):
    engine.open(world.page(world.script(page_views="manual")))
    engine.evaluate(f"[_df.{call}, _df.group(undefined)].length")
    (told,) = world.wait_for("identify")
    assert (told["traits"], told.get("userId"), told.get("groupId")) == ({"a": 1}, None, None)


def test_after_a_reset_the_visitor_is_somebody_else(engine, world):
    engine.open(world.page(world.script(page_views="manual")))
    engine.evaluate("[_df.identify('u1', {a: 1}), _df.flush()].length")
    world.wait_for("identify")
    engine.evaluate("[_df.reset(), _df.track('Anonymous')].length")
    before, after = world.wait_for("identify", "Anonymous")
    assert "userId" not in after
    assert before["anonymousId"] != after["anonymousId"] == engine.evaluate("_df.getAnonymousId()")
    engine.open(world.url("/"))
    assert engine.evaluate("_df.getAnonymousId()") == after["anonymousId"]


def test_the_visitor_is_known_on_the_next_page_and_on_a_subdomain(engine, world):
    tag = world.script()
    engine.open(world.page(tag))
    known = engine.evaluate("_df.getAnonymousId()")
    engine.open(world.url("/"))
    assert engine.evaluate("_df.getAnonymousId()") == known
    engine.open(world.url("/", "www.shop.localhost"))
    assert engine.evaluate("_df.getAnonymousId()") == known
    engine.open(world.url("/", "other.localhost"))
    assert engine.evaluate("_df.getAnonymousId()") != known


def test_an_event_is_what_it_was_when_it_happened(engine, world):
    engine.open(world.page(world.script(page_views="manual")))
    engine.evaluate("(() => { const cart = {items: 1}; _df.track('Cart', cart); cart.items = 2; })()")
    (cart,) = world.wait_for("Cart")
    assert cart["properties"] == {"items": 1}


def test_a_page_may_give_its_own_message_id_and_time(engine, world):
    engine.open(world.page(world.script(page_views="manual")))
    engine.evaluate("_df.track('Bought', {}, {messageId: 'order-1', timestamp: '2026-02-25T10:00:00.000Z'})")
    (bought,) = world.wait_for("Bought")
    assert (bought["messageId"], bought["timestamp"]) == ("order-1", "2026-02-25T10:00:00.000Z")


@pytest.mark.parametrize(
    "call",
    [
        "(() => { const a = {}; a.a = a; return _df.track('Circular', a); })()",
        "_df.on('no such event', () => 1)",
        "_df.on('sent', 1)",
        "_df.ready()",
        "_df.consent(1)",
        "_df.linkTo('http://[')",
        "_df.push()",
        "_df.push(['constructor'])",
    ],
)
def test_nothing_that_is_called_wrongly_throws(engine, world, call):
    engine.open(world.page(world.script(page_views="manual")))
    engine.evaluate(f"[{call}].length")
    engine.evaluate("_df.track('Fine')")
    world.wait_for("Fine")


def test_a_listener_that_throws_harms_nobody(engine, world):
    engine.open(world.page(world.script(page_views="manual")))
    engine.evaluate("[_df.on('sent', () => { throw 1; }), _df.on('sent', () => window.told = true)].length")
    engine.evaluate("_df.track('Bought')")
    assert eventually(lambda: engine.evaluate("window.told"))


def test_ready_is_called_once_everything_is_there(engine, world):
    head = STUB + "<script>_df.ready(function () { window.id = _df.getAnonymousId() })</script>"
    engine.open(world.page(world.script(), head=head))
    assert engine.evaluate("window.id") == engine.evaluate("_df.getAnonymousId()")
