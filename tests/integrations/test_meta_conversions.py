import json

import pytest

from chalicelib.errors import ValidationFailed
from chalicelib.integrations.vendor import Outgoing
from chalicelib.integrations.vendors.meta_conversions import VENDOR

from .digests import sha256
from .events import CONTEXT, an_event, an_order
from .sent import bodies, by_preset, config_of, outcome_of


def a_config(**fields):
    return config_of(VENDOR, **{"pixel_id": "123456789012345", "access_token": "EAAB"} | fields)


def one(outgoing, **fields):
    """The server event that is sent."""
    (body,) = bodies(VENDOR.requests(a_config(**fields), [outgoing], ""))
    return body["data"][0]


def test_a_purchase_is_a_server_event_as_meta_has_it():
    (sending,) = VENDOR.requests(a_config(), [by_preset(VENDOR, an_order())], "")
    assert sending.request.url == "https://graph.facebook.com/v25.0/123456789012345/events"
    assert (sending.request.method, sending.request.secrets) == ("POST", ("EAAB",))
    assert json.loads(sending.request.body) == {
        "access_token": "EAAB",
        "data": [
            {
                "event_name": "Purchase",
                "event_time": 1771582000,
                "event_id": "m-1",
                "action_source": "website",
                "event_source_url": "https://www.example.com/checkout?step=3",
                "referrer_url": "https://www.example.com/cart",
                "user_data": {
                    "em": [sha256("jane.doe@example.com")],
                    "ph": [sha256("442079460958")],
                    "fn": [sha256("jane")],
                    "ln": [sha256("oneil")],
                    "ct": [sha256("newyork")],
                    "st": [sha256("ny")],
                    "zp": [sha256("10001")],
                    "country": [sha256("us")],
                    "external_id": [sha256("u-4711")],
                    "fbp": "fb.1.1771581000000.1234567890",
                    "fbc": "fb.1.1771581000000.abcDEF",
                    "client_ip_address": "203.0.113.9",
                    "client_user_agent": "Mozilla/5.0 (X11; Linux x86_64)",
                },
                "custom_data": {
                    "value": 30.0,
                    "currency": "EUR",
                    "order_id": "o-99",
                    "content_type": "product",
                    "contents": [
                        {"id": "p-1", "quantity": 2, "item_price": 12.5, "title": "Mug", "brand": "Acme"},
                        {"id": "p-2", "quantity": 1, "item_price": 5.0, "title": "Lid"},
                    ],
                },
            }
        ],
    }


@pytest.mark.parametrize(
    ("event", "name", "custom"),
    [
        (an_event("page"), "PageView", None),
        (
            an_event(event="Product Viewed", properties={"product_id": "p-1", "price": 5}),
            "ViewContent",
            {"value": 5, "content_type": "product", "contents": [{"id": "p-1", "item_price": 5}]},
        ),
        (
            an_event(event="add_to_cart", properties={"value": 5, "currency": "EUR", "items": [{"item_id": "p-1"}]}),
            "AddToCart",
            {"value": 5, "currency": "EUR", "content_type": "product", "contents": [{"id": "p-1"}]},
        ),
        (an_event(event="Products Searched", properties={"query": "mug"}), "Search", {"search_string": "mug"}),
        (an_event(event="Signed Up"), "CompleteRegistration", None),
        (an_event(event="Lead", properties={"value": "9.50"}), "Lead", {"value": 9.5}),
    ],
)
def test_the_preset_covers_events(event, name, custom):
    sent = one(by_preset(VENDOR, event))
    assert (sent["event_name"], sent.get("custom_data")) == (name, custom)


def test_a_click_without_a_cookie_becomes_what_the_cookie_would_be():
    context = CONTEXT | {"vendor_ids": {"fbclid": "IwAR"}}
    assert one(Outgoing(an_event(context=context), "Lead"))["user_data"]["fbc"] == "fb.1.1771582000000.IwAR"


def test_values_of_a_mapping_come_first():
    values = {
        "action_source": "app",
        "event_source_url": "https://app.example.com/",
        "data_processing_options": ["LDU"],
        "event_id": "another",
        "user_data": {"em": ["a@example.com", "b@example.com", 5, None], "external_id": "x", "fbp": None},
    }
    sent = one(Outgoing(an_event(), "Lead", values))
    assert (sent["action_source"], sent["data_processing_options"]) == ("app", ["LDU"])
    assert sent["event_id"] == "m-1"  # the same as the browser's, whatever the mapping says
    assert sent["user_data"]["em"] == [sha256("a@example.com"), sha256("b@example.com")]
    assert sent["user_data"]["external_id"] == [sha256("x")]
    assert "fbp" not in sent["user_data"]


@pytest.mark.parametrize(
    ("context", "values", "reason"),
    [
        pytest.param(CONTEXT, {}, "", id="all there"),
        pytest.param(
            CONTEXT | {"page": {}},
            {},
            "Meta needs the address of the page (event_source_url) of an event on a website",
            id="no page",
        ),
        pytest.param(
            CONTEXT | {"userAgent": None},
            {},
            "Meta needs the browser (user_data.client_user_agent) of an event on a website",
            id="no browser",
        ),
        pytest.param({}, {"action_source": "phone_call"}, "", id="not on a website"),
    ],
)
def test_what_meta_needs_is_said(context, values, reason):
    outgoing = Outgoing(an_event(context=context), "Lead", values)
    assert VENDOR.missing(a_config(), outgoing) == reason
    assert len(VENDOR.requests(a_config(), [outgoing], "")) == (0 if reason else 1)


def test_somebody_must_be_known():
    nobody = an_event(context={}, anonymousId=None, userId=None)
    reason = VENDOR.missing(a_config(action_source="chat"), Outgoing(nobody, "Lead", {"user_data": {"country": "us"}}))
    assert reason == "Meta needs something to know the visitor by, such as user_data.em, fbp or client_ip_address"


def test_a_thousand_events_go_together():
    sendings = VENDOR.requests(a_config(), [Outgoing(an_event(), "Lead")] * 1001, "")
    assert [len(sending.places) for sending in sendings] == [1000, 1]
    assert VENDOR.all_or_nothing


def test_test_requests_have_the_code_and_there_are_none_without_one():
    events = [Outgoing(an_event(), "Lead")]
    (body,) = bodies(VENDOR.test_requests(a_config(test_event_code="TEST123"), events, ""))
    assert body["test_event_code"] == "TEST123"
    assert VENDOR.test_requests(a_config(), events, "") == []
    assert "test_event_code" not in bodies(VENDOR.requests(a_config(test_event_code="TEST123"), events, ""))[0]


@pytest.mark.parametrize(
    ("status", "error", "verdict"),
    [
        (200, None, "delivered"),
        (400, {"message": "Invalid parameter", "code": 100, "fbtrace_id": "A1"}, "refused"),
        (400, {"message": "Malformed access token", "type": "OAuthException", "code": 190}, "refused"),
        (400, {"message": "An unknown error", "code": 1}, "again"),
        (400, {"message": "Service temporarily unavailable", "code": 2}, "again"),
        (400, {"message": "Too many calls", "code": 4}, "again"),
        (400, {"message": "Too many calls", "code": 80004}, "again"),
        (400, {"message": "Try later", "code": 999, "is_transient": True}, "again"),
        (500, {"message": "Oops", "code": 100}, "again"),
        (503, None, "again"),
        (404, None, "refused"),
    ],
)
def test_outcomes(status, error, verdict):
    said = {"events_received": 2} if status == 200 else {"error": error} if error else b"x"
    assert [found for found, _ in outcome_of(VENDOR, status, said, count=2)] == [verdict] * 2


def test_the_reason_is_meta_s():
    error = {
        "message": "Invalid parameter",
        "error_user_msg": "Your event is too old.",
        "code": 100,
        "fbtrace_id": "A1",
    }
    assert outcome_of(VENDOR, 400, {"error": error}) == [
        ("refused", "HTTP 400: Your event is too old. (code 100, trace A1)")
    ]


@pytest.mark.parametrize("fields", [{"pixel_id": "abc"}, {"access_token": ""}, {"action_source": "web"}])
def test_a_wrong_configuration_is_refused(fields):
    with pytest.raises(ValidationFailed) as refused:
        a_config(**fields)
    assert [problem["field"] for problem in refused.value.details] == list(fields)
