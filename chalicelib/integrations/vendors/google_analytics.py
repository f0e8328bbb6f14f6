"""Google Analytics 4 by the Measurement Protocol.

References, under https://developers.google.com/analytics/devguides/collection/protocol/ga4: "Send events" with its
limitations (/sending-events), "Protocol reference" with the reserved names (/reference), "Validate events"
(/validating-events).

Required: `measurement_id`, `api_secret`, and a client: that of the browser's cookie, otherwise one that is always the
same for a visitor. Google answers 2xx whatever is in a request, so test requests go to its validation server, which
says what is wrong but does not check the two keys. Retried: 408, 425, 429 and 5xx. Google takes events of the last 72
hours at their time.

Values of a mapping: `params.…`, `user_properties.…`, `client_id`, `user_id`, `session_id`.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

import msgspec

from .. import presets
from ..config_types import Token, text_like
from ..event_parts import context, granted, json_bytes, microseconds, object_of, page, vendor_ids, without_empty
from ..formats import text_of
from ..vendor import Answer, HttpRequest, Outcome, Outgoing, Sending, Vendor, by_status, places_together

SERVERS = {"global": "https://www.google-analytics.com", "eu": "https://region1.google-analytics.com"}
MOST_TOGETHER = 25
MOST_PARAMS = 25
MOST_ITEMS = 200
MOST_USER_PROPERTIES = 25
LONGEST_NAME = 40  # characters, of events and parameters
LONGEST_VALUE = 100  # characters; of these parameters:
LONGER_VALUES = {"page_location": 1000, "page_referrer": 420, "page_title": 300}
LONGEST_USER_PROPERTY_NAME, LONGEST_USER_PROPERTY, LONGEST_USER_ID = 24, 36, 256  # characters
# Events that only Google's own libraries may send.
RESERVED = frozenset(
    {
        *("ad_activeview", "ad_click", "ad_exposure", "ad_impression", "ad_query", "ad_reward", "adunit_exposure"),
        *("app_background", "app_clear_data", "app_exception", "app_remove", "app_store_refund", "app_update"),
        *("app_store_subscription_cancel", "app_store_subscription_convert", "app_store_subscription_renew"),
        *("app_upgrade", "dynamic_link_app_open", "dynamic_link_app_update", "dynamic_link_first_open", "error"),
        *("firebase_campaign", "firebase_in_app_message_action", "firebase_in_app_message_dismiss"),
        *("firebase_in_app_message_impression", "first_open", "first_visit", "in_app_purchase", "session_start"),
        *("notification_dismiss", "notification_foreground", "notification_open", "notification_receive"),
        *("notification_send", "os_update", "screen_view", "user_engagement"),
    }
)
RESERVED_PREFIXES = ("_", "ga_", "google_", "gtag.", "firebase_")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


class Config(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A web stream of a property. `region` is where events are collected, `send_ip` lets Google know where visitors
    are, `debug_view` shows the events in DebugView."""

    measurement_id: Annotated[str, text_like(r"G-[A-Z0-9]{4,20}", "a measurement id such as G-1A2BCD345E")]
    api_secret: Token
    region: Literal["global", "eu"] = "global"
    send_ip: bool = True
    debug_view: bool = False


def missing(_config: Config, outgoing: Outgoing) -> str:
    """Google takes any event but those that only its libraries send."""
    name = event_name(outgoing.name)
    if not name:
        return f"Google Analytics has no name for {outgoing.name!r}: a name begins with a letter"
    return f"{name} is an event that only Google's own libraries send" if name in RESERVED else ""


def requests(config: Config, events: Sequence[Outgoing], _token: str) -> list[Sending]:
    """For each visitor requests of at most 25 events."""
    return _sendings(config, events, "/mp/collect", {})


def checked_requests(config: Config, events: Sequence[Outgoing], _token: str) -> list[Sending]:
    """The same requests for the server that checks and does not count."""
    return _sendings(config, events, "/debug/mp/collect", {"validation_behavior": "ENFORCE_RECOMMENDATIONS"})


def outcomes(sending: Sending, answer: Answer) -> list[Outcome]:
    """By the status; and what the validation server has to say is a refusal."""
    messages = object_of(answer.json()).get("validationMessages")
    if not (200 <= answer.status < 300 and isinstance(messages, list) and messages):
        return by_status(sending, answer)
    said = [object_of(message) for message in messages]
    reason = "; ".join(f"{one.get('validationCode', '')} {one.get('description', '')}".strip() for one in said)
    return [Outcome("refused", f"Google's validation server: {reason}")] * len(sending.places)


def _sendings(config: Config, events: Sequence[Outgoing], path: str, more: dict[str, str]) -> list[Sending]:
    query = urlencode({"measurement_id": config.measurement_id, "api_secret": config.api_secret})
    url, headers = f"{SERVERS[config.region]}{path}?{query}", {"Content-Type": "application/json"}
    sendings = []
    for places in _by_visitor(config, events):
        who = _visitor(config, events[places[0]])
        body = json_bytes(who | more | {"events": [_event(config, events[place]) for place in places]})
        sendings.append(Sending(HttpRequest("POST", url, body, headers, (config.api_secret,)), places))
    return sendings


def _by_visitor(config: Config, events: Sequence[Outgoing]) -> list[tuple[int, ...]]:
    """The places of the events that can be in one request: what is said once for all of them is the same."""
    same: dict[str, list[int]] = {}
    for place, outgoing in enumerate(events):
        if not missing(config, outgoing):
            same.setdefault(json.dumps(_visitor(config, outgoing), sort_keys=True), []).append(place)
    return [group for places in same.values() for group in places_together(places, MOST_TOGETHER)]


def _visitor(config: Config, outgoing: Outgoing) -> dict[str, Any]:
    """What a request says once: who it was, and what may be done with it."""
    event, values = outgoing.event, outgoing.values
    properties = _clean(object_of(values.get("user_properties")), LONGEST_USER_PROPERTY_NAME, LONGEST_USER_PROPERTY)
    consent = granted(event, "marketing")
    word = "GRANTED" if consent else "DENIED"
    ip = context(event).get("ip")
    return without_empty(
        {
            "client_id": text_of(values.get("client_id") or client_id(event)),
            "user_id": text_of(values.get("user_id") or event.get("userId") or "")[:LONGEST_USER_ID],
            "user_properties": {name: {"value": properties[name]} for name in list(properties)[:MOST_USER_PROPERTIES]},
            "consent": {} if consent is None else {"ad_user_data": word, "ad_personalization": word},
            "ip_override": ip if config.send_ip and isinstance(ip, str) else None,
        }
    )


def client_id(event: Mapping[str, Any]) -> str:
    """The client as the browser's cookie has it; otherwise one of the same form, made of who the visitor is."""
    known = vendor_ids(event).get("ga_client_id")
    if known:
        return text_of(known)
    visitor = event.get("anonymousId") or event.get("userId") or event["messageId"]
    digest = hashlib.sha256(str(visitor).encode("utf-8", "replace")).digest()
    return f"{int.from_bytes(digest[:4], 'big')}.{int.from_bytes(digest[4:8], 'big')}"


def _event(config: Config, outgoing: Outgoing) -> dict[str, Any]:
    event, values = outgoing.event, outgoing.values
    params = {
        "session_id": values.get("session_id") or vendor_ids(event).get("ga_session_id"),
        "engagement_time_msec": 1,  # without one, an event is no activity of a user
        "page_location": page(event).get("url"),
        "page_title": page(event).get("title"),
        "page_referrer": page(event).get("referrer"),
        "language": context(event).get("locale"),
    } | object_of(values.get("params"))
    items = params.pop("items", None)
    kept = dict(list(_clean(params).items())[: MOST_PARAMS - config.debug_view])
    kept |= {"debug_mode": 1} if config.debug_view else {}
    listed = [_clean(item) for item in items[:MOST_ITEMS] if isinstance(item, dict)] if isinstance(items, list) else []
    return without_empty(
        {
            "name": event_name(outgoing.name),
            "timestamp_micros": microseconds(event),
            "params": kept | ({"items": listed} if listed else {}),
        }
    )


def event_name(name: str) -> str:
    """As Google allows it, of a name that is not: `Item Shared!` is `item_shared`. Empty when there is none."""
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name):
        name = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
    return name[:LONGEST_NAME] if name[:1].isalpha() and not name.startswith(RESERVED_PREFIXES) else ""


def _clean(
    params: Mapping[str, Any], longest_name: int = LONGEST_NAME, longest_value: int = LONGEST_VALUE
) -> dict[str, str | int | float]:
    """What Google takes of parameters: texts and numbers, not longer than it allows, under proper names."""
    kept: dict[str, str | int | float] = {}
    for name, value in params.items():
        proper = re.sub(r"[^A-Za-z0-9_]+", "_", name)[:longest_name]
        taken = _taken(value, LONGER_VALUES.get(name, longest_value), name in LONGER_VALUES)
        if taken is not None and proper[:1].isalpha() and not proper.startswith(RESERVED_PREFIXES):
            kept[proper] = taken
    return kept


def _taken(value: Any, longest: int, of_page: bool) -> str | int | float | None:
    """A value as Google takes it, or None. An e-mail address is left out, since Google forbids personal data; the
    address of a page loses it."""
    if isinstance(value, bool):
        return text_of(value)
    if isinstance(value, int | float):
        return value
    if not isinstance(value, str) or not value or (EMAIL.search(value) and not of_page):
        return None
    return (re.sub(r"[^@\s/?&=#]+(@|%40)[^@\s/?&=#]+\.[^@\s/?&=#]+", "redacted", value) if of_page else value)[:longest]


ITEM = {
    "id": "item_id",
    "name": "item_name",
    "price": "price",
    "quantity": "quantity",
    "brand": "item_brand",
    "category": "item_category",
    "variant": "item_variant",
}
COPIED = ("currency", "coupon", "tax", "shipping", "affiliation", "payment_type", "method", "item_list_id")


def _mappings(kind: str) -> list[presets.Field]:
    return [
        *presets.copied(COPIED, "params"),
        *presets.value("params.value"),
        *presets.fields(("properties.order_id", "properties.transaction_id"), "params.transaction_id"),
        *presets.fields(("properties.query", "properties.search_term"), "params.search_term"),
        *presets.fields(("properties.payment_method",), "params.payment_type"),
        *presets.fields(("properties.list_id",), "params.item_list_id"),
        *presets.products(kind, "params.items", ITEM),
    ]


E_COMMERCE = {
    "defaults": {"action": "pass", "mappings": [presets.field("properties", "params")]},
    "events": {
        **presets.events({kind: kind for kind in presets.EVENTS}, {kind: _mappings(kind) for kind in presets.EVENTS}),
        "page": {"vendor_event_name": "page_view", "mappings": [presets.field("properties", "params")]},
        "identify": {"enabled": False},
        "group": {"enabled": False},
        "alias": {"enabled": False},
    },
}

VENDOR = Vendor(
    key="google_analytics_4",
    name="Google Analytics 4",
    description="Events and purchases in the reports of a property, by the Measurement Protocol.",
    category="analytics",
    documentation="https://developers.google.com/analytics/devguides/collection/protocol/ga4/reference",
    consent="analytics",
    config=Config,
    requests=requests,
    most_together=MOST_TOGETHER,
    missing=missing,
    outcomes=outcomes,
    test_requests=checked_requests,
    presets={"e_commerce": E_COMMERCE},
)
