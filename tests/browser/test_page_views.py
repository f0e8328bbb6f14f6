"""The views of pages that are recorded by themselves: each once, with its own title and referrer."""

import pytest

from .world import eventually


def urls(world):
    return [event["context"]["page"]["url"].partition(str(world.port))[2] for event in world.events]


def go(engine, *steps):
    for step in steps:
        engine.evaluate(f"[{step}].length")


def test_a_page_is_recorded_when_it_is_loaded(engine, world):
    world.page(body='<a id="in" href="/">In</a>', path="/from")
    world.page(world.script())
    engine.open(world.url("/from"))
    engine.click("#in")
    (view,) = world.wait_for("page")
    assert view["context"]["page"] == {"url": world.url("/"), "referrer": world.url("/from"), "title": "A page"}


def test_each_navigation_within_the_page_is_recorded_once(engine, world):
    engine.open(world.page(world.script()))
    go(
        engine,
        "history.pushState({}, '', '/a')",
        "history.replaceState({}, '', '/b?x=1')",
        "history.pushState({}, '', '/c')",
    )
    engine.evaluate("new Promise((done) => { addEventListener('popstate', done, {once: true}); history.back(); })")
    world.wait_for("page", "page", "page", "page", "page")
    assert urls(world) == ["/", "/a", "/b?x=1", "/c", "/b?x=1"]


@pytest.mark.parametrize(
    "navigation",
    [
        pytest.param("<script>delete window.navigation</script>", id="a browser without the Navigation API"),
        pytest.param("<script>delete window.navigation</script><nav id=navigation></nav>", id="an element of the name"),
        pytest.param("<script>var navigation = {addEventListener() {}}</script>", id="a variable of the name"),
    ],
)
def test_without_the_navigation_api_each_navigation_is_recorded_once_too(engine, world, navigation):
    engine.open(world.page(world.script(page_views="hash"), head=navigation))
    go(engine, "history.pushState({}, '', '/a')", "history.replaceState({}, '', '/b')", "location.hash = 'c'")
    engine.evaluate("new Promise((done) => { addEventListener('popstate', done, {once: true}); history.back(); })")
    world.wait_for("page", "page", "page", "page", "page")
    assert urls(world) == ["/", "/a", "/b", "/b#c", "/b"]


def test_the_same_address_again_and_its_parts_are_no_other_view(engine, world):
    engine.open(world.page(world.script()))
    go(
        engine,
        "history.pushState({}, '', '/')",
        "history.replaceState({step: 1}, '')",
        "history.pushState({}, '', '#part')",
        "location.hash = 'other'",
        "_df.track('Last')",
    )
    world.wait_for("page", "Last")


def test_the_hash_counts_when_asked(engine, world):
    engine.open(world.page(world.script(page_views="hash")))
    go(engine, "history.pushState({}, '', '#a')")
    engine.evaluate("new Promise((done) => { addEventListener('hashchange', done); location.hash = '#b'; })")
    world.wait_for("page", "page", "page")
    assert urls(world) == ["/", "/#a", "/#b"]


def test_a_view_has_the_title_that_it_gets_a_moment_later(engine, world):
    engine.open(world.page(world.script()))
    go(engine, "history.pushState({}, '', '/a'), setTimeout(() => document.title = 'Title of a')")
    _, view = world.wait_for("page", "page")
    assert view["context"]["page"] == {"url": world.url("/a"), "title": "Title of a", "referrer": world.url("/")}


BY_HAND = """<script>
const late = [], set = setTimeout, clear = clearTimeout;
setTimeout = (fn, milliseconds) => (milliseconds == 50 ? "late" + late.push(fn) : set(fn, milliseconds));
clearTimeout = (id) => (("" + id).startsWith("late") ? (late[id.slice(4) - 1] = () => {}) : clear(id));
</script>"""  # pauses for a title end when the test says so


def test_a_view_soon_after_another_has_its_own_title(engine, world):
    engine.open(world.page(world.script(), head=BY_HAND))
    go(engine, "history.pushState({}, '', '/a'), history.pushState({}, '', '/b'), late[0]()")
    go(engine, "document.title = 'Title of b', late[1]()")
    view = world.wait_for("page", "page", "page")[2]
    assert view["context"]["page"] == {"url": world.url("/b"), "title": "Title of b", "referrer": world.url("/a")}


def test_two_navigations_at_once_are_two_views(engine, world):
    engine.open(world.page(world.script()))
    go(engine, "history.pushState({}, '', '/a'), history.pushState({}, '', '/b')")
    world.wait_for("page", "page", "page")
    assert urls(world) == ["/", "/a", "/b"]


def test_a_navigation_just_before_leaving_is_recorded(engine, world):
    world.page(path="/next")
    link = """<a id="next" href="/next" onclick="history.pushState({}, '', '/a')">Next</a>"""
    engine.open(world.page(world.script(), body=link))
    world.wait_for("page")
    engine.click("#next")
    world.wait_for("page", "page")
    assert urls(world) == ["/", "/a"]


@pytest.mark.parametrize(
    ("page_views", "names"),
    [
        pytest.param("load", ["page", "Last"], id="load: only when loaded"),
        pytest.param("manual", ["Last"], id="manual: none"),
    ],
)
def test_fewer_views_when_asked(engine, world, page_views, names):
    engine.open(world.page(world.script(page_views=page_views)))
    go(engine, "history.pushState({}, '', '/a')", "_df.track('Last')")
    world.wait_for(*names)


def test_the_history_does_what_it_did(engine, world):
    engine.open(world.page(world.script()))
    engine.evaluate("window._df")
    assert engine.evaluate("history.pushState({a: 1}, '', '/a') === undefined") is True
    assert engine.evaluate("history.state") == {"a": 1}
    foreign = "(() => { try { history.pushState({}, '', 'https://example.com/') } catch (e) { return e.name } })()"
    assert engine.evaluate(foreign) == "SecurityError"


def test_a_page_that_the_browser_brings_back_is_another_view(engine, world):
    engine.open(world.page(world.script()))
    world.wait_for("page")
    engine.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    world.wait_for("page", "page")


def test_a_page_rendered_in_advance_counts_when_it_is_shown(engine, world):
    advance = "Object.defineProperty(document, 'prerendering', {get: () => !window.shown})"
    engine.open(world.page(world.script(), head=f"<script>{advance}</script>"))
    engine.evaluate("_df.track('Before')")
    world.wait_for("Before")
    engine.evaluate("[window.shown = true, document.dispatchEvent(new Event('prerenderingchange'))].length")
    eventually(lambda: world.names() == ["Before", "page"])
