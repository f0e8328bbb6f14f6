"""The vendors' ids, from the cookies that a collector sends along."""

import pytest

from chalicelib.collector.vendors import VENDORS
from chalicelib.ingestion.vendor_ids import IDS, LONGEST, vendor_ids

from .test_api import recent

COOKIES = {
    "_ga": "GA1.2.1234567890.1771581600",
    "_dfs": "GS2.1.s1771581600$o3$g1$t1771581700$j60$l0$h0",
    "_fbp": "fb.1.1771581600123.1234567890",
    "_fbc": "fb.1.1771581600123.IwAR2F4-dbP0l7Mn1IawQQGCINEz7PYXQvwjNwB",
    "_gcl_aw": "GCL.1771581600.EAIaIQobChMI_x-y",
    "_ttp": "2c5a1a5e-6d0c-4bb4-9c3c-0d2f0a3a7c11",
    "ttclid": "E.C.P.Cvw",
    "_pin_unauth": "dWlkPU5qQTVNR1",
    "_epik": "dj0yJnU9b2JDcFFHekV4SHJNcmVrbFBkUEdqakh0akdUT1VjVVUmcD0yJm49cHNB",
    "_scid": "9a1b6f2e-3a8c-4b52-9f0e-3d2c1b0a9f8e",
    "_scclid": "0e1f2a3b",
    "li_fat_id": "7d5f3b1c-2a4e-4c6d-8e9f-0a1b2c3d4e5f",
    "_uetmsclkid": "_uet6f0b2c1d3e4f5a6b",
}


@pytest.mark.parametrize(
    ("cookies", "ids"),
    [
        pytest.param({"_ga": COOKIES["_ga"]}, {"ga_client_id": "1234567890.1771581600"}, id="Google Analytics"),
        pytest.param({"_ga": "GA1.1.1.2"}, {"ga_client_id": "1.2"}, id="on a host of one part"),
        pytest.param({"_ga": "GA1.2-2.1.2"}, {"ga_client_id": "1.2"}, id="of a path"),
        pytest.param({"_dfs": COOKIES["_dfs"]}, {"ga_session_id": "1771581600"}, id="its session"),
        pytest.param({"_dfs": "GS1.1.1771581600.3.1.1771581700.0.0.0"}, {"ga_session_id": "1771581600"}, id="older"),
        pytest.param({"_dfs": "1771581600"}, {"ga_session_id": "1771581600"}, id="or the collector's own"),
        pytest.param({"_fbp": COOKIES["_fbp"]}, {"fbp": COOKIES["_fbp"]}, id="Meta's browser, whole"),
        pytest.param({"_fbc": COOKIES["_fbc"]}, {"fbc": COOKIES["_fbc"]}, id="Meta's click, whole"),
        pytest.param({"_gcl_aw": COOKIES["_gcl_aw"]}, {"gclid": "EAIaIQobChMI_x-y"}, id="Google Ads' click"),
        pytest.param({"_gcl_aw": "GCL.1771581600.a.b"}, {"gclid": "a.b"}, id="a click id with a dot"),
        pytest.param({"_ttp": COOKIES["_ttp"]}, {"ttp": COOKIES["_ttp"]}, id="TikTok"),
        pytest.param({"ttclid": COOKIES["ttclid"]}, {"ttclid": COOKIES["ttclid"]}, id="TikTok's click"),
        pytest.param({"_pin_unauth": COOKIES["_pin_unauth"]}, {"pinterest_id": "dWlkPU5qQTVNR1"}, id="Pinterest"),
        pytest.param({"_epik": COOKIES["_epik"]}, {"epik": COOKIES["_epik"]}, id="Pinterest's click"),
        pytest.param({"_scid": COOKIES["_scid"]}, {"snapchat_id": COOKIES["_scid"]}, id="Snapchat"),
        pytest.param({"_scclid": COOKIES["_scclid"]}, {"sccid": "0e1f2a3b"}, id="Snapchat's click"),
        pytest.param({"li_fat_id": COOKIES["li_fat_id"]}, {"li_fat_id": COOKIES["li_fat_id"]}, id="LinkedIn's click"),
        pytest.param({"_uetmsclkid": COOKIES["_uetmsclkid"]}, {"msclkid": "6f0b2c1d3e4f5a6b"}, id="Microsoft's click"),
        pytest.param({"session": "secret", "_ga_ABC": "GS1.1.1"}, {}, id="cookies of nobody"),
        pytest.param({}, {}, id="none"),
    ],
)
def test_a_vendors_id_is_what_its_cookie_has_of_it(cookies, ids):
    assert vendor_ids(cookies) == ids


def test_every_vendor_of_the_collector_gives_an_id():
    """A cookie that the collector sends and nobody reads would be in vain."""
    sent = {cookie.name for vendor in VENDORS.values() for cookie in vendor.cookies}
    assert sent == {cookie for _, cookie, _ in IDS}
    assert len(vendor_ids(COOKIES)) == len(COOKIES) == len(sent) + 1


@pytest.mark.parametrize("cookies", [None, 5, "_ga=GA1.2.1.2", [COOKIES], True])
def test_cookies_that_are_no_object_have_no_ids(cookies):
    assert vendor_ids(cookies) == {}


@pytest.mark.parametrize("value", [None, "", 1771581600, 1.5, True, [], ["1"], {}, {"a": "1"}, "1" * (LONGEST + 1)])
def test_a_value_that_is_no_cookie_is_left_out_and_costs_the_others_nothing(value):
    ids = vendor_ids(COOKIES)
    for cookie in COOKIES:
        left = vendor_ids(COOKIES | {cookie: value})
        assert left.items() < ids.items(), cookie
        assert len(left) == len(ids) - 1, cookie


@pytest.mark.parametrize(
    ("cookie", "value"),
    [
        pytest.param("_ga", "GA1", id="a version alone"),
        pytest.param("_ga", "GA1.2", id="no client"),
        pytest.param("_ga", "GA1.2.", id="an empty client"),
        pytest.param("_gcl_aw", "GCL.1771581600.", id="no click id"),
        pytest.param("_uetmsclkid", "_uet", id="nothing after the prefix"),
        pytest.param("_dfs", "GS1.1.", id="no session"),
        pytest.param("_dfs", "GS2.1.s$o1", id="an empty session"),
        pytest.param("_dfs", "session", id="letters"),
        pytest.param("_dfs", "1771581600x", id="a number and more"),
        pytest.param("_dfs", "-1771581600", id="a negative number"),
        pytest.param("_dfs", "1" * 21, id="a number that is none of seconds"),
        pytest.param("_dfs", "١٧٧١٥٨١٦٠٠", id="digits of another script"),
    ],
)
def test_a_cookie_without_its_id_gives_none(cookie, value):
    assert vendor_ids({cookie: value}) == {}


def test_the_longest_id_is_kept():
    assert vendor_ids({"ttclid": "x" * LONGEST}) == {"ttclid": "x" * LONGEST}


@pytest.mark.parametrize(
    "cookies", [None, 5, [], {}, {"_ga": [1], "_dfs": {"a": 1}}, {"_dfs": "9" * 5000}, {"\x00": "\x00"}]
)
def test_an_event_with_odd_cookies_is_accepted_without_them(owner, api, work, cookies):
    pipeline = owner.a_pipeline()
    sent = {"event": "Bought", "context": {"cookies": cookies, "locale": "de"}}
    assert api.post("/v1/t", sent, X_Write_Key=pipeline["pipeline_key"]).status == 200
    work("process")
    assert [event["context"] for event in recent(owner, pipeline)] == [{"locale": "de", "ip": "127.0.0.1"}]
