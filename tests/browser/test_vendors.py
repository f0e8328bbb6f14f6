"""The ids of vendors: found or made, with the consent that each needs."""

import re

import pytest

UUID = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}"


def cookies_of(world):
    return world.events[-1]["context"]["cookies"]


def test_an_id_is_made_where_the_vendor_has_made_none(engine, world):
    syncs = {name: {} for name in ("ga4", "meta", "tiktok", "pinterest", "snapchat")}
    engine.open(world.page(world.script(vendor_syncs=syncs)))
    world.wait_for("page")
    formats = {
        "_ga": r"GA1\.2\.\d{10}\.\d{10}",
        "_fbp": r"fb\.1\.\d{13}\.\d{10}",
        "_ttp": UUID,
        "_pin_unauth": UUID,
        "_scid": UUID,
        "_dfs": r"\d{10}",
    }
    found = cookies_of(world)
    assert set(found) == set(formats)
    for name, pattern in formats.items():
        assert re.fullmatch(pattern, found[name]), name
        assert f"{name}={found[name]}" in engine.evaluate("document.cookie")


def test_the_vendors_own_ids_are_taken(engine, world):
    theirs = {"_ga": "GA1.1.11.22", "_ga_ABC": "GS1.1.333.1.0", "_fbp": "fb.1.1.2", "_ttp": "abc"}
    head = "".join(f"<script>document.cookie = '{name}={value}'</script>" for name, value in theirs.items())
    engine.open(world.page(world.script(vendor_syncs={"ga4": {}, "meta": {}, "tiktok": {}}), head=head))
    world.wait_for("page")
    assert cookies_of(world) == {"_ga": "GA1.1.11.22", "_dfs": "GS1.1.333.1.0", "_fbp": "fb.1.1.2", "_ttp": "abc"}
    assert "_dfs" not in engine.evaluate("document.cookie")


def test_an_id_stays_on_the_next_page(engine, world):
    engine.open(world.page(world.script(vendor_syncs={"ga4": {}, "meta": {}})))
    world.wait_for("page")
    before = cookies_of(world)
    engine.open(world.url("/"))
    world.wait_for("page", "page")
    assert cookies_of(world) == before


CLICKS = {
    "google_ads": ("gclid", "_gcl_aw", r"GCL\.\d{10}\.Cj0-_x"),
    "meta": ("fbclid", "_fbc", r"fb\.1\.\d{13}\.Cj0-_x"),
    "tiktok": ("ttclid", "ttclid", "Cj0-_x"),
    "pinterest": ("epik", "_epik", "Cj0-_x"),
    "snapchat": ("ScCid", "_scclid", "Cj0-_x"),
    "linkedin": ("li_fat_id", "li_fat_id", "Cj0-_x"),
    "microsoft_ads": ("msclkid", "_uetmsclkid", "_uetCj0-_x"),
}


def test_click_ids_are_kept_and_a_newer_one_goes_before(engine, world):
    world.page(world.script(vendor_syncs={vendor: {} for vendor in CLICKS}))
    query = "&".join(f"{parameter}=Cj0-_x" for parameter, _, _ in CLICKS.values())
    engine.open(world.url(f"/?{query}"))
    world.wait_for("page")
    for _, cookie, pattern in CLICKS.values():
        assert re.fullmatch(pattern, cookies_of(world)[cookie]), cookie
    first = cookies_of(world)
    engine.open(world.url("/"))
    world.wait_for("page", "page")
    assert cookies_of(world) == first
    engine.open(world.url("/?fbclid=newer"))
    world.wait_for("page", "page", "page")
    assert cookies_of(world)["_fbc"].endswith(".newer")
    assert cookies_of(world)["_gcl_aw"] == first["_gcl_aw"]


def test_a_click_id_cannot_leave_its_cookie(engine, world):
    world.page(world.script(vendor_syncs={"tiktok": {}}))
    engine.open(world.url("/?ttclid=a;max-age=0,%3Bdomain=x%0d%0a"))
    world.wait_for("page")
    assert cookies_of(world)["ttclid"] == "a%3Bmax-age%3D0%2C%3Bdomain%3Dx%0D%0A"


@pytest.mark.parametrize(
    ("granted", "names"),
    [
        pytest.param({"analytics": True}, {"_ga", "_dfs"}, id="analytics"),
        pytest.param({"analytics": True, "marketing": True}, {"_ga", "_dfs", "_fbp"}, id="analytics and marketing"),
    ],
)
def test_each_vendor_needs_its_category(engine, world, granted, names):
    tag = world.script(vendor_syncs={"ga4": {}, "meta": {}}, consent_config={"mode": "opt_in"})
    engine.open(world.page(tag))
    engine.evaluate(f"_df.consent({str(granted).replace('True', 'true')})")
    world.wait_for("page")
    assert set(cookies_of(world)) == names
    kept = engine.evaluate("document.cookie.split('; ').map((each) => each.split('=')[0])")
    assert set(kept) == names | {"_dfa"}


def test_another_category_may_be_asked_for_and_ids_only_read(engine, world):
    syncs = {"meta": {"category": "functional", "create_ids": False}, "tiktok": {"category": "marketing"}}
    engine.open(world.page(world.script(vendor_syncs=syncs, consent_config={"mode": "opt_in"})))
    engine.evaluate("_df.consent({analytics: true, functional: true})")
    world.wait_for("page")
    assert cookies_of(world) == {}


def test_global_privacy_control_leaves_marketing_out_without_any_consent_platform(engine, world):
    signal = "<script>Object.defineProperty(navigator, 'globalPrivacyControl', {value: true})</script>"
    world.page(world.script(vendor_syncs={"ga4": {}, "meta": {}}), head=signal)
    engine.open(world.url("/?fbclid=abc"))
    world.wait_for("page")
    assert set(cookies_of(world)) == {"_ga", "_dfs"}
    assert "_fb" not in engine.evaluate("document.cookie")
