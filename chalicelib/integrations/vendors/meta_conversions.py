"""Meta's Conversions API.

References, under https://developers.facebook.com/docs/marketing-api/conversions-api: "Using the API" with batches and
test events (/using-the-api), "Server event parameters" (/parameters/server-event), "Customer information parameters"
(/parameters/customer-information-parameters), "Troubleshooting" (/support); error codes at
https://developers.facebook.com/docs/graph-api/guides/error-handling. Versions end two years after the next one came:
v25.0 is there until 2028-07-29 (https://developers.facebook.com/docs/graph-api/changelog/versions).

Required: `pixel_id`, `access_token`; of an event its name, its time of at most seven days ago, and something in
`user_data` to know the visitor by. On the web also the page's address and the browser (`client_user_agent`). Retried:
408, 429 and 5xx, and the errors that Meta calls temporary or too many calls. One wrong event refuses all of a request.

Values of a mapping: everything that a server event has, such as `user_data.em`, `custom_data.value`, `action_source`.
Personal data is given as it is and hashed here; `event_id` is the event's id, so that Meta counts it once when its
pixel in the browser sends the same.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Literal

import msgspec

from .. import personal_data, presets
from ..config_types import TestCode, Token, text_like
from ..event_parts import context, json_bytes, object_of, page, seconds, vendor_ids, without_empty
from ..formats import text_of
from ..vendor import Answer, HttpRequest, Outcome, Outgoing, Sending, Vendor, by_status, places_together

GRAPH = "https://graph.facebook.com/v25.0"
MOST_TOGETHER = 1000
# Unknown and temporary (1, 2), too many calls of an app, a user, a page, an account, a feature (4, 17, 32, 341, 613),
# and of a business (80000 to 80014): https://developers.facebook.com/docs/graph-api/overview/rate-limiting
TEMPORARY = frozenset({1, 2, 4, 17, 32, 341, 613, *range(80000, 80015)})
Normal = Callable[[str], str]
HASHED: dict[str, Normal] = {
    "em": personal_data.email,
    "ph": personal_data.phone,
    "fn": personal_data.name,
    "ln": personal_data.name,
    "ct": personal_data.city,
    "st": personal_data.state,
    "zp": personal_data.postcode,
    "country": personal_data.country,
    "ge": personal_data.gender,
    "db": personal_data.birthday,
    "external_id": personal_data.external_id,
}
ActionSource = Literal[
    "website", "app", "email", "phone_call", "chat", "physical_store", "system_generated", "business_messaging", "other"
]


class Config(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A pixel, or dataset. `test_event_code` is for trying out alone: what bears it is shown among Meta's test events,
    but counted too. `action_source` is where events happen."""

    pixel_id: Annotated[str, text_like(r"\d{5,20}", "the number of a pixel or dataset")]
    access_token: Token
    test_event_code: TestCode = ""
    action_source: ActionSource = "website"


def missing(config: Config, outgoing: Outgoing) -> str:
    """What Meta needs to take an event."""
    sent = _event(config, outgoing)
    if "event_time" not in sent:
        return "Meta needs the time of the event"
    if sent["action_source"] == "website" and "event_source_url" not in sent:
        return "Meta needs the address of the page (event_source_url) of an event on a website"
    if sent["action_source"] == "website" and "client_user_agent" not in sent["user_data"]:
        return "Meta needs the browser (user_data.client_user_agent) of an event on a website"
    if not sent["user_data"].keys() - {"client_user_agent", "country", "st", "ct", "zp", "ge", "db"}:
        return "Meta needs something to know the visitor by, such as user_data.em, fbp or client_ip_address"
    return ""


def requests(config: Config, events: Sequence[Outgoing], _token: str) -> list[Sending]:
    """Requests of at most 1,000 events."""
    return _sendings(config, events, {})


def checked_requests(config: Config, events: Sequence[Outgoing], _token: str) -> list[Sending]:
    """The same requests with the code by which Meta shows them among the test events."""
    return _sendings(config, events, {"test_event_code": config.test_event_code}) if config.test_event_code else []


def outcomes(sending: Sending, answer: Answer) -> list[Outcome]:
    """By the status, and by the code of Meta's error: it says with a 400 too that something is temporary."""
    error = object_of(object_of(answer.json()).get("error"))
    if not error:
        return by_status(sending, answer)
    code, said = error.get("code"), error.get("error_user_msg") or error.get("message") or ""
    again = error.get("is_transient") is True or code in TEMPORARY or by_status(sending, answer)[0].verdict == "again"
    reason = f"HTTP {answer.status}: {said} (code {code}, trace {error.get('fbtrace_id', 'unknown')})"
    return [Outcome("again" if again else "refused", reason)] * len(sending.places)


def _sendings(config: Config, events: Sequence[Outgoing], more: dict[str, str]) -> list[Sending]:
    places = [place for place, outgoing in enumerate(events) if not missing(config, outgoing)]
    url, headers = f"{GRAPH}/{config.pixel_id}/events", {"Content-Type": "application/json"}
    sendings = []
    for group in places_together(places, MOST_TOGETHER):
        data = [_event(config, events[place]) for place in group]
        # In the body, not in the query, which ends up in logs on the way.
        body = json_bytes({"data": data, "access_token": config.access_token} | more)
        sendings.append(Sending(HttpRequest("POST", url, body, headers, (config.access_token,)), group))
    return sendings


def _event(config: Config, outgoing: Outgoing) -> dict[str, Any]:
    event = outgoing.event
    sent = {
        "event_name": outgoing.name[:50],
        "event_time": seconds(event),
        "event_id": outgoing.event_id,
        "action_source": config.action_source,
        "event_source_url": page(event).get("url"),
        "referrer_url": page(event).get("referrer"),
    } | without_empty({name: value for name, value in outgoing.values.items() if name not in ("user_data", "event_id")})
    return without_empty(sent) | {"user_data": _user(event, object_of(outgoing.values.get("user_data")))}


def _user(event: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """What Meta may know the visitor by: personal data hashed, ids and browser as they are."""
    ids, surroundings = vendor_ids(event), context(event)
    known = {
        "external_id": event.get("userId") or event.get("anonymousId"),
        "fbp": ids.get("fbp"),
        "fbc": ids.get("fbc") or _fbc(event, ids.get("fbclid")),
        "client_ip_address": surroundings.get("ip"),
        "client_user_agent": surroundings.get("userAgent"),
    } | dict(given)
    return without_empty({name: _hashed(name, value) if name in HASHED else value for name, value in known.items()})


def _fbc(event: Mapping[str, Any], fbclid: Any) -> str:
    """The cookie as Meta's pixel would make it of a click: `fb.1.<milliseconds>.<click id>`."""
    moment = seconds(event)
    return f"fb.1.{moment * 1000}.{fbclid}" if isinstance(fbclid, str) and fbclid and moment is not None else ""


def _hashed(name: str, value: Any) -> list[str]:
    """The digests of one value or of several; what is none of its kind is left out."""
    values = value if isinstance(value, list) else [value]
    texts = [text_of(one) for one in values if isinstance(one, str | int) and not isinstance(one, bool)]
    return [digest for text in texts if (digest := personal_data.hashed(HASHED[name](text)))]


PERSON = {
    "email": "user_data.em",
    "phone": "user_data.ph",
    "first_name": "user_data.fn",
    "last_name": "user_data.ln",
    "city": "user_data.ct",
    "state": "user_data.st",
    "postcode": "user_data.zp",
    "country": "user_data.country",
}
CONTENT = {"id": "id", "quantity": "quantity", "price": "item_price", "name": "title", "brand": "brand"}
# https://developers.facebook.com/docs/meta-pixel/reference#standard-events
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
    "page": "PageView",
}
OF_PRODUCTS = ("purchase", "view_item", "add_to_cart", "add_to_wishlist", "begin_checkout", "add_payment_info")


def _mappings(kind: str) -> list[presets.Field]:
    found = [
        *presets.value("custom_data.value"),
        *presets.copied(("currency", "order_id"), "custom_data"),
        *presets.fields(("properties.transaction_id",), "custom_data.order_id"),
        *presets.fields(("properties.query", "properties.search_term"), "custom_data.search_string"),
    ]
    if kind not in OF_PRODUCTS:
        return found
    single = (
        presets.fields(("properties.price",), "custom_data.value", "number") if kind in presets.OF_ONE_PRODUCT else []
    )
    return [
        *single,
        *found,
        {"value": "product", "target": "custom_data.content_type"},
        *presets.products(kind, "custom_data.contents", CONTENT),
    ]


E_COMMERCE = {
    "global": {"mappings": presets.person(PERSON)},
    "defaults": {"action": "drop"},
    "events": presets.events(NAMES, {kind: _mappings(kind) for kind in NAMES}),
}

VENDOR = Vendor(
    key="meta_capi",
    name="Meta Conversions API",
    description="Conversions for campaigns on Facebook and Instagram, counted once with those of Meta's pixel.",
    category="advertising",
    documentation="https://developers.facebook.com/docs/marketing-api/conversions-api",
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
