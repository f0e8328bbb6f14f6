import json

import pytest

from chalicelib.errors import ValidationFailed
from chalicelib.integrations.vendor import Outgoing
from chalicelib.integrations.vendors.tiktok import VENDOR

from .digests import sha256
from .events import an_event, an_order
from .sent import bodies, by_preset, config_of, outcome_of


def a_config(**fields):
    return config_of(VENDOR, **{"pixel_code": "C4A5B6C7D8E9F0", "access_token": "t-1"} | fields)


def one(outgoing):
    """The event that is sent."""
    (body,) = bodies(VENDOR.requests(a_config(), [outgoing], ""))
    return body["data"][0]


def test_a_purchase_is_an_event_as_tiktok_has_it():
    (sending,) = VENDOR.requests(a_config(), [by_preset(VENDOR, an_order())], "")
    request = sending.request
    assert (request.method, request.url) == ("POST", "https://business-api.tiktok.com/open_api/v1.3/event/track/")
    assert request.headers == {"Content-Type": "application/json", "Access-Token": "t-1"}
    assert request.secrets == ("t-1",)
    assert json.loads(request.body) == {
        "event_source": "web",
        "event_source_id": "C4A5B6C7D8E9F0",
        "data": [
            {
                "event": "Purchase",
                "event_time": 1771582000,
                "event_id": "m-1",
                "user": {
                    "external_id": sha256("u-4711"),
                    "email": sha256("jane.doe@example.com"),
                    "phone": sha256("+442079460958"),
                    "first_name": sha256("jane"),
                    "last_name": sha256("oneil"),
                    "zip_code": sha256("10001"),
                    "city": "newyork",
                    "state": "ny",
                    "country": "us",
                    "ttclid": "E.C.P.abc",
                    "ttp": "94e2a4f9-1234-4321-9999-aaaabbbbcccc",
                    "ip": "203.0.113.9",
                    "user_agent": "Mozilla/5.0 (X11; Linux x86_64)",
                    "locale": "en-GB",
                },
                "page": {
                    "url": "https://www.example.com/checkout?step=3",
                    "referrer": "https://www.example.com/cart",
                },
                "properties": {
                    "value": 30.0,
                    "currency": "EUR",
                    "order_id": "o-99",
                    "content_type": "product",
                    "contents": [
                        {
                            "content_id": "p-1",
                            "content_name": "Mug",
                            "price": 12.5,
                            "quantity": 2,
                            "brand": "Acme",
                            "content_category": "Home",
                        },
                        {"content_id": "p-2", "content_name": "Lid", "price": 5.0, "quantity": 1},
                    ],
                },
            }
        ],
    }


@pytest.mark.parametrize(
    ("event", "name", "properties"),
    [
        (an_event("page"), "Pageview", None),
        (
            an_event(event="Product Added", properties={"sku": "s-1", "price": 5, "quantity": 2}),
            "AddToCart",
            {"value": 5, "content_type": "product", "contents": [{"content_id": "s-1", "price": 5, "quantity": 2}]},
        ),
        (an_event(event="search", properties={"search_term": "mug"}), "Search", {"query": "mug"}),
        (
            an_event(event="generate_lead", properties={"value": 3, "currency": "EUR"}),
            "Lead",
            {"value": 3, "currency": "EUR"},
        ),
    ],
)
def test_the_preset_covers_events(event, name, properties):
    sent = one(by_preset(VENDOR, event))
    assert (sent["event"], sent.get("properties")) == (name, properties)


def test_values_of_a_mapping_come_first_and_several_are_hashed_each():
    user = {"email": ["a@example.com", "nobody"], "phone": 16505551212, "ttp": "x"}
    sent = one(Outgoing(an_event(), "Lead", {"user": user, "page": {"url": "https://x.example.com/"}}))
    assert sent["user"]["email"] == [sha256("a@example.com")]
    assert sent["user"]["phone"] == sha256("+16505551212")
    assert sent["user"]["ttp"] == "x"
    assert sent["page"]["url"] == "https://x.example.com/"


def test_somebody_must_be_known():
    nobody = Outgoing(an_event(context={"userAgent": "x"}, anonymousId=None, userId=None), "Lead")
    reason = "TikTok needs something to know the visitor by, such as user.email, ttclid, ttp or the address (ip)"
    assert VENDOR.missing(a_config(), nobody) == reason
    assert [sending.places for sending in VENDOR.requests(a_config(), [nobody, Outgoing(an_event(), "Lead")], "")] == [
        (1,)
    ]


def test_a_thousand_events_go_together():
    sendings = VENDOR.requests(a_config(), [Outgoing(an_event(), "Lead")] * 1001, "")
    assert [len(sending.places) for sending in sendings] == [1000, 1]
    assert VENDOR.all_or_nothing


def test_test_requests_have_the_code_and_there_are_none_without_one():
    events = [Outgoing(an_event(), "Lead")]
    (body,) = bodies(VENDOR.test_requests(a_config(test_event_code="TEST1"), events, ""))
    assert body["test_event_code"] == "TEST1"
    assert VENDOR.test_requests(a_config(), events, "") == []
    assert "test_event_code" not in bodies(VENDOR.requests(a_config(test_event_code="TEST1"), events, ""))[0]


@pytest.mark.parametrize(
    ("status", "said", "verdict"),
    [
        (200, {"code": 0, "message": "OK"}, "delivered"),
        (200, {"code": 40002, "message": "Invalid value"}, "refused"),
        (200, {"code": 40105, "message": "Access token is incorrect"}, "refused"),
        (200, {"code": 40001, "message": "No permission"}, "refused"),
        (200, {"code": 40100, "message": "Too many requests"}, "again"),
        (200, {"code": 50000, "message": "System error"}, "again"),
        (200, {"code": 51010, "message": "Service error"}, "again"),
        (200, b"<html>", "again"),
        (400, {"code": 40002, "message": "x"}, "refused"),
        (429, b"", "again"),
        (502, b"", "again"),
    ],
)
def test_outcomes(status, said, verdict):
    assert [found for found, _ in outcome_of(VENDOR, status, said, count=2)] == [verdict] * 2


def test_the_reason_is_tiktok_s():
    said = {"code": 40002, "message": "event_time: too old", "request_id": "R1"}
    assert outcome_of(VENDOR, 200, said) == [("refused", "code 40002: event_time: too old (request R1)")]


@pytest.mark.parametrize("fields", [{"pixel_code": "abc"}, {"access_token": ""}, {"event_source": "app"}])
def test_a_wrong_configuration_is_refused(fields):
    with pytest.raises(ValidationFailed) as refused:
        a_config(**fields)
    assert [problem["field"] for problem in refused.value.details] == list(fields)
