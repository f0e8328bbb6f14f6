"""Every engine does what tests ask of it, in the same way."""

import pytest

from .world import eventually

BODY = """<div style="height: 3000px">Above</div>
<button onclick="trusted = event.isTrusted">Press</button>
<p><a href="/next">Next</a></p>
<script>addEventListener("pagehide", () => navigator.sendBeacon("/beacon", JSON.stringify({left: location.pathname})))
</script>"""


@pytest.fixture
def address(world):
    """Where the page is; another one, like it, is at /next."""
    world.page(body=BODY, path="/next")
    return world.page(body=BODY, path="/page")


def beacons(world):
    """What pages sent when they were left."""
    return [sent.body for sent in world.received if sent.path == "/beacon"]


def test_it_opens_a_page(engine, address):
    engine.open(address)
    assert engine.evaluate("document.title") == "A page"
    assert engine.evaluate("document.readyState") == "complete"
    assert engine.evaluate("location.href") == address


@pytest.mark.parametrize(
    ("script", "value"),
    [
        ("({a: [1, 'two', null, true]})", {"a": [1, "two", None, True]}),
        ("Promise.resolve('later')", "later"),
        ("new Promise(kept => setTimeout(kept, 50, 'later still'))", "later still"),
        ("undefined", None),
    ],
)
def test_it_gives_the_value_of_an_expression(engine, address, script, value):
    engine.open(address)
    assert engine.evaluate(script) == value


@pytest.mark.parametrize("script", ["nothing.at.all", "Promise.reject(new Error('nothing'))"])
def test_it_raises_what_an_expression_throws(engine, address, script):
    engine.open(address)
    with pytest.raises(Exception, match="nothing"):
        engine.evaluate(script)


def test_its_click_is_a_persons(engine, address):
    engine.open(address)
    engine.click("button")
    assert engine.evaluate("trusted") is True


def test_a_fresh_page_has_nothing_stored(engine, world, address):
    stored = "[document.cookie, localStorage.getItem('kept'), sessionStorage.getItem('kept')]"
    engine.open(address)
    engine.evaluate("document.cookie = 'kept=1; max-age=3600', localStorage.kept = sessionStorage.kept = '1'")
    engine.open(world.url("/next"))
    assert engine.evaluate(stored) == ["kept=1", "1", "1"]
    engine.fresh()
    engine.open(address)
    assert engine.evaluate(stored) == ["", None, None]


def test_what_a_page_sends_when_it_is_left_arrives(engine, world, address):
    engine.open(address)
    engine.open(world.url("/next"))
    assert eventually(lambda: beacons(world)) == [{"left": "/page"}]


def test_what_a_page_sends_when_a_link_is_followed_arrives(engine, world, address):
    engine.open(address)
    engine.click("a")
    assert eventually(lambda: beacons(world)) == [{"left": "/page"}]
    eventually(lambda: engine.evaluate("location.pathname") == "/next")
