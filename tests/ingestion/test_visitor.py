"""What a request tells of the visitor: address, browser, first-party id."""

import pytest

from chalicelib.ingestion import visitor
from chalicelib.ingestion.visitor import Visitor
from chalicelib.settings import settings

from ..client import path_of
from .test_api import basic, recent

ID = "0b8f5a6e-1c2d-4e3f-8a9b-0c1d2e3f4a5b"
OTHER = "1b8f5a6e-1c2d-4e3f-8a9b-0c1d2e3f4a5b"


@pytest.mark.parametrize(
    ("forwarded", "proxies", "ip"),
    [
        ("", 0, "203.0.113.9"),
        ("198.51.100.7", 0, "203.0.113.9"),
        ("198.51.100.7, 130.176.0.1", 1, "198.51.100.7"),
        ("1.1.1.1, 198.51.100.7, 130.176.0.1", 1, "198.51.100.7"),
        ("1.1.1.1, 198.51.100.7, 130.176.0.1, 10.0.0.1", 2, "198.51.100.7"),
        ("130.176.0.1", 1, "203.0.113.9"),
        ("unknown, 130.176.0.1", 1, "203.0.113.9"),
        ("2001:DB8::1, 130.176.0.1", 1, "2001:db8::1"),
        ("::ffff:198.51.100.7, 130.176.0.1", 1, "198.51.100.7"),
        (",,", 1, "203.0.113.9"),
    ],
)
def test_the_address_is_the_one_that_our_outermost_proxy_saw(forwarded, proxies, ip):
    assert visitor.visitor_of({"x-forwarded-for": forwarded}, "203.0.113.9", proxies).ip == ip


@pytest.mark.parametrize("source", ["", "test-invoke-source-ip", "999.1.1.1"])
def test_an_address_that_is_none_is_left_out(source):
    assert visitor.described({}, visitor.visitor_of({}, source, 0), anonymize_ip=True) == {}


@pytest.mark.parametrize(
    ("ip", "anonymous"),
    [
        ("198.51.100.7", "198.51.100.0"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::"),
        ("::1", "::"),
    ],
)
def test_an_anonymous_address_is_that_of_its_network(ip, anonymous):
    assert visitor.anonymous(ip) == anonymous


@pytest.mark.parametrize(
    ("cookie", "found"),
    [
        (f"_dfid={ID}", ID),
        (f"a=b; _dfid={ID}; c=d", ID),
        ("_dfid=../../etc", ""),
        ("_dfid=", ""),
        (f"_dfid={ID.upper()}", ""),
        ("a" * 100_000, ""),
        ("_dfid=\x00", ""),
        ("=;=;;_dfid", ""),
    ],
)
def test_the_first_party_id_is_read_from_its_cookie(cookie, found):
    assert visitor.visitor_of({"cookie": cookie}, "", 0).first_party_id == found


@pytest.mark.parametrize(
    ("sent", "who", "context"),
    [
        ({"ip": "8.8.8.8"}, Visitor("198.51.100.7"), {"ip": "198.51.100.7"}),
        ({"ip": "8.8.8.8"}, None, {"ip": "8.8.8.8"}),
        ({"ip": {"$ne": 1}}, None, {}),
        ({"ip": "0"}, None, {}),
        ({}, Visitor(user_agent="Firefox"), {"userAgent": "Firefox"}),
        ({"userAgent": "Own"}, Visitor(user_agent="Firefox"), {"userAgent": "Own"}),
        ({"firstPartyId": "made up"}, Visitor(), {}),
        ({}, Visitor(first_party_id=ID), {"firstPartyId": ID}),
        (
            {"consent": {"analytics": True}},
            Visitor(first_party_id=ID),
            {"consent": {"analytics": True}, "firstPartyId": ID},
        ),
        ({"consent": {"analytics": False}}, Visitor(first_party_id=ID), {"consent": {"analytics": False}}),
        ({"consent": {}}, Visitor(first_party_id=ID), {"consent": {}}),
        ({"library": {"name": "x"}}, Visitor(), {"library": {"name": "x"}}),
    ],
)
def test_a_pages_word_for_its_address_is_not_believed_but_a_servers_is(sent, who, context):
    assert visitor.described({"context": sent}, who, anonymize_ip=False).get("context", {}) == context


@pytest.fixture
def said(owner, api, work):
    """Send an event and look at what became of it: the context, the anonymous id and the cookie that was set."""

    def said(pipeline, body=(), path="/v1/t", **headers):
        reply = api.post(path, {"event": "E"} | dict(body), X_Write_Key=pipeline["pipeline_key"], **headers)
        assert reply.status == 200, reply.body
        work("process")
        (event,) = recent(owner, pipeline)
        return event.get("context", {}), event.get("anonymousId"), reply.headers.get("Set-Cookie")

    return said


def test_a_pipeline_may_keep_anonymous_addresses_only(owner, said):
    pipeline = owner.a_pipeline(config={"anonymize_ip": True})
    assert said(pipeline)[0]["ip"] == "127.0.0.0"


def test_an_update_of_the_config_acts_on_the_very_next_event(owner, said):
    pipeline = owner.a_pipeline()
    owner.put(path_of(pipeline), {"config": {"anonymize_ip": True, "own": 1}})
    assert said(pipeline)[0]["ip"] == "127.0.0.0"


@pytest.mark.parametrize("field", ["anonymize_ip", "filter_bots"])
@pytest.mark.parametrize("value", [1, "true", None, {}])
def test_what_ingestion_reads_of_the_config_is_checked(owner, field, value):
    reply = owner.post("/v1/admin/pipelines", {"name": "N", "type": "web", "config": {field: value}})
    assert (reply.status, reply.wrong_fields) == (422, ["config"])


def test_what_a_server_says_of_its_visitors_stays(owner, api, work):
    pipeline = owner.a_pipeline()
    context = {"ip": "198.51.100.7", "userAgent": "Firefox"}
    secret = basic(pipeline["pipeline_key"], pipeline["pipeline_key_secret"])
    api.post("/v1/t", {"event": "E", "context": context}, Authorization=secret, User_Agent="python-requests/2")
    work("process")
    assert recent(owner, pipeline)[0]["context"] == context


def test_behind_the_cdn_the_visitor_is_not_the_cdn(owner, said, monkeypatch):
    monkeypatch.setenv("TRUSTED_PROXIES", "1")
    settings.cache_clear()
    context, _, _ = said(owner.a_pipeline(), X_Forwarded_For="198.51.100.7, 130.176.0.1")
    monkeypatch.undo()
    settings.cache_clear()
    assert context["ip"] == "198.51.100.7"


SAME_SITE = {"Sec_Fetch_Site": "same-site"}


@pytest.mark.parametrize(
    ("body", "headers", "given"),
    [
        pytest.param({"anonymousId": ID}, SAME_SITE, ID, id="the id that the page gave itself"),
        pytest.param({"anonymousId": ID.upper()}, SAME_SITE, ID, id="in small letters"),
        pytest.param({"anonymousId": ID}, SAME_SITE | {"Cookie": f"_dfid={OTHER}"}, OTHER, id="the one it has"),
        pytest.param({"anonymousId": ID}, {"Sec_Fetch_Site": "same-origin"}, ID, id="on our own pages"),
        pytest.param({"anonymousId": ID}, {"Sec_Fetch_Site": "cross-site"}, None, id="not on another site's"),
        pytest.param({"anonymousId": ID}, {}, None, id="not where the browser does not say"),
        pytest.param(
            {"anonymousId": ID, "context": {"consent": {"analytics": False}}}, SAME_SITE, None, id="not when refused"
        ),
        pytest.param({"anonymousId": ID, "context": {"consent": {}}}, SAME_SITE, None, id="not before an answer"),
        pytest.param(
            {"anonymousId": ID, "context": {"consent": {"analytics": True}}}, SAME_SITE, ID, id="when granted"
        ),
    ],
)
def test_a_browser_gets_a_first_party_id_where_it_may(owner, said, body, headers, given):
    _, _, cookie = said(owner.a_pipeline(), body, **headers)
    wanted = f"_dfid={given}; Max-Age=34560000; Path=/; HttpOnly; SameSite=Lax; Secure"
    assert cookie == (wanted if given else None)


def test_without_an_id_of_the_page_it_gets_a_new_one(owner, said):
    _, _, cookie = said(owner.a_pipeline(), {"anonymousId": "visitor 5"}, **SAME_SITE)
    assert visitor.UUID.fullmatch(cookie.partition("=")[2].partition(";")[0])


def test_an_event_without_an_anonymous_id_has_the_first_party_id(owner, said):
    context, anonymous_id, _ = said(owner.a_pipeline(), Cookie=f"_dfid={ID}")
    assert (context["firstPartyId"], anonymous_id) == (ID, ID)


def test_the_browser_lets_a_page_of_the_site_send_its_cookie(owner, api):
    reply = api.post("/v1/t", {"event": "E"}, X_Write_Key=owner.a_pipeline()["pipeline_key"], Origin="https://a.test")
    assert reply.headers["Access-Control-Allow-Origin"] == "https://a.test"
    assert reply.headers["Access-Control-Allow-Credentials"] == "true"
