"""What is served does what was written: the readable script and the minified one, with the same features, on the same
page, at the same time, by the same dice, send the same events and leave the same on the device."""

import json
from random import Random

import pytest

from chalicelib.collector.vendors import VENDORS

from .test_consent import TCF
from .world import World

FEATURE_SETS = 16
GOOGLE = ["ad_storage", "ad_user_data", "ad_personalization", "analytics_storage", "functionality_storage"]
CATEGORIES = ["functional", "analytics", "marketing", "personalization"]
# Dice that fall alike in both runs, and a page that notes what becomes of its last event.
LIKE_BEFORE = """
let drawn = 0;
crypto.getRandomValues = (array) => array.fill((drawn = (drawn * 31 + 7) % 251));
Math.random = () => (drawn = (drawn * 31 + 7) % 251) / 251;
Object.defineProperty(navigator, "globalPrivacyControl", { value: GPC });
"""
HEAD = """<script>
ended = [];
_df = ["sent", "dropped"].map((how) => ["on", how, (batch) => ended.push([how, batch])]);
_df.push(["track", "Early", { in: "the stub" }]);
dataLayer = [];
function gtag() { dataLayer.push(arguments); }
function last() { return ended.some(([, batch]) => batch.some((event) => event.event == "Last")); }
</script>"""
SETTLED = "new Promise((done) => setTimeout(done, 100))"  # after the script's own, shorter pause
STEPS = [
    "_df.track('Viewed', {list: [1, {a: null}], text: '</script>\\u2028'}, {messageId: 'own'})",
    "_df.identify('u1', {plan: 'free', nested: {deep: true}})",
    "_df.group(7, {name: 'Seven'})",
    f"history.pushState({{}}, '', '/second?utm_source=x#part'); {SETTLED}",
    "_df.page('Named', {extra: 1})",
    f"location.hash = 'other'; {SETTLED}",
    "document.body.insertAdjacentHTML('beforeend', _df.linkTo('http://other.localhost:1/to?a=b'))",
    "_df.reset()",
    "_df.track('Last')",
]


def a_feature_set(dice: Random) -> dict:
    """Features, as dice fall; and what the visitor answers."""
    answer = dice.choice(["granted", "refused"])
    sources = dice.sample([{"type": "tcf"}, {"type": "google_consent_mode"}, {"type": "onetrust"}], dice.randint(0, 3))
    consent = {
        "mode": "opt_in",
        "required_category": dice.choice(CATEGORIES),
        "on_refusal": dice.choice(["drop", "cookieless"]),
        "global_privacy_control": dice.sample(CATEGORIES, dice.randint(0, 2)),
        "sources": sources,
    }
    names = dice.sample(sorted(VENDORS), dice.randint(0, len(VENDORS)))
    return {
        "answer": answer,
        "gpc": dice.choice(["true", "false"]),
        "config": {
            "page_views": dice.choice(["history", "hash", "load", "manual"]),
            "retry": dice.choice([True, False]),
            "batch_size": dice.randint(1, 20),
            "flush_interval_ms": 60_000,  # by the clock nothing is sent: it would not strike alike
            "vendor_syncs": {name: {} for name in names},
            "consent_config": dice.choice([{}, consent]),
            "identity": {
                "cross_domain_enabled": dice.choice([True, False]),
                "cross_domain_domains": ["other.localhost"],
            },
            "challenge_token_required": dice.choice([True, False]),
        },
    }


def answered(answer: str) -> str:
    """The visitor's answer, by every way at once."""
    yes = answer == "granted"
    google = dict.fromkeys(GOOGLE, "granted" if yes else "denied")
    purposes = {str(purpose): yes for purpose in range(1, 12)}
    groups = ",".join(f"C000{group}:{int(yes)}" for group in range(1, 6))
    return f"""document.cookie = "OptanonConsent=groups={groups}"; document.cookie = "OptanonAlertBoxClosed=now";
        gtag("consent", "update", {json.dumps(google)}); say("useractioncomplete", {json.dumps(purposes)});
        _df.consent({json.dumps(dict.fromkeys(CATEGORIES, yes))})"""


def seen(browser, world: World, features: dict, *, readable: bool) -> dict:
    """What arrived, what was dropped and what is on the device, after all that a page may do."""
    world.received.clear()
    context = browser.new_context()
    page = context.new_page()
    page.clock.set_fixed_time("2026-11-23T12:00:00Z")
    page.add_init_script(LIKE_BEFORE.replace("GPC", features["gpc"]))
    tag = world.script(readable=readable, **features["config"])
    page.goto(world.page(tag, head=HEAD + TCF % ("true", "__tcfapi"), path="/first") + "?fbclid=f1&gclid=g1")
    page.wait_for_function("!Array.isArray(_df)")
    for step in [*STEPS[:3], answered(features["answer"]), *STEPS[3:]]:
        page.evaluate(step)
    page.evaluate("_df.flush()")
    page.wait_for_function("last()")
    result = {
        "sent": world.events,
        "dropped": page.evaluate("ended.filter(([how]) => how == 'dropped').flatMap(([, batch]) => batch)"),
        "stored": page.evaluate("[document.cookie, JSON.stringify(localStorage), document.body.textContent]"),
    }
    context.close()
    return result


@pytest.mark.parametrize("seed", range(FEATURE_SETS))
def test_the_served_script_does_what_the_readable_one_does(browser, world, seed):
    features = a_feature_set(Random(seed))
    served = seen(browser, world, features, readable=False)
    assert served == seen(browser, world, features, readable=True)
    assert served["sent"] or served["dropped"]
