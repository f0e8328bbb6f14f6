"""The visitor's way to another domain: the id goes along once, to listed hosts alone."""

import contextlib

import pytest

from .world import eventually

HOSTS = {"cross_domain_enabled": True, "cross_domain_domains": ["other.localhost", "*.partner.localhost"]}


@pytest.fixture
def linked(world):
    """Pages of all hosts with a collector that links them."""

    def make(body="", **config):
        return world.page(world.script(identity=HOSTS, **config), body=body)

    return make


def arrived(engine, host):
    """Wait until the page of another host is there with its collector; on the way there is no page to ask."""

    def is_there():
        with contextlib.suppress(Exception):
            return engine.evaluate(f"location.hostname == '{host}' && !!window._df")

    eventually(is_there)


def decorated(world, engine, host="other.localhost"):
    return engine.evaluate(f"_df.linkTo('{world.url('/', host)}')")


@pytest.mark.parametrize("host", ["other.localhost", "eu.partner.localhost"])
def test_a_link_to_a_listed_host_takes_the_id_along(engine, world, linked, host):
    address = linked(f'<a id="out" href="{world.url("/?a=b%20c&d#part", host)}">Out</a>')
    engine.open(address)
    before = engine.evaluate("_df.getAnonymousId()")
    engine.click("#out")
    arrived(engine, host)
    assert engine.evaluate("_df.getAnonymousId()") == before
    assert engine.evaluate("location.href") == world.url("/?a=b%20c&d#part", host)
    engine.open(world.url("/", host))
    assert engine.evaluate("_df.getAnonymousId()") == before


def test_the_view_after_the_way_is_one_and_has_the_clean_address(engine, world, linked):
    engine.open(linked(f'<a id="out" href="{world.url("/", "other.localhost")}">Out</a>'))
    world.wait_for("page")
    engine.click("#out")
    first, second = world.wait_for("page", "page")
    assert second["context"]["page"]["url"] == world.url("/", "other.localhost")
    assert first["anonymousId"] == second["anonymousId"]


@pytest.mark.parametrize("host", ["evil.localhost", "partner.localhost", "otherxlocalhost.localhost", "shop.localhost"])
def test_no_other_host_gets_it(engine, world, linked, host):
    engine.open(linked(f'<a id="out" href="{world.url("/", host)}">Out</a>'))
    address = world.url("/", host)
    assert engine.evaluate(f"_df.linkTo('{address}')") == address
    listen = "addEventListener('click', (e) => { window.seen = e.target.href; e.preventDefault(); })"
    engine.evaluate(f"[{listen}].length")
    engine.click("#out")
    assert engine.evaluate("seen") == address


def test_after_the_click_the_link_is_as_it_was(engine, world, linked):
    engine.open(linked(f'<a id="out" href="{world.url("/", "other.localhost")}">Out</a>'))
    listen = "addEventListener('click', (e) => { window.seen = e.target.href; e.preventDefault(); })"
    engine.evaluate(f"[{listen}].length")
    engine.click("#out")
    assert "_dfl=" in engine.evaluate("seen")
    href = engine.evaluate("new Promise((done) => setTimeout(() => done(document.getElementById('out').href), 20))")
    assert href == world.url("/", "other.localhost")


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_form_to_a_listed_host_takes_the_id_along(engine, world, linked, method):
    target = world.url("/" if method == "get" else "/form", "other.localhost")
    form = f'<form method="{method}" action="{target}"><input name="q" value="ä b"><button id="go">Go</button></form>'
    engine.open(linked(form))
    before = engine.evaluate("_df.getAnonymousId()")
    engine.click("#go")
    arrived(engine, "other.localhost")
    assert engine.evaluate("_df.getAnonymousId()") == before
    assert engine.evaluate("location.search") == ("?q=%C3%A4+b" if method == "get" else "")


def submission(engine):
    """What a form of this page is sent with: the address, and the field that takes the id along."""
    listen = """addEventListener('submit', (event) => {
      const by = event.submitter.hasAttribute('formaction') ? event.submitter.formAction : event.target.action;
      window.seen = [by, new FormData(event.target).get('_dfl')];
      event.preventDefault();
    })"""
    engine.evaluate(f"[{listen}].length")
    engine.click("#go")
    return engine.evaluate("seen")


@pytest.mark.parametrize("method", ["get", "post"])
def test_the_address_of_a_button_goes_before_that_of_its_form(engine, world, linked, method):
    listed, other = world.url("/", "other.localhost"), world.url("/", "evil.localhost")
    form = '<form method="{}" action="{}"><button id="go" formaction="{}">Go</button></form>'
    engine.open(linked(form.format(method, listed, other)))
    assert submission(engine) == [other, None]
    engine.open(linked(form.format(method, other, listed)))
    address, field = submission(engine)
    assert "_dfl=" in address
    assert (field is not None) == (method == "get")


def test_a_form_that_is_only_read_gets_no_field(engine, world, linked):
    engine.open(linked(f'<form action="{world.url("/", "other.localhost")}"><input name="q"></form>'))
    assert engine.evaluate("[...new FormData(document.forms[0]).keys()]") == ["q"]


@pytest.mark.parametrize("name", ["action", "method"])
def test_a_field_may_have_the_name_of_a_part_of_its_form(engine, world, linked, name):
    target = world.url("/", "other.localhost")
    engine.open(linked(f'<form action="{target}"><input name="{name}" value="x"><button id="go">Go</button></form>'))
    before = engine.evaluate("_df.getAnonymousId()")
    engine.click("#go")
    arrived(engine, "other.localhost")
    assert engine.evaluate("_df.getAnonymousId()") == before
    assert engine.evaluate("location.search") == f"?{name}=x"


def test_a_page_that_is_left_alone_keeps_its_address(engine, world, linked):
    engine.open(linked())
    address = decorated(world, engine)
    world.page(world.script(identity=HOSTS), head="<script>_df = 'mine'</script>")
    engine.open(address)
    assert engine.evaluate("[location.href, _df]") == [address, "mine"]


def test_a_page_whose_address_cannot_be_cleaned_goes_on(engine, world, linked):
    engine.open(linked())
    address = decorated(world, engine)
    world.page(world.script(identity=HOSTS), head="<script>history.replaceState = () => { throw 1 }</script>")
    engine.open(address)
    world.wait_for("page", "page")


@pytest.mark.parametrize(
    "change",
    [
        pytest.param("(url) => url.replace('other.localhost', 'eu.partner.localhost')", id="for another host"),
        pytest.param("(url) => url.replace(/_dfl=./, '_dfl=' + (/_dfl=0/.test(url) ? 1 : 0))", id="with another id"),
        pytest.param("(url) => url.replace(/\\.[^.]*$/, '.0')", id="with another checksum"),
        pytest.param("(url) => url.replace(/_dfl=.*/, '_dfl=')", id="empty"),
        pytest.param("(url) => url.replace(/_dfl=.*/, '_dfl=%00.%3Cb%3E.1')", id="nonsense"),
    ],
)
def test_a_token_that_is_not_right_is_not_taken(engine, world, linked, change):
    engine.open(linked())
    before = engine.evaluate("_df.getAnonymousId()")
    engine.open(engine.evaluate(f"({change})(_df.linkTo('{world.url('/', 'other.localhost')}'))"))
    assert engine.evaluate("_df.getAnonymousId()") != before


def test_a_token_is_not_taken_after_two_minutes(engine, world):
    world.page(
        world.script(identity=HOSTS),
        head="<script>if (/late/.test(location.search)) { const now = Date.now();"
        " Date.now = () => now + 121e3 }</script>",
    )
    engine.open(world.url("/"))
    before = engine.evaluate("_df.getAnonymousId()")
    engine.open(engine.evaluate(f"_df.linkTo('{world.url('/?late', 'other.localhost')}')"))
    assert engine.evaluate("_df.getAnonymousId()") != before
    assert "_dfl" not in engine.evaluate("location.href")


def test_without_consent_no_id_leaves(engine, world, linked):
    engine.open(linked(consent_config={"mode": "opt_in"}))
    assert "_dfl" not in decorated(world, engine)
    engine.evaluate("_df.consent({analytics: true})")
    assert "_dfl" in decorated(world, engine)


def test_an_address_that_is_no_link_stays(engine, world, linked):
    engine.open(linked())
    for address in ("/local", "mailto:a@other.localhost", "javascript:void 0", "#part", "http://["):
        assert engine.evaluate(f"_df.linkTo('{address}')") == address


def test_an_address_that_is_decorated_again_has_the_newer_token_alone(engine, world, linked):
    engine.open(linked())
    twice = engine.evaluate(f"_df.linkTo('{world.url('/?_dfl=old&a=b', 'other.localhost')}')")
    assert twice.count("_dfl=") == 1
    assert "?a=b&_dfl=" in twice
