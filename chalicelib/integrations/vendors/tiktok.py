"""TikTok's Events API.

References: "Events API 2.0" (https://business-api.tiktok.com/portal/docs?id=1771100865818625) with "Parameters" and
"Return codes"; standard events (https://ads.tiktok.com/help/article/supported-standard-events); TikTok's own template
for server-side tags (https://github.com/tiktok/gtm-template-eapi), whose requests have the same shape.

Required: `pixel_code`, `access_token`; of an event its name, its time, and something in `user` to know the visitor by.
TikTok answers HTTP 200 to what it refuses too; what counts is `code` in the body. Retried: 408, 425, 429, 5xx, the code
40100 (too many requests) and 50000 and above (of the system). One wrong event refuses all of a request.

Values of a mapping: `user.…`, `properties.…`, `page.…` of an event, and `limited_data_use`. Personal data is given as
it is and hashed here; `event_id` is the event's id, so that TikTok counts it once when its pixel sends the same.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Literal

import msgspec

from .. import personal_data, presets
from ..config_types import TestCode, Token, text_like
from ..event_parts import context, json_bytes, object_of, page, seconds, vendor_ids, without_empty
from ..formats import text_of
from ..vendor import Answer, HttpRequest, Outcome, Outgoing, Sending, Vendor, by_status, places_together

URL = "https://business-api.tiktok.com/open_api/v1.3/event/track/"
MOST_TOGETHER = 1000
TOO_MANY_REQUESTS, SYSTEM_ERRORS = 40100, range(50000, 60000)
HASHED: dict[str, Callable[[str], str]] = {
    "email": personal_data.email,
    "phone": personal_data.e164,
    "external_id": personal_data.external_id,
    "first_name": personal_data.name,
    "last_name": personal_data.name,
    "zip_code": personal_data.postcode,
}
PLAIN: dict[str, Callable[[str], str]] = {
    "city": personal_data.city,
    "state": personal_data.state,
    "country": personal_data.country,
}
NO_IDENTITY = {"user_agent", "locale", "city", "state", "country", "zip_code", "first_name", "last_name"}


class Config(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A pixel. `test_event_code` is for trying out alone: what bears it is shown among TikTok's test events."""

    pixel_code: Annotated[str, text_like(r"[A-Z0-9]{10,40}", "the code of a pixel, of capital letters and digits")]
    access_token: Token
    test_event_code: TestCode = ""
    event_source: Literal["web", "offline", "crm"] = "web"


def missing(_config: Config, outgoing: Outgoing) -> str:
    """What TikTok needs to take an event."""
    sent = _event(outgoing)
    if "event_time" not in sent:
        return "TikTok needs the time of the event"
    if not sent["user"].keys() - NO_IDENTITY:
        return "TikTok needs something to know the visitor by, such as user.email, ttclid, ttp or the address (ip)"
    return ""


def requests(config: Config, events: Sequence[Outgoing], _token: str) -> list[Sending]:
    """Requests of at most 1,000 events."""
    return _sendings(config, events, {})


def checked_requests(config: Config, events: Sequence[Outgoing], _token: str) -> list[Sending]:
    """The same requests with the code by which TikTok shows them among the test events."""
    return _sendings(config, events, {"test_event_code": config.test_event_code}) if config.test_event_code else []


def outcomes(sending: Sending, answer: Answer) -> list[Outcome]:
    """By the status, and when that is 2xx by the code in the body."""
    found, said = by_status(sending, answer), object_of(answer.json())
    code = said.get("code")
    if not 200 <= answer.status < 300 or code == 0:
        return found
    if not isinstance(code, int):
        return [Outcome("again", f"HTTP {answer.status} without a code of TikTok's")] * len(sending.places)
    again = code == TOO_MANY_REQUESTS or code in SYSTEM_ERRORS
    reason = f"code {code}: {said.get('message', '')} (request {said.get('request_id', 'unknown')})"
    return [Outcome("again" if again else "refused", reason)] * len(sending.places)


def _sendings(config: Config, events: Sequence[Outgoing], more: dict[str, str]) -> list[Sending]:
    places = [place for place, outgoing in enumerate(events) if not missing(config, outgoing)]
    headers = {"Content-Type": "application/json", "Access-Token": config.access_token}
    source = {"event_source": config.event_source, "event_source_id": config.pixel_code}
    sendings = []
    for group in places_together(places, MOST_TOGETHER):
        body = json_bytes(source | more | {"data": [_event(events[place]) for place in group]})
        sendings.append(Sending(HttpRequest("POST", URL, body, headers, (config.access_token,)), group))
    return sendings


def _event(outgoing: Outgoing) -> dict[str, Any]:
    event, values = outgoing.event, outgoing.values
    where = {"url": page(event).get("url"), "referrer": page(event).get("referrer")} | object_of(values.get("page"))
    sent = {
        "event": outgoing.name[:50],
        "event_time": seconds(event),
        "event_id": outgoing.event_id,
        "page": without_empty(where),
        "properties": without_empty(object_of(values.get("properties"))),
        "limited_data_use": values.get("limited_data_use"),
    }
    return without_empty(sent) | {"user": _user(event, object_of(values.get("user")))}


def _user(event: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """What TikTok may know the visitor by: personal data hashed, ids and browser as they are."""
    ids, surroundings = vendor_ids(event), context(event)
    known = {
        "external_id": event.get("userId") or event.get("anonymousId"),
        "ttclid": ids.get("ttclid"),
        "ttp": ids.get("ttp"),
        "ip": surroundings.get("ip"),
        "user_agent": surroundings.get("userAgent"),
        "locale": surroundings.get("locale"),
    } | dict(given)
    return without_empty({name: _as_known(name, value) for name, value in known.items()})


def _as_known(name: str, value: Any) -> Any:
    if name in PLAIN:
        return PLAIN[name](value) if isinstance(value, str) else None
    return _hashed(name, value) if name in HASHED else value


def _hashed(name: str, value: Any) -> str | list[str]:
    """The digest of a value, or those of several; what is none of its kind is left out."""
    if isinstance(value, list):
        return [digest for one in value if isinstance(digest := _hashed(name, one), str) and digest]
    if not isinstance(value, str | int) or isinstance(value, bool):
        return ""
    return personal_data.hashed(HASHED[name](text_of(value)))


PERSON = {
    "email": "user.email",
    "phone": "user.phone",
    "first_name": "user.first_name",
    "last_name": "user.last_name",
    "city": "user.city",
    "state": "user.state",
    "postcode": "user.zip_code",
    "country": "user.country",
}
CONTENT = {
    "id": "content_id",
    "name": "content_name",
    "price": "price",
    "quantity": "quantity",
    "brand": "brand",
    "category": "content_category",
}
NAMES = {
    "purchase": "Purchase",
    "view_item": "ViewContent",
    "add_to_cart": "AddToCart",
    "add_to_wishlist": "AddToWishlist",
    "begin_checkout": "InitiateCheckout",
    "add_payment_info": "AddPaymentInfo",
    "search": "Search",
    "sign_up": "CompleteRegistration",
    "generate_lead": "Lead",
    "page": "Pageview",
}
OF_PRODUCTS = ("purchase", "view_item", "add_to_cart", "add_to_wishlist", "begin_checkout", "add_payment_info")


def _mappings(kind: str) -> list[presets.Field]:
    found = [
        *presets.value("properties.value"),
        *presets.copied(("currency", "order_id"), "properties"),
        *presets.fields(("properties.transaction_id",), "properties.order_id"),
        *presets.fields(("properties.search_term", "properties.query"), "properties.query"),
    ]
    if kind not in OF_PRODUCTS:
        return found
    one = presets.fields(("properties.price",), "properties.value", "number") if kind in presets.OF_ONE_PRODUCT else []
    return [
        *one,
        *found,
        {"value": "product", "target": "properties.content_type"},
        *presets.products(kind, "properties.contents", CONTENT),
    ]


E_COMMERCE = {
    "global": {"mappings": presets.person(PERSON)},
    "defaults": {"action": "drop"},
    "events": presets.events(NAMES, {kind: _mappings(kind) for kind in NAMES}),
}

VENDOR = Vendor(
    key="tiktok",
    name="TikTok Events API",
    description="Conversions for campaigns on TikTok, counted once with those of TikTok's pixel.",
    category="advertising",
    documentation="https://business-api.tiktok.com/portal/docs?id=1771100865818625",
    consent="marketing",
    config=Config,
    requests=requests,
    most_together=MOST_TOGETHER,
    all_or_nothing=True,
    missing=missing,
    outcomes=outcomes,
    test_requests=checked_requests,
    presets={"e_commerce": E_COMMERCE},
)
