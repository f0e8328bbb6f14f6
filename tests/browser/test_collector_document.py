"""docs/collector.md is true: its configurations build, its pages send what they say, its tables are those of the code.

In the document a comment before a block says what it is. `<!-- page -->`: it is run in a page; a line `→ {…}` is an
event that arrives with at least these fields, a line `// = …` what the line before it gives.
"""

import itertools
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import msgspec
import pytest
from msgspec import UNSET

from chalicelib.api import validation
from chalicelib.collector import builder, consent
from chalicelib.collector.publishing import Place
from chalicelib.collector.vendors import VENDORS
from chalicelib.ingestion import event
from chalicelib.ingestion.vendor_ids import IDS
from chalicelib.pipelines import collector_config
from chalicelib.pipelines.schemas import PipelineUpdate

from ..collector.configurations import a_config
from .test_consent import asking, cookiebot, cookies, default, gtag, one_trust, tcf, update
from .world import eventually

DOCUMENT = (Path(__file__).parents[2] / "docs" / "collector.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"<!-- ([a-z]+)(?:: ([^\n]+))? -->\n```([a-z]*)\n(.*?)\n```", re.DOTALL)
HOSTS = {"data.example.com": "data.localhost", "events.example.com": "events.localhost"}
COOKIE_DAYS = 400  # the most that Chromium keeps one
KEY = "dk_pip_01jz3k8q4c2h9v7m5n0x"


def blocks(kind):
    """The blocks of a kind: what else its comment says, the language, the text."""
    found = [match.groups()[1:] for match in BLOCK.finditer(DOCUMENT) if match[1] == kind]
    assert found, kind
    return found


def table(name):
    """The cells of the table after a comment, without its head."""
    text = DOCUMENT.partition(f"<!-- {name} -->\n")[2].partition("\n\n")[0]
    assert text, name
    rows = [[cell.strip() for cell in row.strip("|").split("|")] for row in text.splitlines()]
    return rows[2:]


def spans(cell):
    """What stands as code in a cell."""
    return re.findall(r"`([^`]+)`", cell)


def written(cell):
    """A cell that is a JSON value as code, or UNSET when it says something else."""
    try:
        return json.loads(cell.strip("`"))
    except ValueError:
        return UNSET


# Configurations


def decoded(**fields):
    """The objects of a pipeline as they are stored when they are sent to the API."""
    update = validation.decode(PipelineUpdate, fields)
    return {name: msgspec.to_builtins(getattr(update, name)) for name in fields}


def script_of(js=None, identity=None):
    """The script of these configurations, as the API takes them."""
    stored = decoded(js_builder_config=js or {}, identity_config=identity or {})
    return builder.build(a_config(identity=stored["identity_config"], **stored["js_builder_config"]))


def recipes():
    return {name: json.loads(text) for name, _, text in blocks("recipe")}


@pytest.mark.parametrize(("field", "text"), [(field, text) for field, _, text in blocks("config")])
def test_a_configuration_is_accepted_and_builds(field, text):
    given = json.loads(text)
    script = script_of(identity=given) if field == "identity_config" else script_of({field: given})
    assert len(script.modules) > len(script_of().modules)


@pytest.mark.parametrize("name", recipes())
def test_a_recipe_is_accepted_and_builds(name):
    assert "consent" in script_of({"consent_config": recipes()[name]}).modules


STRUCTS = ("JsBuilderConfig", "IdentityConfig", "VendorSync", "ConsentConfig", "ConsentSource")
FIELDS = [(struct, *row) for struct in STRUCTS for row in table(f"fields: {struct}")]


@pytest.mark.parametrize("struct", STRUCTS)
def test_every_field_has_its_row(struct):
    fields = [field.encode_name for field in msgspec.structs.fields(getattr(collector_config, struct))]
    assert [spans(row[0]) for row in table(f"fields: {struct}")] == [[field] for field in fields]


@pytest.mark.parametrize(("struct", "name", "values", "default"), [row[:4] for row in FIELDS])
def test_a_field_has_the_documented_values_and_default(struct, name, values, default):
    (field,) = (f for f in msgspec.structs.fields(getattr(collector_config, struct)) if f"`{f.encode_name}`" == name)
    kind, _ = validation.without_extras(field.type)
    choices = [True, False] if kind is bool else list(get_args(kind))
    if kind is bool or get_args(kind)[:1] in (("functional",), ("history",), ("download",), ("opt_in",), ("tcf",)):
        assert sorted(map(str, choices)) == sorted(str(json.loads(value)) for value in spans(values))
    if field.default is not msgspec.NODEFAULT and field.default is not UNSET:
        assert written(default) == field.default
    elif field.default_factory is not msgspec.NODEFAULT:
        assert written(default) == msgspec.to_builtins(field.default_factory())
    if field.default is UNSET and written(default) is not UNSET:
        assert built_with(struct) == built_with(struct, **{field.encode_name: written(default)})


def built_with(struct, **given):
    """A script in whose configuration one object of this type has these fields beside what it must have."""
    if struct == "VendorSync":
        return script_of({"vendor_syncs": {"ga4": given}}).content
    source = {"type": "google_consent_mode"}
    if struct == "ConsentSource":
        return script_of({"consent_config": {"sources": [source | given]}}).content
    assert struct == "ConsentConfig"
    return script_of({"consent_config": {"required_category": "analytics"} | given}).content


def test_the_codes_are_those_of_the_code():
    kinds = ("tcf", "google_consent_mode", "onetrust", "cookiebot")
    rows = {spans(category)[0]: [spans(cell) for cell in cells] for category, *cells in table("codes")}
    assert {kind: {category: cells[place] for category, cells in rows.items()} for place, kind in enumerate(kinds)} == (
        consent.CODES
    )


MADE = {"$s": "<seconds>", "$m": "<milliseconds>", "$n": "<10 digits>", "$u": "<UUID>"}


def pattern_of(cookie):
    """The format of a cookie as the document writes it."""
    text = cookie.pattern
    for letter, words in MADE.items():
        text = text.replace(letter, words)
    return text + ("<click id>" if cookie.parameter else "")


def test_the_vendors_are_those_of_the_code():
    named = {cookie: name for name, cookie, _ in IDS}
    rows = [
        [vendor, ours.category, c.name, pattern_of(c), str(c.days), c.parameter or "", named[c.name]]
        for vendor, ours in VENDORS.items()
        for c in ours.cookies
    ]
    documented = [[(spans(cell) or [cell])[0] for cell in row] for row in table("vendors")]
    assert sorted(documented) == sorted(rows)


# What is stored on the device

DEVICE = {spans(row[0])[0]: row[1:] for row in table("device")}
OWN = {"_dfa", "_dfid", "_dfd", "_dfs", "_dfq_<pipeline key>", "_dfl"}
COOKIES = sorted(name for name, (where, *_) in DEVICE.items() if where == "cookie")


def test_the_device_table_has_every_name_and_lifetime_of_a_vendor():
    days = {cookie.name: cookie.days for vendor in VENDORS.values() for cookie in vendor.cookies}
    assert set(DEVICE) == set(days) | OWN
    assert {name: DEVICE[name][2] for name in days} == {name: f"{count} days" for name, count in days.items()}
    vendors = {cookie.name: vendor for vendor, each in VENDORS.items() for cookie in each.cookies}
    assert {name: DEVICE[name][3] for name in days} == {name: f"of `{vendor}`" for name, vendor in vendors.items()}


def seconds_of(lifetime):
    """How long a documented lifetime is, for a cookie in this browser."""
    number, unit = re.match(r"(\d+) (days|minutes)", lifetime).groups()
    return min(int(number) * {"days": 86400, "minutes": 60}[unit], COOKIE_DAYS * 86400)


@pytest.fixture
def stored(page, world):
    """The cookies that a page with everything leaves behind, by their name, and the keys of its local storage."""
    world.page(world.script(vendor_syncs={vendor: {} for vendor in VENDORS}))
    world.answer(503, Retry_After="60")
    clicks = [cookie.parameter for vendor in VENDORS.values() for cookie in vendor.cookies if cookie.parameter]
    page.goto(world.url("/?" + "&".join(f"{parameter}=abc" for parameter in clicks)))
    keys = eventually(lambda: page.evaluate("Object.keys(localStorage)"))
    return {cookie["name"]: cookie for cookie in page.context.cookies()}, keys


def test_nothing_is_stored_that_is_not_documented(stored):
    cookies, keys = stored
    assert sorted(cookies) == COOKIES
    assert keys == [
        name.replace("<pipeline key>", KEY) for name, (where, *_) in DEVICE.items() if where == "local storage"
    ]
    assert {(cookie["path"], cookie["sameSite"], cookie["secure"]) for cookie in cookies.values()} == {
        ("/", "Lax", False)  # this page is not on https
    }


@pytest.mark.parametrize("name", COOKIES)
def test_what_is_stored_lives_as_long_as_documented(stored, name):
    left = stored[0][name]["expires"] - datetime.now(UTC).timestamp()
    assert left == pytest.approx(seconds_of(DEVICE[name][2]), abs=60)


# Pages


def expected(text):
    """The events that a block says arrive."""
    found = [json.loads(line) for line in re.findall(r"→ (\{.*\})", text)]
    assert found or "\n// = " in text, text
    return found


def matches(documented, actual):
    """Whether something is as documented: an object with at least these fields, `…` for any text."""
    if isinstance(documented, dict) and isinstance(actual, dict):
        return all(name in actual and matches(value, actual[name]) for name, value in documented.items())
    if isinstance(documented, str) and isinstance(actual, str):
        return bool(re.fullmatch(".+".join(map(re.escape, documented.split("…"))), actual))
    return documented == actual


def all_arrived(page, world, documented):
    """All that is sent until the page has been left is what is documented, in this order."""
    eventually(lambda: len(world.events) >= len(documented), lambda: f"only {world.events} came")
    page.goto(world.page(path="/end"))
    page.evaluate("fetch('/end').then(() => 1)")
    assert len(world.events) == len(documented), world.names()
    for wanted, event_ in zip(documented, world.events, strict=True):
        assert matches(wanted, event_), f"{wanted} is not in {event_}"


HTML = [text for _, language, text in blocks("page") if language == "html"]
JS = [(config, text) for config, language, text in blocks("page") if language == "js"]


@pytest.mark.parametrize("text", HTML)
def test_a_page_sends_what_it_says(page, world, text):
    world.script()
    content, kind, _ = world.files["/d.js"]
    world.files["/d.js"] = (content, kind, {"Access-Control-Allow-Origin": "*"})
    integrity = builder.Script(content.encode(), ()).integrity
    head = re.sub(r"https://data\.example\.com/dk_[^\"]*/d\.js", world.url("/d.js", "data.localhost"), text)
    head = re.sub(r"sha384-[A-Za-z0-9+/]{64}", integrity, head)
    for documented, host in HOSTS.items():
        head = head.replace(f"https://{documented}", world.url("", host))
    page.goto(world.page(head=head))
    name = re.search(r'data-global="(\w+)"', text)
    assert page.evaluate(f"typeof {name[1] if name else '_df'}.track") == "function"
    all_arrived(page, world, expected(text))
    host = "events.localhost" if "data-endpoint" in text else "data.localhost"
    assert {batch.headers["Host"] for batch in world.batches} == {f"{host}:{world.port}"}


@pytest.mark.parametrize(("config", "text"), JS)
def test_a_call_does_what_it_says(page, world, config, text):
    page.goto(world.page(world.script(**{"page_views": "manual"} | json.loads(config or "{}"))))
    statement, gives, value = text.partition("\n// = ")
    answer = page.evaluate(statement if gives else f"() => {{ {text}\n }}")
    if gives:
        assert matches(json.loads(value), answer), answer
    all_arrived(page, world, expected(text))


def test_the_tags_are_those_of_the_code():
    place = Place(KEY, "d.js", "cbe7af7b", "cdn")
    pinned = next(text for text in HTML if "integrity" in text).partition("\n<!--")[0]
    (integrity,) = re.findall(r'integrity="([^"]+)"', pinned)
    assert place.script_tag in DOCUMENT
    assert re.sub(r"\s+", " ", pinned) == place.pinned_script_tag(integrity)


def test_every_method_is_described(page, world):
    page.goto(world.page(world.script()))
    methods = page.evaluate("Object.keys(_df)")
    headings = re.findall(r"^### ([a-z]\w*)$", DOCUMENT, re.MULTILINE)
    assert sorted(headings) == sorted(methods)
    for method in methods:
        assert f"\n`{method}(" in DOCUMENT, method


def shape(value):
    """The names in an object, at any depth."""
    return {name: shape(inner) for name, inner in value.items()} if isinstance(value, dict) else ...


def test_the_event_that_arrives_looks_as_documented(page, world):
    config = {"vendor_syncs": {"ga4": {}, "meta": {}}, "consent_config": {"mode": "opt_in"}}
    world.page(path="/from", body='<a id="in" href="/">In</a>')
    world.page(world.script(page_views="manual", **config))
    page.goto(world.url("/from"))
    page.click("#in")
    page.wait_for_function("window._df")
    page.evaluate(
        "[_df.consent({analytics: true, marketing: true}), _df.identify('u-4711'),"
        " _df.track('Order completed', {order: 'A-1001', total: 49.9})].length"
    )
    _, sent = world.wait_for("identify", "Order completed")
    (batch,) = world.batches
    arrived = event.normalise(sent["type"], sent, datetime.now(UTC), batch.body["sentAt"])
    ((_, _, text),) = blocks("event")
    documented = json.loads(text)
    assert shape(arrived) == shape(documented)
    assert arrived["context"]["consent"] == documented["context"]["consent"]
    assert [arrived[name] for name in ("type", "event", "properties", "userId")] == (
        [documented[name] for name in ("type", "event", "properties", "userId")]
    )
    for name, value in documented["context"]["vendor_ids"].items():
        assert re.sub(r"\d", "0", arrived["context"]["vendor_ids"][name]) == re.sub(r"\d", "0", value), name


def test_the_content_security_policy_is_enough(page, world):
    ((_, _, policy),) = blocks("csp")
    collector = world.url("", "data.localhost")
    policy = "default-src 'none'; require-trusted-types-for 'script'; " + policy.replace(
        "https://data.example.com", collector
    )
    violations = []
    page.on("console", lambda message: violations.append(message.text) if message.type == "error" else None)
    icon = '<link rel="icon" href="data:,">'
    config = {"vendor_syncs": {vendor: {} for vendor in VENDORS}, "challenge_token_required": True}
    page.goto(world.page(world.script(**config), head=icon, headers={"Content-Security-Policy": policy}))
    world.wait_for("page")
    assert [text for text in violations if "img-src" not in text and "icon" not in text] == []


# Recipes: what the platform of each says when it was granted, and what when it was not


def item(value):
    return f"<script>localStorage.klaro = {json.dumps(json.dumps(value))}</script>"


def list_(**answers):
    listed = {"consentid": "abc", "consent": "yes", "action": "yes", "necessary": "yes"} | answers
    return cookies(**{"cookieyes-consent": ",".join(f"{name}:{value}" for name, value in listed.items())})


def groups(text):
    """OneTrust's cookie with its groups in another order."""
    found = one_trust(C0002=1)
    listed = text.replace(":", "%3A").replace(",", "%2C")
    found["OptanonConsent"] = re.sub(r"(?<=groups=)[^&]*", listed, found["OptanonConsent"])
    return cookies(**found)


def telling(**answers):
    return f"<script>_df = [['consent', {json.dumps(answers)}]]</script>"


SIGNAL = "<script>Object.defineProperty(navigator, 'globalPrivacyControl', {value: true})</script>"
PURPOSES = {str(purpose): True for purpose in range(1, 12)}
GRANTED = {
    "tcf": [tcf(("tcloaded", PURPOSES))],
    "google_consent_mode": [gtag(default("denied"), update(analytics_storage="granted", ad_storage="denied"))],
    "onetrust": [
        cookies(**one_trust(C0002=1)),
        groups("C0002:1,C0001:1,C0004:0"),
        groups("C0004:0,C0003:1,C0002:1,C0001:1"),
    ],
    "cookiebot": [cookies(**cookiebot(statistics=True)), cookies(CookieConsent="-1")],
    "cookie with a list": [list_(analytics="yes", advertisement="no")],
    "storage with JSON": [item({"datafly": True, "meta": False})],
    "cookie for each category": [cookies(consent_statistics="allow", consent_marketing="deny")],
    "own banner": [telling(analytics=True, marketing=False)],
    "without GPC": [SIGNAL + telling(analytics=True, marketing=True)],
}
REFUSED = {
    "tcf": [tcf(("tcloaded", {"1": True})), tcf(("cmpuishown", PURPOSES))],
    "google_consent_mode": [gtag(default("denied")), gtag(default("denied"), update(analytics_storage="denied"))],
    "onetrust": [cookies(**one_trust(C0002=0)), groups("C0002:0,C0001:1,C0004:1")],
    "cookiebot": [cookies(**cookiebot(marketing=True)), cookies(CookieConsent="0")],
    "cookie with a list": [list_(analytics="no", advertisement="yes")],
    "storage with JSON": [item({"datafly": False, "meta": True})],
    "cookie for each category": [cookies(consent_statistics="deny", consent_marketing="allow")],
    "own banner": [telling(analytics=False, marketing=True)],
    "without GPC": [SIGNAL + telling(analytics=False)],
}


def cases(by_recipe):
    return list(itertools.chain.from_iterable([(name, head) for head in heads] for name, heads in by_recipe.items()))


def test_every_recipe_is_tried():
    assert set(recipes()) == set(GRANTED) == set(REFUSED)


@pytest.mark.parametrize(("name", "head"), cases(GRANTED))
def test_with_a_recipe_what_was_granted_arrives(page, world, name, head):
    page.goto(world.page(world.script(consent_config=recipes()[name]), head=head))
    (view,) = world.wait_for("page")
    assert view["context"]["consent"]["analytics"] is True
    assert "_dfa=" in page.evaluate("document.cookie")


@pytest.mark.parametrize(("name", "head"), cases({name: ["", *heads] for name, heads in REFUSED.items()}))
def test_with_a_recipe_what_was_not_granted_never_arrives(page, world, name, head):
    page.goto(world.page(world.script(consent_config=recipes()[name]), head=head))
    page.evaluate("_df.flush()")
    assert "_df" not in page.evaluate("document.cookie")
    page.goto(world.page(path="/end"))
    page.evaluate("fetch('/end').then(() => 1)")
    assert world.batches == []


def test_only_without_gpc_marketing_is_granted_in_spite_of_it(page, world):
    head = SIGNAL + telling(analytics=True, marketing=True)
    page.goto(world.page(world.script(consent_config=recipes()["without GPC"]), head=head))
    assert page.evaluate("_df.consent().marketing") is True
    page.goto(world.page(asking(world), head=head))
    assert page.evaluate("_df.consent().marketing") is False


TEXTS = DOCUMENT.partition("| text | codes in it |\n|---|---|\n")[2].partition("\n\n")[0].splitlines()


@pytest.mark.parametrize("row", TEXTS)
def test_a_text_has_the_documented_codes(page, world, row):
    text, *found = spans(row)
    others = ["yes", "stat", "true", "ads:true", "full=ads=1"]
    codes = dict(
        zip(("functional", "analytics", "marketing", "personalization"), ([code] for code in found), strict=False)
    )
    source = {"type": "storage", "name": "own", "categories": codes}
    head = f"<script>localStorage.own = {json.dumps(text)}</script>"
    page.goto(world.page(asking(world, source), head=head))
    assert {name for name, granted in page.evaluate("_df.consent()").items() if granted} == {"essential", *codes}
    page.goto(world.page(asking(world, source | {"categories": {"analytics": others}}), head=head))
    assert page.evaluate("_df.consent().analytics") is False
