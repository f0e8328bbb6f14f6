"""Google Ads: conversions of clicks, and enhanced conversions by hashed personal data.

References: Data Manager API, "Send events" under
https://developers.google.com/data-manager/api/devguides/events/google-ads/offline, its limits
(https://developers.google.com/data-manager/api/limits) and messages
(https://github.com/googleapis/googleapis/tree/master/google/ads/datamanager/v1); Google Ads API, "Upload click
conversions" (https://developers.google.com/google-ads/api/docs/conversions/upload-offline), its messages (googleapis,
google/ads/googleads) and "Partial failures"
(https://developers.google.com/google-ads/api/docs/best-practices/partial-failures).

There are two ways in. Since June 2026 Google lets only those upload by the Google Ads API who did before
(https://developers.google.com/ads/blog/posts/2026/05/changes-to-offline-click-conversion); the Data Manager API is for
everybody, needs no developer token, and refuses a whole request for one wrong event. v26 of the Google Ads API came in
October 2026 and is there for about a year.

Required: `customer_id`, `conversion_action_id`, the three of OAuth, with the Google Ads API `developer_token` too; of
an event its time and a click (`gclid`, `gbraid` or `wbraid`) or an e-mail address, phone number or whole address.
Retried: 401 (the token may have ended), 408, 429 and 5xx, and of single conversions the errors of Google's own.

Values of a mapping: `gclid`, `gbraid`, `wbraid`, `conversion_value`, `currency_code`, `order_id`,
`conversion_action_id`, and `user.email`, `user.phone`, `user.first_name`, `user.last_name`, `user.postcode`,
`user.country`.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from urllib.parse import parse_qs, urlencode, urlsplit

import msgspec

from .. import personal_data, presets
from ..config_types import OptionalToken, Token, text_checked, text_like
from ..event_parts import granted, json_bytes, object_of, page, seconds, vendor_ids, without_empty
from ..formats import text_of
from ..vendor import DELIVERED, Answer, HttpRequest, Outcome, Outgoing, Sending, Vendor, by_status, places_together

INGEST = "https://datamanager.googleapis.com/v1/events:ingest"
ADS = "https://googleads.googleapis.com/v26"
TOKENS = "https://oauth2.googleapis.com/token"
MOST_TOGETHER = 2000
CLICKS = ("gclid", "gbraid", "wbraid")  # at most one of them may be given; the first is the best
# Conversions that Google has already: sent once more after an answer that got lost.
KNOWN_ALREADY = frozenset({"CLICK_CONVERSION_ALREADY_EXISTS", "ORDER_ID_ALREADY_IN_USE"})
TEMPORARY_KINDS = frozenset({"internalError", "quotaError", "databaseError"})
TEMPORARY = frozenset({"TOO_RECENT_EVENT", "TOO_RECENT_CONVERSION_ACTION"})


def customer_id(text: str) -> str:
    """The ten digits of a customer, given with dashes or without.

    Raises ValueError.
    """
    digits = text.replace("-", "")
    if not (len(digits) == 10 and digits.isascii() and digits.isdigit()):
        raise ValueError("must be the ten digits of a customer id, such as 123-456-7890")
    return digits


CustomerId = Annotated[str, text_checked(customer_id, "a customer id such as 123-456-7890")]
OptionalCustomerId = Annotated[
    str, text_checked(lambda text: text and customer_id(text), "a customer id such as 123-456-7890, or empty")
]
ActionId = Annotated[str, text_like(r"\d{1,20}", "the number of a conversion action")]


class Config(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """An account and the conversion that events count as. `login_customer_id` is the manager's account when access is
    by it."""

    customer_id: CustomerId
    conversion_action_id: ActionId
    oauth_client_id: Annotated[str, text_like(r"[\x21-\x7e]{1,300}", "the id of an OAuth client")]
    oauth_client_secret: Token
    oauth_refresh_token: Token
    login_customer_id: OptionalCustomerId = ""
    developer_token: OptionalToken = ""
    api: Literal["data_manager", "google_ads"] = "data_manager"


def problems(config: Config) -> list[dict[str, str]]:
    """The Google Ads API needs a developer token."""
    if config.api == "data_manager" or config.developer_token:
        return []
    return [{"field": "developer_token", "message": "is required with api google_ads"}]


def token_request(config: Config) -> HttpRequest:
    """An access token for the refresh token (RFC 6749, 6)."""
    fields = {
        "grant_type": "refresh_token",
        "client_id": config.oauth_client_id,
        "client_secret": config.oauth_client_secret,
        "refresh_token": config.oauth_refresh_token,
    }
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    secrets = (config.oauth_client_secret, config.oauth_refresh_token)
    return HttpRequest("POST", TOKENS, urlencode(fields).encode(), headers, secrets)


def missing(_config: Config, outgoing: Outgoing) -> str:
    """What Google needs to take a conversion."""
    if seconds(outgoing.event) is None:
        return "Google Ads needs the time of the event"
    if not _click(outgoing) and not _identifiers(outgoing):
        return (
            "Google Ads needs a click (gclid, gbraid, wbraid) or something to know the visitor by, such as user.email"
        )
    return ""


def requests(config: Config, events: Sequence[Outgoing], token: str) -> list[Sending]:
    """Requests of at most 2,000 conversions."""
    return _sendings(config, events, token, checked=False)


def checked_requests(config: Config, events: Sequence[Outgoing], token: str) -> list[Sending]:
    """The same requests, which Google checks and does not count."""
    return _sendings(config, events, token, checked=True)


def outcomes(sending: Sending, answer: Answer) -> list[Outcome]:
    """By the status; and of the Google Ads API by the errors of single conversions."""
    said = object_of(answer.json())
    if answer.status == 401:
        return [Outcome("again", f"HTTP 401: {_error_of(said)}")] * len(sending.places)
    if not 200 <= answer.status < 300:
        verdict = by_status(sending, answer)[0].verdict
        return [Outcome(verdict, f"HTTP {answer.status}: {_error_of(said)}")] * len(sending.places)
    found = [DELIVERED] * len(sending.places)
    for place, outcome in _partial_failures(object_of(said.get("partialFailureError")), len(found)):
        found[place] = outcome
    return found


def _error_of(said: Mapping[str, Any]) -> str:
    """The message, and what Google says of single fields."""
    error = object_of(said.get("error"))
    details = [object_of(one) for one in error.get("details") or [] if isinstance(one, dict)]
    fields = [object_of(one) for detail in details for one in detail.get("fieldViolations") or []]
    inner = [object_of(one) for detail in details for one in detail.get("errors") or []]
    told = [f"{one.get('field', '')} {one.get('description', '')}".strip() for one in fields]
    told += [str(one.get("message", "")) for one in inner]
    return "; ".join(filter(None, [str(error.get("message") or "no message"), *told]))[:1000]


def _partial_failures(error: Mapping[str, Any], count: int) -> list[tuple[int, Outcome]]:
    details = [object_of(one) for one in error.get("details") or []]
    errors = [object_of(one) for detail in details for one in detail.get("errors") or []]
    found: list[tuple[int, Outcome]] = []
    for one in errors:
        path = [object_of(step) for step in object_of(one.get("location")).get("fieldPathElements") or []]
        index = next((str(step.get("index", 0)) for step in path if step.get("fieldName") == "conversions"), "")
        places = [int(index)] if index.isdigit() and int(index) < count else list(range(count))
        found += [(place, _of_error(one)) for place in places]
    return found


def _of_error(error: Mapping[str, Any]) -> Outcome:
    kind, code = next(iter(object_of(error.get("errorCode")).items()), ("", "UNKNOWN"))
    if code in KNOWN_ALREADY:
        return DELIVERED
    verdict: Literal["again", "refused"] = "again" if kind in TEMPORARY_KINDS or code in TEMPORARY else "refused"
    return Outcome(verdict, f"{code}: {error.get('message', '')}")


def _sendings(config: Config, events: Sequence[Outgoing], token: str, *, checked: bool) -> list[Sending]:
    places = [place for place, outgoing in enumerate(events) if not missing(config, outgoing)]
    made = _ads_request if config.api == "google_ads" else _ingest_request
    groups: dict[str, list[int]] = {}
    for place in places:
        groups.setdefault(_action(config, events[place]), []).append(place)
    return [
        Sending(made(config, action, [events[place] for place in group], token, checked), group)
        for action, together in groups.items()
        for group in places_together(together, MOST_TOGETHER)
    ]


def _ingest_request(config: Config, action: str, events: list[Outgoing], token: str, checked: bool) -> HttpRequest:
    login = config.login_customer_id
    destination = {
        "operatingAccount": {"accountType": "GOOGLE_ADS", "accountId": config.customer_id},
        "loginAccount": {"accountType": "GOOGLE_ADS", "accountId": login} if login else None,
        "productDestinationId": action,
    }
    body = {
        "destinations": [without_empty(destination)],
        "encoding": "HEX",
        "events": [_ingested(outgoing) for outgoing in events],
        "validateOnly": checked,
    }
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    return HttpRequest("POST", INGEST, json_bytes(body), headers, (token,))


def _ingested(outgoing: Outgoing) -> dict[str, Any]:
    consent = granted(outgoing.event, "marketing")
    word = "CONSENT_GRANTED" if consent else "CONSENT_DENIED"
    identifiers = _identifiers(outgoing)
    return without_empty(
        {
            "transactionId": _order(outgoing),
            "eventTimestamp": _moment(outgoing).isoformat().replace("+00:00", "Z"),
            "eventSource": "WEB" if page(outgoing.event).get("url") else "OTHER",
            "conversionValue": outgoing.values.get("conversion_value"),
            "currency": outgoing.values.get("currency_code"),
            "adIdentifiers": _click(outgoing),
            "userData": {"userIdentifiers": identifiers} if identifiers else None,
            "consent": None if consent is None else {"adUserData": word, "adPersonalization": word},
        }
    )


def _ads_request(config: Config, action: str, events: list[Outgoing], token: str, checked: bool) -> HttpRequest:
    body = {
        "conversions": [_uploaded(config, action, outgoing) for outgoing in events],
        "partialFailure": True,
        "validateOnly": checked,
    }
    headers = {
        "Content-Type": "application/json",
        "Authorization": f"Bearer {token}",
        "developer-token": config.developer_token,
    } | ({"login-customer-id": config.login_customer_id} if config.login_customer_id else {})
    url = f"{ADS}/customers/{config.customer_id}:uploadClickConversions"
    return HttpRequest("POST", url, json_bytes(body), headers, (token, config.developer_token))


def _uploaded(config: Config, action: str, outgoing: Outgoing) -> dict[str, Any]:
    consent = granted(outgoing.event, "marketing")
    word = "GRANTED" if consent else "DENIED"
    names = {"emailAddress": "hashedEmail", "phoneNumber": "hashedPhoneNumber"}  # it takes no addresses here
    identifiers = [
        {names[name]: value} for one in _identifiers(outgoing) for name, value in one.items() if name in names
    ]
    return without_empty(
        {
            "conversionAction": f"customers/{config.customer_id}/conversionActions/{action}",
            "conversionDateTime": _moment(outgoing).strftime("%Y-%m-%d %H:%M:%S+00:00"),
            "conversionValue": outgoing.values.get("conversion_value"),
            "currencyCode": outgoing.values.get("currency_code"),
            "orderId": _order(outgoing),
            "userIdentifiers": identifiers,
            "consent": None if consent is None else {"adUserData": word, "adPersonalization": word},
            **_click(outgoing),
        }
    )


def _action(config: Config, outgoing: Outgoing) -> str:
    """The conversion that the event counts as."""
    return text_of(outgoing.values.get("conversion_action_id") or config.conversion_action_id)


def _order(outgoing: Outgoing) -> str:
    """By which Google counts a conversion once: the order, otherwise the event."""
    return text_of(outgoing.values.get("order_id") or outgoing.event_id)


def _moment(outgoing: Outgoing) -> datetime:
    return datetime.fromtimestamp(seconds(outgoing.event) or 0, UTC)


def _click(outgoing: Outgoing) -> dict[str, str]:
    """The one click id that is known: of the mapping, of the visitor, or in the address of the page."""
    in_address = _query(page(outgoing.event).get("url"))
    for name in CLICKS:
        places = (outgoing.values, vendor_ids(outgoing.event), in_address)
        found = next((place[name] for place in places if place.get(name)), None)
        if isinstance(found, str):
            return {name: found}
    return {}


def _query(url: Any) -> dict[str, str]:
    try:
        query = parse_qs(urlsplit(url).query, max_num_fields=100) if isinstance(url, str) else {}
    except ValueError:
        return {}
    return {name: values[-1] for name, values in query.items()}


def _identifiers(outgoing: Outgoing) -> list[dict[str, Any]]:
    """Hashed personal data, as the Data Manager API names it."""
    user = object_of(outgoing.values.get("user"))
    email = _hashed(personal_data.google_email, user.get("email"))
    phone = _hashed(personal_data.e164, user.get("phone"))
    country = personal_data.country(_text(user.get("country"))).upper()
    address = {
        "givenName": _hashed(personal_data.name, user.get("first_name")),
        "familyName": _hashed(personal_data.name, user.get("last_name")),
        "regionCode": country if len(country) == 2 else "",
        "postalCode": _text(user.get("postcode")).strip(),
    }
    found: list[dict[str, Any]] = [{"emailAddress": email}] if email else []
    found += [{"phoneNumber": phone}] if phone else []
    return found + ([{"address": address}] if all(address.values()) else [])


def _hashed(normal: Any, value: Any) -> str:
    return personal_data.hashed(normal(_text(value)))


def _text(value: Any) -> str:
    return text_of(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


PERSON = {part: f"user.{part}" for part in ("email", "phone", "first_name", "last_name", "postcode", "country")}
NAMES = {kind: kind for kind in ("purchase", "sign_up", "generate_lead")}


def _mappings() -> list[presets.Field]:
    return [
        *presets.value("conversion_value"),
        *presets.fields(("properties.currency",), "currency_code"),
        *presets.fields(("properties.transaction_id", "properties.order_id"), "order_id", "string"),
    ]


CONVERSIONS = {
    "global": {"mappings": presets.person(PERSON)},
    "defaults": {"action": "drop"},
    "events": presets.events(NAMES, {kind: _mappings() for kind in NAMES}),
}
PURCHASES = {
    "global": {"mappings": presets.person(PERSON)},
    "defaults": {"action": "drop"},
    "events": presets.events({"purchase": "purchase"}, {"purchase": _mappings()}),
}

VENDOR = Vendor(
    key="google_ads",
    name="Google Ads",
    description="Conversions for campaigns on Google, by clicks and by hashed personal data (enhanced conversions).",
    category="advertising",
    documentation="https://developers.google.com/data-manager/api/devguides/events/google-ads/offline",
    consent="marketing",
    config=Config,
    problems=problems,
    requests=requests,
    most_together=MOST_TOGETHER,
    all_or_nothing=True,
    missing=missing,
    outcomes=outcomes,
    token_request=token_request,
    test_requests=checked_requests,
    presets={"e_commerce": PURCHASES, "leads": CONVERSIONS},
)
