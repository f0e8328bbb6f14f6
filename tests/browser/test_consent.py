"""Consent: nothing is sent or kept before it is given, and nothing after it is refused. The stubs speak as the consent
platforms document themselves: IAB Tech Lab, "CMP API v2"; Google, "Consent mode"; OneTrust, "OptanonConsent cookie";
Cookiebot, "The CookieConsent cookie"."""

import json
import re
from urllib.parse import quote

import pytest

from .world import eventually

EVERYTHING = {"essential": True, "functional": True, "analytics": True, "marketing": True, "personalization": True}
NOTHING = {name: name == "essential" for name in EVERYTHING}


def asking(world, *sources, vendor_syncs=None, **config):
    """A script that asks these sources."""
    consent_config = {"mode": "opt_in", "sources": list(sources)} | config
    return world.script(consent_config=consent_config, vendor_syncs=vendor_syncs or {})


def kept_on_the_device(engine):
    return engine.evaluate("[document.cookie, Object.keys(localStorage).join()]")


def nothing_arrives(engine, world):
    """Whatever was there to be sent has been by now: the page was left."""
    world.page(path="/end")
    engine.evaluate("_df.flush()")
    engine.open(world.url("/end"))
    engine.evaluate("fetch('/end').then(() => 1)")
    return world.batches == []


def test_events_wait_for_an_answer_and_keep_their_time(engine, world):
    engine.open(world.page(asking(world)))
    engine.evaluate("_df.track('Early')")
    seen = engine.evaluate("new Date().toISOString()")
    assert engine.evaluate("fetch('/').then(() => 1)") == 1
    assert (world.batches, kept_on_the_device(engine)) == ([], ["", ""])
    engine.evaluate("new Promise((done) => setTimeout(done, 20))")
    state = engine.evaluate("_df.consent({analytics: true, marketing: false})")
    assert state == NOTHING | {"analytics": True}
    view, early = world.wait_for("page", "Early")
    assert view["timestamp"] <= early["timestamp"] <= seen
    assert early["context"]["consent"] == state
    assert "_dfa=" in kept_on_the_device(engine)[0]


def test_what_was_refused_never_arrives_and_leaves_nothing(engine, world):
    engine.open(world.page(asking(world)))
    engine.evaluate("_df.on('dropped', (events) => window.dropped = (window.dropped || 0) + events.length)")
    engine.evaluate("_df.consent({analytics: false, marketing: true})")
    engine.evaluate("_df.track('Later')")
    eventually(lambda: engine.evaluate("window.dropped") == 2)
    assert kept_on_the_device(engine) == ["", ""]
    assert nothing_arrives(engine, world)


def test_what_nobody_answered_never_arrives(engine, world):
    engine.open(world.page(asking(world)))
    engine.evaluate("_df.track('Waiting')")
    assert nothing_arrives(engine, world)
    assert kept_on_the_device(engine) == ["", ""]


def test_a_consent_that_is_taken_back_takes_the_id_with_it(engine, world):
    engine.open(world.page(asking(world)))
    engine.evaluate("_df.consent({analytics: true})")
    (view,) = world.wait_for("page")
    engine.evaluate("[_df.consent({analytics: false}), _df.track('No')].length")
    eventually(lambda: kept_on_the_device(engine) == ["", ""])
    engine.evaluate("[_df.consent({analytics: true}), _df.track('Again')].length")
    _, again = world.wait_for("page", "Again")
    assert again["anonymousId"] != view["anonymousId"]


def test_a_consent_that_is_taken_back_takes_it_at_once(engine, world):
    engine.open(world.page(asking(world, vendor_syncs={"ga4": {"create_ids": False}}, mode="opt_out")))
    world.wait_for("page")
    assert re.findall("_df.", engine.evaluate("document.cookie")) == ["_dfa", "_dfs"]
    engine.evaluate("_df.consent({analytics: false})")
    assert kept_on_the_device(engine) == ["", ""]


def test_refused_events_may_go_without_any_id_that_is_kept(engine, world):
    engine.open(world.page(asking(world, on_refusal="cookieless")))
    engine.evaluate("[_df.identify('u1'), _df.consent({analytics: false}), _df.track('Bought')].length")
    view, bought = world.wait_for("page", "Bought")
    assert "userId" not in bought
    assert bought["context"]["consent"] == NOTHING
    assert kept_on_the_device(engine) == ["", ""]
    engine.open(world.url("/"))
    engine.evaluate("_df.consent({analytics: false})")
    eventually(lambda: len(world.events) == 3)
    assert world.events[2]["anonymousId"] != view["anonymousId"]


def test_with_opt_out_silence_is_consent(engine, world):
    engine.open(world.page(asking(world, mode="opt_out")))
    (view,) = world.wait_for("page")
    assert view["context"]["consent"] == EVERYTHING
    engine.evaluate("[_df.consent({analytics: false}), _df.track('No')].length")
    assert len(world.batches) == 1


STUB = "<script>_df = [['consent', {}]]</script>"


def test_an_answer_in_the_stub_comes_before_the_first_view(engine, world):
    engine.open(world.page(asking(world, mode="opt_out"), head=STUB.replace("{}", "{analytics: false}")))
    assert nothing_arrives(engine, world)
    assert kept_on_the_device(engine) == ["", ""]


def test_an_answer_in_the_stub_counts_for_vendors_from_the_first_view(engine, world):
    tag = asking(world, mode="opt_out", vendor_syncs={"meta": {}})
    engine.open(world.page(tag, head=STUB.replace("{}", "{marketing: false}")))
    (view,) = world.wait_for("page")
    assert view["context"]["consent"] == EVERYTHING | {"marketing": False}
    assert (view["context"]["cookies"], "_fbp" in kept_on_the_device(engine)[0]) == ({}, False)


def test_what_has_not_been_sent_when_consent_is_taken_back_never_is(engine, world):
    """Also where it could not be kept on the device, and waits in memory for the server."""
    world.answer(503, Retry_After="1")
    blocked = "<script>Object.defineProperty(window, 'localStorage', {get() { throw 1 }})</script>"
    engine.open(world.page(asking(world, mode="opt_out"), head=blocked))
    eventually(lambda: len(world.batches) == 1)
    engine.evaluate("[_df.on('dropped', (events) => window.dropped = events.map(({type}) => type))].length")
    engine.evaluate("_df.consent({analytics: false})")
    assert eventually(lambda: engine.evaluate("window.dropped")) == ["page"]
    engine.evaluate("dispatchEvent(new Event('online'))")
    world.received.clear()
    assert nothing_arrives(engine, world)


def test_what_waits_for_the_server_goes_with_the_consent_of_then(engine, world):
    world.answer(503, Retry_After="1")
    engine.open(world.page(asking(world, mode="opt_out", vendor_syncs={"meta": {}})))
    eventually(lambda: len(world.batches) == 1)
    assert world.batches[0].body["batch"][0]["context"]["consent"] == EVERYTHING
    engine.evaluate("_df.consent({marketing: false})")
    (view,) = world.wait_for("page")
    assert view["context"]["consent"] == EVERYTHING | {"marketing": False}
    assert view["context"]["cookies"] == {}
    assert view["anonymousId"] == world.batches[0].body["batch"][0]["anonymousId"]


def test_what_happened_while_consent_was_refused_is_not_sent_when_it_is_given_again(engine, world):
    engine.open(world.page(asking(world), head=STUB.replace("{}", "{analytics: false}")))
    engine.evaluate("[_df.track('Refused'), _df.consent({analytics: true}), _df.track('Granted')].length")
    world.wait_for("Granted")


def test_another_category_may_be_the_one_that_is_required(engine, world):
    engine.open(world.page(asking(world, required_category="functional")))
    engine.evaluate("_df.consent({functional: true})")
    (view,) = world.wait_for("page")
    assert view["context"]["consent"] == NOTHING | {"functional": True}


def test_listeners_hear_of_an_answer(engine, world):
    engine.open(world.page(asking(world)))
    engine.evaluate("_df.on('consent', (state) => window.state = state)")
    engine.evaluate("_df.consent({analytics: true})")
    assert engine.evaluate("state") == NOTHING | {"analytics": True}


def test_every_source_must_agree(engine, world):
    cookie = {"type": "cookie", "name": "own", "categories": {"analytics": ["stats"]}}
    tag = asking(world, {"type": "onetrust"}, cookie)
    engine.open(world.page(tag, head=cookies(own="stats", **one_trust(C0002=0))))
    assert nothing_arrives(engine, world)


# IAB TCF 2

TCF = """<script>
(function () {
  var listeners = [], data = {tcfPolicyVersion: 4, gdprApplies: %s, cmpStatus: "loaded", listenerId: 0};
  function tell(listener) { listener(Object.assign({}, data), true); }
  window.say = function (status, consents) {
    data.eventStatus = status;
    data.purpose = {consents: consents, legitimateInterests: {}};
    listeners.forEach(tell);
  };
  window.%s = function (command, version, callback) {
    if (command != "addEventListener" || version != 2) return callback(null, false);
    listeners.push(callback);
    if (data.eventStatus) tell(callback);
  };
})();
</script>"""
PURPOSES = {str(purpose): True for purpose in range(1, 12)}


def tcf(*said, applies="true", name="__tcfapi"):
    return TCF % (applies, name) + "".join(
        f"<script>say({json.dumps(status)}, {json.dumps(c)})</script>" for status, c in said
    )


def test_tcf_waits_while_its_window_is_open_and_goes_on_with_the_answer(engine, world):
    engine.open(world.page(asking(world, {"type": "tcf"}), head=tcf(("cmpuishown", {}))))
    assert engine.evaluate("fetch('/').then(() => 1)") == 1
    assert world.batches == []
    engine.evaluate(f"say('useractioncomplete', {json.dumps(PURPOSES)})")
    (view,) = world.wait_for("page")
    assert view["context"]["consent"] == EVERYTHING


@pytest.mark.parametrize(
    ("head", "consent"),
    [
        pytest.param(tcf(("tcloaded", PURPOSES)), EVERYTHING, id="an earlier answer"),
        pytest.param(
            tcf(("tcloaded", {"1": True, "8": True})),
            NOTHING | {"functional": True, "analytics": True},
            id="storage and measuring content",
        ),
        pytest.param(tcf(("tcloaded", {}), applies="false"), EVERYTHING, id="the regulation does not apply"),
        pytest.param(
            tcf(("tcloaded", PURPOSES)).replace("tcfPolicyVersion: 4", "tcfPolicyVersion: 5"),
            EVERYTHING,
            id="the policy of TCF 2.3",
        ),
    ],
)
def test_tcf_purposes_make_up_the_categories(engine, world, head, consent):
    engine.open(world.page(asking(world, {"type": "tcf"}), head=head))
    (view,) = world.wait_for("page")
    assert view["context"]["consent"] == consent


def test_tcf_without_the_purpose_to_store_is_a_refusal(engine, world):
    engine.open(world.page(asking(world, {"type": "tcf"}), head=tcf(("tcloaded", PURPOSES | {"1": False}))))
    assert nothing_arrives(engine, world)


def test_a_tcf_platform_may_come_after_the_collector(engine, world):
    engine.open(world.page(asking(world, {"type": "tcf"}), head=tcf(("tcloaded", PURPOSES), name="later")))
    engine.evaluate("window.__tcfapi = later, 1")
    world.wait_for("page")


# Google Consent Mode 2

GTAG = "window.dataLayer = window.dataLayer || []; function gtag() { dataLayer.push(arguments); }"


def gtag(*calls):
    return f"<script>{GTAG} {' '.join(f'gtag({json.dumps(list(call))[1:-1]});' for call in calls)}</script>"


TYPES = ("ad_storage", "ad_user_data", "ad_personalization", "analytics_storage", "functionality_storage")


def default(value, **more):
    return ("consent", "default", dict.fromkeys(TYPES, value) | more)


def update(**given):
    return ("consent", "update", given)


GOOGLE = {"type": "google_consent_mode"}


@pytest.mark.parametrize(
    ("calls", "consent"),
    [
        pytest.param(
            [default("denied"), update(**dict.fromkeys(TYPES, "granted"))], EVERYTHING, id="denied, then granted"
        ),
        pytest.param([default("granted")], EVERYTHING, id="granted by default"),
        pytest.param(
            [default("denied"), update(analytics_storage="granted", ad_storage="granted", ad_user_data="denied")],
            NOTHING | {"analytics": True},
            id="advertising needs ad_user_data as well",
        ),
        pytest.param(
            [("js", "now"), default("denied"), ("event", "x"), update(analytics_storage="granted")],
            NOTHING | {"analytics": True},
            id="among other entries",
        ),
    ],
)
def test_google_consent_mode_makes_up_the_categories(engine, world, calls, consent):
    engine.open(world.page(asking(world, GOOGLE), head=gtag(*calls)))
    (view,) = world.wait_for("page")
    assert view["context"]["consent"] == consent


@pytest.mark.parametrize(
    "calls",
    [
        pytest.param([], id="nothing said"),
        pytest.param([default("denied")], id="denied by default is no answer yet"),
        pytest.param([default("granted"), default("denied", region=["AT"])], id="it may be this region"),
        pytest.param([default("denied"), update(analytics_storage="denied")], id="refused"),
        pytest.param([default("granted"), update(analytics_storage="denied")], id="refused afterwards"),
    ],
)
def test_without_googles_consent_nothing_arrives(engine, world, calls):
    engine.open(world.page(asking(world, GOOGLE), head=gtag(*calls)))
    assert nothing_arrives(engine, world)


def test_what_waits_goes_when_google_is_updated_even_when_its_layer_was_cut(engine, world):
    engine.open(world.page(asking(world, GOOGLE), head=gtag(default("denied"))))
    engine.evaluate("gtag('consent', 'update', {analytics_storage: 'granted'}), 1")
    world.wait_for("page")
    engine.evaluate("[dataLayer.splice(0), _df.track('Later')].length")
    world.wait_for("page", "Later")


@pytest.mark.parametrize("entry", ["null", "undefined", "5", "'text'", "['consent']", "['consent', 'update', null]"])
def test_what_else_a_page_puts_into_its_data_layer_is_no_matter(engine, world, entry):
    engine.open(world.page(asking(world, GOOGLE), head=gtag(default("denied"))))
    engine.evaluate(f"[dataLayer.push({entry}), gtag('consent', 'update', {{analytics_storage: 'granted'}})].length")
    world.wait_for("page")


# OneTrust, Cookiebot and others: cookies and storage


def cookies(**values):
    return "".join(
        f"<script>document.cookie = {json.dumps(f'{name}={value}; path=/')}</script>" for name, value in values.items()
    )


def one_trust(closed=True, **groups):
    """`OptanonConsent` as OneTrust writes it, and `OptanonAlertBoxClosed` once the banner was closed."""
    listed = ",".join(f"{group}:{state}" for group, state in ({"C0001": 1} | groups).items())
    text = (
        f"isGpcEnabled=0&datestamp=Wed+Feb+25+2026&version=202401.1.0&hosts=&groups={quote(listed)}&geolocation=AT%3B9"
    )
    found = {"OptanonConsent": text}
    return found | ({"OptanonAlertBoxClosed": "2026-02-25T10:00:00.000Z"} if closed else {})


def cookiebot(**given):
    """`CookieConsent` as Cookiebot writes it: no JSON."""
    states = {"necessary": True, "preferences": False, "statistics": False, "marketing": False} | given
    listed = ",".join(f"{name}:{str(state).lower()}" for name, state in states.items())
    return {"CookieConsent": quote(f"{{stamp:'abc==',{listed},method:'explicit',ver:1,utc:1771581600000,region:'at'}}")}


OWN = {"type": "cookie", "name": "own", "categories": {"analytics": ["stats:true", "stats", "level=full"]}}
OWN_ITEM = {"type": "storage", "name": "own", "categories": {"analytics": ["stats:true"]}}
GRANTED = [
    pytest.param({"type": "onetrust"}, cookies(**one_trust(C0002=1)), id="OneTrust"),
    pytest.param({"type": "onetrust"}, cookies(**one_trust(closed=False, C0002=1)), id="OneTrust, implied"),
    pytest.param(
        {"type": "onetrust"},
        cookies(OptanonConsent="groups=C0002%3A1%2CC0001%3A1"),
        id="OneTrust, the first of its groups",
    ),
    pytest.param({"type": "cookiebot"}, cookies(**cookiebot(statistics=True)), id="Cookiebot"),
    pytest.param({"type": "cookiebot"}, cookies(CookieConsent="-1"), id="Cookiebot, no consent needed here"),
    pytest.param(OWN, cookies(own=quote('{"stats": true, "ads": false}')), id="a cookie with JSON"),
    pytest.param(OWN, cookies(own=quote('{"categories":["ads","stats"]}')), id="a cookie with a JSON list"),
    pytest.param(OWN, cookies(own="ads|stats"), id="a cookie with a list"),
    pytest.param(OWN, cookies(own="ads=1&level=full"), id="a cookie with a value"),
    pytest.param(OWN, cookies(own="rate=5%&level=full"), id="a cookie with a sign that stands for itself"),
    pytest.param(OWN_ITEM, "<script>localStorage.own = '{\"stats\": true}'</script>", id="local storage"),
]
NOT_GRANTED = [
    pytest.param({"type": "onetrust"}, cookies(**one_trust(C0002=0)), id="OneTrust, refused"),
    pytest.param({"type": "onetrust"}, cookies(**one_trust(closed=False, C0002=0)), id="OneTrust, open"),
    pytest.param({"type": "onetrust"}, "", id="OneTrust, not there yet"),
    pytest.param({"type": "cookiebot"}, cookies(**cookiebot(marketing=True)), id="Cookiebot, refused"),
    pytest.param({"type": "cookiebot"}, cookies(CookieConsent="0"), id="Cookiebot, open"),
    pytest.param(OWN, cookies(own=quote('{"stats": false}')), id="a cookie with JSON, refused"),
    pytest.param(OWN, cookies(own="substats"), id="a cookie with another word"),
    pytest.param(OWN, cookies(own="stats=0&ads=1"), id="a cookie with the word as a name"),
    pytest.param(OWN, cookies(own="%E0%A4%A"), id="a cookie that cannot be read"),
    pytest.param(OWN_ITEM, "<script>localStorage.own = '{}'</script>", id="local storage, refused"),
]


@pytest.mark.parametrize(("source", "head"), GRANTED)
def test_a_text_that_grants_lets_events_go(engine, world, source, head):
    engine.open(world.page(asking(world, source), head=head))
    (view,) = world.wait_for("page")
    assert view["context"]["consent"]["analytics"] is True


@pytest.mark.parametrize(("source", "head"), NOT_GRANTED)
def test_a_text_that_does_not_grant_lets_nothing_go(engine, world, source, head):
    engine.open(world.page(asking(world, source), head=head))
    assert nothing_arrives(engine, world)


@pytest.mark.parametrize(
    ("source", "broken"),
    [
        pytest.param(OWN_ITEM, "Object.defineProperty(window, 'localStorage', {get() { throw 1 }})", id="storage"),
        pytest.param({"type": "tcf"}, "__tcfapi = () => { throw 1 }", id="TCF"),
        pytest.param(GOOGLE, "dataLayer = {length: 1, get 0() { throw 1 }}", id="the data layer"),
    ],
)
def test_a_source_that_cannot_be_read_has_given_no_answer(engine, world, source, broken):
    engine.open(world.page(asking(world, source), head=f"<script>{broken}</script>"))
    engine.evaluate("_df.flush()")
    engine.evaluate("_df.consent({analytics: true})")
    world.wait_for("page")


def test_what_waits_goes_when_the_cookie_appears(engine, world):
    engine.open(world.page(asking(world, {"type": "cookiebot"})))
    (cookie,) = cookiebot(statistics=True).values()
    engine.evaluate(f"document.cookie = {json.dumps(f'CookieConsent={cookie}; path=/')}")
    world.wait_for("page")


SIGNAL = "<script>Object.defineProperty(navigator, 'globalPrivacyControl', {value: true})</script>"


def test_global_privacy_control_may_refuse_what_is_required(engine, world):
    config = {"mode": "opt_out", "on_refusal": "cookieless", "global_privacy_control": ["analytics"]}
    engine.open(world.page(asking(world, **config), head=SIGNAL))
    world.wait_for("page")
    assert engine.evaluate("_df.getAnonymousId().length") == 36
    assert kept_on_the_device(engine) == ["", ""]


def test_global_privacy_control_refuses_marketing_whatever_else_was_said(engine, world):
    engine.open(world.page(asking(world), head=SIGNAL))
    engine.evaluate("_df.consent({analytics: true, marketing: true, personalization: true})")
    (view,) = world.wait_for("page")
    assert view["context"]["consent"] == NOTHING | {"analytics": True}
    assert view["context"]["gpc"] is True
