import json

import pytest

from chalicelib.errors import ValidationFailed
from chalicelib.integrations.vendor import Outgoing
from chalicelib.integrations.vendors.google_analytics import VENDOR, client_id, event_name

from .events import CONTEXT, an_event, an_order
from .sent import bodies, by_preset, config_of, outcome_of

URL = "https://www.google-analytics.com/mp/collect?measurement_id=G-1A2BCD345E&api_secret=s%3Acret"


def a_config(**fields):
    return config_of(VENDOR, measurement_id="G-1A2BCD345E", api_secret="s:cret", **fields)


def one(outgoing, config=None):
    """The body of the request for one event."""
    (body,) = bodies(VENDOR.requests(config or a_config(), [outgoing], ""))
    return body


def test_a_purchase_is_sent_as_the_protocol_has_it():
    (sending,) = VENDOR.requests(a_config(), [by_preset(VENDOR, an_order())], "")
    assert (sending.request.method, sending.request.url, sending.places) == ("POST", URL, (0,))
    assert sending.request.headers == {"Content-Type": "application/json"}
    assert sending.request.secrets == ("s:cret",)
    assert json.loads(sending.request.body) == {
        "client_id": "1234567890.1760000000",
        "user_id": "u-4711",
        "consent": {"ad_user_data": "GRANTED", "ad_personalization": "GRANTED"},
        "ip_override": "203.0.113.9",
        "events": [
            {
                "name": "purchase",
                "timestamp_micros": 1771582000250000,
                "params": {
                    "session_id": "1771582000",
                    "engagement_time_msec": 1,
                    "page_location": "https://www.example.com/checkout?step=3",
                    "page_title": "Checkout",
                    "page_referrer": "https://www.example.com/cart",
                    "language": "en-GB",
                    "currency": "EUR",
                    "coupon": "SPRING",
                    "tax": 3,
                    "shipping": 2,
                    "value": 30.0,
                    "transaction_id": "o-99",
                    "items": [
                        {
                            "item_id": "p-1",
                            "item_name": "Mug",
                            "price": 12.5,
                            "quantity": 2,
                            "item_brand": "Acme",
                            "item_category": "Home",
                        },
                        {"item_id": "p-2", "item_name": "Lid", "price": 5.0, "quantity": 1},
                    ],
                },
            }
        ],
    }


@pytest.mark.parametrize(
    ("event", "name", "params"),
    [
        (an_event("page", properties={"section": "Shop"}), "page_view", {"section": "Shop"}),
        (
            an_event(event="Product Added", properties={"product_id": "p-1", "price": 5, "quantity": 1}),
            "add_to_cart",
            {"items": [{"item_id": "p-1", "price": 5, "quantity": 1}]},
        ),
        (
            an_event(event="add_to_cart", properties={"value": 5, "items": [{"item_id": "p-1", "item_name": "Mug"}]}),
            "add_to_cart",
            {"value": 5, "items": [{"item_id": "p-1", "item_name": "Mug"}]},
        ),
        (an_event(event="Products Searched", properties={"query": "mug"}), "search", {"search_term": "mug"}),
        (an_event(event="Signed Up", properties={"method": "Google"}), "sign_up", {"method": "Google"}),
        (
            an_event(
                event="Video Played", properties={"title": "Demo", "Video Length": 30, "auto": True, "tags": ["a"]}
            ),
            "video_played",
            {"title": "Demo", "Video_Length": 30, "auto": "true"},
        ),
    ],
)
def test_the_preset_covers_events(event, name, params):
    (sent,) = one(by_preset(VENDOR, event))["events"]
    always = {"session_id", "engagement_time_msec", "page_location", "page_title", "page_referrer", "language"}
    assert sent["name"] == name
    assert {key: value for key, value in sent["params"].items() if key not in always} == params


@pytest.mark.parametrize(
    ("name", "allowed"),
    [
        ("purchase", "purchase"),
        ("Item Shared!", "item_shared"),
        ("camelCase", "camelCase"),
        ("Größe gewählt", "gr_e_gew_hlt"),
        ("x" * 50, "x" * 40),
        ("1st", ""),
        ("商品", ""),
        ("_private", "private"),
        ("ga_x", ""),
        ("_", ""),
    ],
)
def test_a_name_is_made_one_that_google_allows(name, allowed):
    assert event_name(name) == allowed


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("session_start", "session_start is an event that only Google's own libraries send"),
        ("123", "Google Analytics has no name for '123': a name begins with a letter"),
        ("purchase", ""),
    ],
)
def test_what_google_does_not_take_is_in_no_request(name, reason):
    outgoing = Outgoing(an_event(), name)
    assert VENDOR.missing(a_config(), outgoing) == reason
    assert len(VENDOR.requests(a_config(), [outgoing], "")) == (0 if reason else 1)


def test_values_are_texts_and_numbers_no_longer_than_google_allows_and_no_addresses_of_persons():
    params = {
        "a b": "x" * 150,
        "page_location": "https://www.example.com/?mail=jane@example.com&x=1",
        "note": "ask jane@example.com",
        "list": [1],
        "none": None,
        "google_x": 1,
        "_x": 1,
    }
    properties = {"tier": "gold", "long": "y" * 50, "n" * 30: 1}
    body = one(Outgoing(an_event(context={}), "x", {"params": params, "user_properties": properties}))
    assert body["events"][0]["params"] == {
        "engagement_time_msec": 1,
        "page_location": "https://www.example.com/?mail=redacted&x=1",
        "a_b": "x" * 100,
    }
    assert body["user_properties"] == {"tier": {"value": "gold"}, "long": {"value": "y" * 36}, "n" * 24: {"value": 1}}


def test_of_parameters_and_items_only_so_many_are_sent_as_google_takes():
    params = {f"p{number}": number for number in range(40)} | {"items": [{"item_id": str(n)} for n in range(300)]}
    sent = one(Outgoing(an_event(context={}), "x", {"params": params}), a_config(debug_view=True))["events"][0][
        "params"
    ]
    assert len(sent["items"]) == 200
    assert len(sent) - 1 == 25
    assert sent["debug_mode"] == 1


@pytest.mark.parametrize(
    ("consent", "said"),
    [
        pytest.param({"analytics": True, "marketing": False}, "DENIED", id="no marketing"),
        pytest.param({"marketing": True}, "GRANTED", id="marketing"),
        pytest.param(None, None, id="not asked"),
    ],
)
def test_consent_is_passed_on(consent, said):
    body = one(Outgoing(an_event(context=CONTEXT | {"consent": consent}), "x"))
    expected = {"ad_user_data": said, "ad_personalization": said}
    assert body.get("consent") == (expected if said else None)


def test_a_visitor_without_a_cookie_has_always_the_same_client():
    bare = an_event(context={})
    assert client_id(bare) == client_id(an_event("page", context={}, messageId="m-2"))
    assert client_id(bare) != client_id(an_event(context={}, anonymousId="a-2"))
    assert all(part.isdigit() for part in client_id(bare).split("."))


def test_only_events_of_one_visitor_share_a_request_and_not_more_than_25():
    jane = [Outgoing(an_event(messageId=f"j{number}"), "x") for number in range(30)]
    joe = [Outgoing(an_event(messageId="k", userId="joe"), "x")]
    sendings = VENDOR.requests(a_config(), [*jane[:2], *joe, *jane[2:]], "")
    places = [sending.places for sending in sendings]
    assert [len(each) for each in places] == [25, 5, 1]
    assert sorted(place for each in places for place in each) == list(range(31))
    assert [len(body["events"]) for body in bodies(sendings)] == [25, 5, 1]


def test_a_region_and_no_ip_can_be_asked_for():
    (sending,) = VENDOR.requests(a_config(region="eu", send_ip=False), [Outgoing(an_event(), "x")], "")
    assert sending.request.url.startswith("https://region1.google-analytics.com/mp/collect?")
    assert "ip_override" not in json.loads(sending.request.body)


def test_test_requests_go_to_the_validation_server():
    (sending,) = VENDOR.test_requests(a_config(), [Outgoing(an_event(), "x")], "")
    assert sending.request.url == URL.replace("/mp/", "/debug/mp/")
    assert json.loads(sending.request.body)["validation_behavior"] == "ENFORCE_RECOMMENDATIONS"


@pytest.mark.parametrize(
    ("status", "said", "outcome"),
    [
        (204, b"", ("delivered", "")),
        (200, {"validationMessages": []}, ("delivered", "")),
        (
            200,
            {
                "validationMessages": [
                    {
                        "fieldPath": "events",
                        "description": "Event at index: [0] has invalid name [_badEventName].",
                        "validationCode": "NAME_INVALID",
                    }
                ]
            },
            (
                "refused",
                "Google's validation server: NAME_INVALID Event at index: [0] has invalid name [_badEventName].",
            ),
        ),
        (200, b"<html>", ("delivered", "")),
        (413, b"too large", ("refused", "HTTP 413: too large")),
        (429, b"", ("again", "HTTP 429")),
        (503, b"", ("again", "HTTP 503")),
    ],
)
def test_outcomes(status, said, outcome):
    assert outcome_of(VENDOR, status, said, count=2) == [outcome] * 2


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"measurement_id": "UA-1234-1", "api_secret": "x"}, "measurement_id"),
        ({"measurement_id": "G-1A2BCD345E", "api_secret": "a b"}, "api_secret"),
        ({"measurement_id": "G-1A2BCD345E"}, "api_secret"),
    ],
)
def test_a_wrong_configuration_is_refused(fields, field):
    with pytest.raises(ValidationFailed) as refused:
        config_of(VENDOR, **fields)
    assert [problem["field"] for problem in refused.value.details] == [field]


def test_placeholders_are_accepted_where_they_will_be_replaced():
    config = config_of(VENDOR, measurement_id="{{pipeline_param.ga4}}", api_secret="{{pipeline_param.secret}}")
    assert config.measurement_id == "{{pipeline_param.ga4}}"
