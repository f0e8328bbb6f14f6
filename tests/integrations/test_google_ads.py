import json
from urllib.parse import parse_qs

import pytest

from chalicelib.errors import ValidationFailed
from chalicelib.integrations.vendor import Outgoing
from chalicelib.integrations.vendors.google_ads import VENDOR

from .digests import sha256
from .events import CONTEXT, an_event, an_order
from .sent import bodies, by_preset, config_of, outcome_of

EMAIL, PHONE = sha256("jane.doe@example.com"), sha256("+442079460958")


def a_config(**fields):
    return config_of(
        VENDOR,
        **{
            "customer_id": "123-456-7890",
            "conversion_action_id": "987654321",
            "oauth_client_id": "id.apps.googleusercontent.com",
            "oauth_client_secret": "GOCSPX-1",
            "oauth_refresh_token": "1//refresh",
        }
        | fields,
    )


def an_ads_config(**fields):
    return a_config(api="google_ads", developer_token="dev-1", **fields)


def test_a_purchase_is_sent_as_the_data_manager_api_has_it():
    (sending,) = VENDOR.requests(a_config(login_customer_id="111-222-3333"), [by_preset(VENDOR, an_order())], "ya29")
    request = sending.request
    assert (request.method, request.url) == ("POST", "https://datamanager.googleapis.com/v1/events:ingest")
    assert request.headers == {"Content-Type": "application/json", "Authorization": "Bearer ya29"}
    assert request.secrets == ("ya29",)
    assert json.loads(request.body) == {
        "destinations": [
            {
                "operatingAccount": {"accountType": "GOOGLE_ADS", "accountId": "1234567890"},
                "loginAccount": {"accountType": "GOOGLE_ADS", "accountId": "1112223333"},
                "productDestinationId": "987654321",
            }
        ],
        "encoding": "HEX",
        "validateOnly": False,
        "events": [
            {
                "transactionId": "o-99",
                "eventTimestamp": "2026-02-20T10:06:40Z",
                "eventSource": "WEB",
                "conversionValue": 30.0,
                "currency": "EUR",
                "adIdentifiers": {"gclid": "Cj0KCQiA"},
                "userData": {
                    "userIdentifiers": [
                        {"emailAddress": EMAIL},
                        {"phoneNumber": PHONE},
                        {
                            "address": {
                                "givenName": sha256("jane"),
                                "familyName": sha256("oneil"),
                                "regionCode": "US",
                                "postalCode": "10001-1234",
                            }
                        },
                    ]
                },
                "consent": {"adUserData": "CONSENT_GRANTED", "adPersonalization": "CONSENT_GRANTED"},
            }
        ],
    }


def test_a_purchase_is_uploaded_as_the_google_ads_api_has_it():
    config = an_ads_config(login_customer_id="111-222-3333")
    (sending,) = VENDOR.requests(config, [by_preset(VENDOR, an_order())], "ya29")
    request = sending.request
    assert request.url == "https://googleads.googleapis.com/v26/customers/1234567890:uploadClickConversions"
    assert request.headers == {
        "Content-Type": "application/json",
        "Authorization": "Bearer ya29",
        "developer-token": "dev-1",
        "login-customer-id": "1112223333",
    }
    assert request.secrets == ("ya29", "dev-1")
    assert json.loads(request.body) == {
        "conversions": [
            {
                "conversionAction": "customers/1234567890/conversionActions/987654321",
                "conversionDateTime": "2026-02-20 10:06:40+00:00",
                "conversionValue": 30.0,
                "currencyCode": "EUR",
                "orderId": "o-99",
                "gclid": "Cj0KCQiA",
                "userIdentifiers": [{"hashedEmail": EMAIL}, {"hashedPhoneNumber": PHONE}],
                "consent": {"adUserData": "GRANTED", "adPersonalization": "GRANTED"},
            }
        ],
        "partialFailure": True,
        "validateOnly": False,
    }


@pytest.mark.parametrize(
    ("ids", "url", "values", "click"),
    [
        pytest.param({"gclid": "g"}, "https://x.example.com/?gclid=u&wbraid=w", {}, {"gclid": "g"}, id="the visitor's"),
        pytest.param({}, "https://x.example.com/?wbraid=w", {}, {"wbraid": "w"}, id="in the page's address"),
        pytest.param({}, "https://x.example.com/?wbraid=w&gbraid=b", {}, {"gbraid": "b"}, id="one alone"),
        pytest.param({"gclid": "g"}, "", {"gclid": "m"}, {"gclid": "m"}, id="the mapping's"),
        pytest.param({}, "https://[", {"user": {"email": "a@example.com"}}, None, id="none"),
    ],
)
def test_one_click_is_sent(ids, url, values, click):
    event = an_event(context=CONTEXT | {"vendor_ids": ids, "page": {"url": url}})
    (body,) = bodies(VENDOR.requests(a_config(), [Outgoing(event, "purchase", values)], "t"))
    assert body["events"][0].get("adIdentifiers") == click


def test_without_an_order_the_event_s_id_is_that_of_the_conversion():
    (body,) = bodies(VENDOR.requests(a_config(), [Outgoing(an_event(), "purchase")], "t"))
    assert body["events"][0]["transactionId"] == "m-1"


def test_dots_of_gmail_do_not_count():
    values = {"user": {"email": "Jane.Doe@gmail.com"}}
    (body,) = bodies(VENDOR.requests(a_config(), [Outgoing(an_event(), "purchase", values)], "t"))
    assert body["events"][0]["userData"] == {"userIdentifiers": [{"emailAddress": sha256("janedoe@gmail.com")}]}


def test_nobody_known_is_no_conversion():
    nobody = Outgoing(an_event(context={}), "purchase", {"user": {"first_name": "Jane"}})
    assert VENDOR.missing(a_config(), nobody) == (
        "Google Ads needs a click (gclid, gbraid, wbraid) or something to know the visitor by, such as user.email"
    )
    somebody = Outgoing(an_event(), "purchase")
    assert [sending.places for sending in VENDOR.requests(a_config(), [nobody, somebody], "t")] == [(1,)]


def test_each_conversion_action_has_its_request_of_at_most_2000():
    other = Outgoing(an_event(), "lead", {"conversion_action_id": "5"})
    events = [Outgoing(an_event(), "purchase")] * 2001 + [other]
    sendings = VENDOR.requests(a_config(), events, "t")
    assert [
        (len(sending.places), body["destinations"][0]["productDestinationId"])
        for sending, body in zip(sendings, bodies(sendings), strict=True)
    ] == [
        (2000, "987654321"),
        (1, "987654321"),
        (1, "5"),
    ]


@pytest.mark.parametrize("config", [a_config(), an_ads_config()])
def test_test_requests_are_checked_and_not_counted(config):
    (body,) = bodies(VENDOR.test_requests(config, [Outgoing(an_event(), "purchase")], "t"))
    assert body["validateOnly"] is True


def test_an_access_token_is_asked_for_with_the_refresh_token():
    request = VENDOR.token_request(a_config())
    assert (request.method, request.url) == ("POST", "https://oauth2.googleapis.com/token")
    assert parse_qs(request.body.decode()) == {
        "grant_type": ["refresh_token"],
        "client_id": ["id.apps.googleusercontent.com"],
        "client_secret": ["GOCSPX-1"],
        "refresh_token": ["1//refresh"],
    }
    assert request.secrets == ("GOCSPX-1", "1//refresh")


def an_error(code, index=None, kind="conversionUploadError", message="No."):
    path = [] if index is None else [{"fieldName": "conversions", "index": index}, {"fieldName": "gclid"}]
    return {"errorCode": {kind: code}, "message": message, "location": {"fieldPathElements": path}}


def a_partial_failure(*errors):
    failure = "type.googleapis.com/google.ads.googleads.v26.errors.GoogleAdsFailure"
    return {
        "partialFailureError": {
            "code": 3,
            "message": "Multiple errors",
            "details": [{"@type": failure, "errors": errors}],
        }
    }


@pytest.mark.parametrize(
    ("errors", "verdicts"),
    [
        pytest.param([], ["delivered"] * 3, id="none"),
        pytest.param([an_error("UNPARSEABLE_GCLID", 1)], ["delivered", "refused", "delivered"], id="one"),
        pytest.param([an_error("EXPIRED_EVENT", "2")], ["delivered", "delivered", "refused"], id="an index as a text"),
        pytest.param([an_error("CLICK_CONVERSION_ALREADY_EXISTS", 0)], ["delivered"] * 3, id="counted before"),
        pytest.param([an_error("ORDER_ID_ALREADY_IN_USE", 0)], ["delivered"] * 3, id="an order counted before"),
        pytest.param([an_error("TOO_RECENT_EVENT", 0)], ["again", "delivered", "delivered"], id="too early"),
        pytest.param(
            [an_error("TRANSIENT_ERROR", 0, "internalError"), an_error("CLICK_NOT_FOUND", 2)],
            ["again", "delivered", "refused"],
            id="Google's own error and another",
        ),
        pytest.param([an_error("INVALID_JOB_ID")], ["refused"] * 3, id="of no conversion: of all"),
    ],
)
def test_single_conversions_of_the_google_ads_api_are_refused(errors, verdicts):
    said = a_partial_failure(*errors) if errors else {"results": [{}, {}, {}]}
    assert [verdict for verdict, _ in outcome_of(VENDOR, 200, said, count=3)] == verdicts


def test_the_reason_is_google_s():
    said = a_partial_failure(an_error("UNPARSEABLE_GCLID", 0, message="The gclid cannot be decoded."))
    assert outcome_of(VENDOR, 200, said) == [("refused", "UNPARSEABLE_GCLID: The gclid cannot be decoded.")]


@pytest.mark.parametrize(
    ("status", "said", "verdict", "reason"),
    [
        (200, {"requestId": "r-1"}, "delivered", ""),
        (
            400,
            {
                "error": {
                    "message": "There was a problem with the request.",
                    "status": "INVALID_ARGUMENT",
                    "details": [
                        {"fieldViolations": [{"field": "events[0].currency", "description": "Not a currency."}]}
                    ],
                }
            },
            "refused",
            "HTTP 400: There was a problem with the request.; events[0].currency Not a currency.",
        ),
        (
            403,
            {"error": {"message": "Denied", "details": [{"errors": [an_error("X", message="No developer token.")]}]}},
            "refused",
            "HTTP 403: Denied; No developer token.",
        ),
        (401, {"error": {"message": "Invalid credentials"}}, "again", "HTTP 401: Invalid credentials"),
        (429, {"error": {"message": "Quota"}}, "again", "HTTP 429: Quota"),
        (500, b"", "again", "HTTP 500: no message"),
    ],
)
def test_outcomes(status, said, verdict, reason):
    assert outcome_of(VENDOR, status, said, count=2) == [(verdict, reason)] * 2


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"customer_id": "123"}, "customer_id"),
        ({"conversion_action_id": "purchase"}, "conversion_action_id"),
        ({"oauth_refresh_token": ""}, "oauth_refresh_token"),
        ({"login_customer_id": "x"}, "login_customer_id"),
    ],
)
def test_a_wrong_configuration_is_refused(fields, field):
    with pytest.raises(ValidationFailed) as refused:
        a_config(**fields)
    assert [problem["field"] for problem in refused.value.details] == [field]


def test_only_the_google_ads_api_needs_a_developer_token():
    assert VENDOR.problems(a_config()) == []
    assert VENDOR.problems(an_ads_config()) == []
    assert [one["field"] for one in VENDOR.problems(a_config(api="google_ads"))] == ["developer_token"]
