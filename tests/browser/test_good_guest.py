"""A good guest: the page goes on as if nothing were there, whatever it or the browser is like."""

import pytest

EVERYTHING = {
    "vendor_syncs": {name: {} for name in ("ga4", "meta", "google_ads", "tiktok", "pinterest", "snapchat")},
    "consent_config": {"mode": "opt_out", "sources": [{"type": "tcf"}, {"type": "onetrust"}]},
    "identity": {"cross_domain_enabled": True, "cross_domain_domains": ["other.localhost"]},
    "challenge_token_required": True,
}
WATCH = """<script>
thrown = [];
addEventListener("error", (event) => thrown.push(event.message));
addEventListener("unhandledrejection", (event) => thrown.push(String(event.reason)));
document.addEventListener("securitypolicyviolation", (event) => thrown.push("CSP " + event.violatedDirective));
</script>"""


@pytest.mark.parametrize("config", [{}, EVERYTHING], ids=["base", "everything"])
def test_the_page_gets_exactly_one_global_and_nothing_is_thrown(engine, world, config):
    engine.open(world.page(head=WATCH, path="/without"))
    names = "Object.getOwnPropertyNames(window)"
    without = engine.evaluate(names)
    engine.open(world.page(world.script(**config), head=WATCH))
    world.wait_for("page")
    assert set(engine.evaluate(names)) - set(without) == {"_df"}
    assert engine.evaluate("thrown") == []


PROTOTYPES = """["Object", "Array", "String", "Function", "Promise", "Event", "Node", "Element", "History", "Storage",
"XMLHttpRequest", "Navigator", "Document", "Date", "URL"].map((name) => {
  const prototype = window[name].prototype;
  return Object.getOwnPropertyNames(prototype).map((key) => {
    const described = Object.getOwnPropertyDescriptor(prototype, key);
    return name + key + (described.value || described.get || "");
  });
}).join()"""


def test_no_prototype_is_changed(engine, world):
    engine.open(world.page(path="/without"))
    without = engine.evaluate(PROTOTYPES)
    engine.open(world.page(world.script(**EVERYTHING)))
    assert engine.evaluate("!!_df")
    assert engine.evaluate(PROTOTYPES) == without


def test_a_strict_content_security_policy_is_enough(engine, world):
    collector = world.url("", "data.localhost")
    policy = f"default-src 'none'; script-src {collector} 'nonce-abc'; connect-src {collector}; base-uri 'none'"
    head = WATCH.replace("<script>", '<script nonce="abc">')
    engine.open(world.page(world.script(**EVERYTHING), head=head, headers={"Content-Security-Policy": policy}))
    world.wait_for("page")
    assert [problem for problem in engine.evaluate("thrown") if "img-src" not in problem] == []


def test_nobody_but_the_endpoint_is_asked(engine, world):
    engine.open(world.page(world.script(**EVERYTHING)))
    world.wait_for("page")
    asked = engine.evaluate("performance.getEntriesByType('resource').map((entry) => new URL(entry.name).host)")
    assert set(asked) <= {f"data.localhost:{world.port}", f"shop.localhost:{world.port}"}


def test_an_address_cannot_reach_a_prototype(engine, world):
    world.page(world.script(**EVERYTHING), head=WATCH)
    query = "?__proto__[x]=y&__proto__.x=y&constructor[prototype][x]=y&gclid=__proto__&_dfl=__proto__.1.1"
    engine.open(world.url(f"/{query}"))
    world.wait_for("page")
    assert engine.evaluate("({}).x === undefined && thrown.length == 0")


@pytest.mark.parametrize("config", [{}, EVERYTHING], ids=["base", "everything"])
def test_a_frame_without_cookies_and_storage_sends_all_the_same(engine, world, config):
    world.page(world.script(**config), head=WATCH + "<script>addEventListener('message', () => {})</script>")
    frame = f'<iframe sandbox="allow-scripts" src="{world.url("/")}"></iframe>'
    engine.open(world.page(body=frame, path="/outside"))
    (view,) = world.wait_for("page")
    assert len(view["anonymousId"]) == 36


def test_a_page_that_breaks_storage_and_cookies_keeps_working(engine, world):
    broken = """<script>
    Object.defineProperty(window, "localStorage", {get() { throw new DOMException("no", "SecurityError") }});
    Object.defineProperty(document, "cookie", {get() { throw 1 }, set() { throw 1 }});
    </script>"""
    world.answer(503)
    engine.open(world.page(world.script(**EVERYTHING), head=WATCH + broken))
    world.wait_for("page")
    assert engine.evaluate("thrown") == []


def test_a_page_without_tls_has_ids_too(engine, world):
    engine.open(
        world.page(
            world.script(), head="<script>Object.defineProperty(crypto, 'randomUUID', {value: undefined})</script>"
        )
    )
    (view,) = world.wait_for("page")
    assert len(view["messageId"]) == 36


def a_first_event(engine, world, tag):
    """The least that every build must do."""
    engine.open(world.page(tag))
    engine.evaluate("_df.track('Bought', {price: 5})")
    _, bought = world.wait_for("page", "Bought")
    assert bought["properties"] == {"price": 5}


@pytest.mark.parametrize(
    ("whole", "broken"),
    [
        pytest.param('"batch"', '"botch"', id="the path"),
        pytest.param("properties", "property", id="the properties"),
        pytest.param("writeKey", "writeKye(", id="the syntax"),
    ],
)
def test_a_broken_build_does_not_pass(engine, world, whole, broken, monkeypatch):
    monkeypatch.setattr("tests.browser.world.SECONDS", 2)
    a_first_event(engine, world, world.script())
    world.received.clear()
    text = world.files["/d.js"][0]
    assert whole in text
    with pytest.raises(Exception, match=r"came|_df|properties|price"):
        a_first_event(engine, world, world.serve_script(text.replace(whole, broken)))


def test_a_file_that_is_put_into_a_page_works_as_well(engine, world):
    world.script(url=world.url("", "data.localhost"))
    engine.open(world.page(f"<script>{world.files['/d.js'][0]}</script>"))
    world.wait_for("page")
