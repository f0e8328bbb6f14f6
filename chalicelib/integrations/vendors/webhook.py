"""A webhook: events to an address of the organisation's own choice.

Reference for signatures: Standard Webhooks
(https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md), whose libraries verify
them: `webhook-id` is the event's id, the same at every attempt; `webhook-timestamp` is when it is sent; and
`webhook-signature` is `v1,` and the Base64 of the HMAC-SHA256 of `id.timestamp.body`.

Required: `url`. Retried: 408, 425, 429 and 5xx but 501 and 505. A redirect is not followed.

Payloads: `canonical` is the event as it was accepted; `mapped` is what the mapping puts together; `custom` is a
template (see `payloads`) of `event`, `name` and `values`. In batches they are a JSON list, and a template has `events`,
a list of the three.
"""

import hashlib
import hmac
import json
import re
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from ..config_types import OptionalToken, text_checked, text_like, unless_placeholder
from ..event_parts import json_bytes
from ..payloads import LONGEST_TEMPLATE, PayloadError, check, rendered
from ..vendor import HttpRequest, Outgoing, Sending, Vendor, places_together

MOST_TOGETHER = 500
JSON = "application/json"
# Headers that are the connection's or the client's business.
FORBIDDEN = frozenset(
    {
        *("host", "content-length", "transfer-encoding", "connection", "keep-alive", "upgrade", "te", "trailer"),
        *("expect", "proxy-authorization", "proxy-connection", "accept-encoding", "webhook-id", "webhook-timestamp"),
        *("webhook-signature", "authorization"),
    }
)


def header_name(name: str) -> str:
    """The name of a header that may be set.

    Raises ValueError.
    """
    if not re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}", name) or name.lower() in FORBIDDEN:
        raise ValueError("must be the name of a header that is not set otherwise")
    return name


HeaderName = Annotated[str, Meta(extra={"check": header_name}, description="the name of a header")]
HeaderValue = Annotated[str, text_like(r"[\x20-\x7e]{0,2000}", "a string of at most 2,000 visible ASCII characters")]
OptionalHeaderName = Annotated[
    str, text_checked(lambda name: name and header_name(name), "the name of a header, or empty")
]
UserName = Annotated[str, text_like(r"[^:\x00-\x1f\x7f]{0,200}", "a user name without a colon, or empty")]


def signing_secret(text: str) -> str:
    """The secret as Standard Webhooks has it, or empty.

    Raises ValueError.
    """
    if text and not (text.startswith("whsec_") and 24 <= len(b64decode(text[6:], validate=True)) <= 64):
        raise ValueError("must be whsec_ and 24 to 64 random bytes in Base64")
    return text


SigningSecret = Annotated[
    str, text_checked(signing_secret, "whsec_ and 24 to 64 random bytes in Base64, or empty", secret=True)
]
TemplateText = Annotated[
    str,
    Meta(
        max_length=LONGEST_TEMPLATE,
        extra={"check": unless_placeholder(lambda source: source and check(source))},
        description="a template of at most 16,384 characters",
    ),
]


class Config(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Where to, how it is proved who sends, and what is sent. `bearer` and `header` have the `auth_token` in
    `Authorization` or in the header `auth_header`, `basic` has `auth_user` and `auth_token`, `hmac` signs with the
    `signing_secret`."""

    url: Annotated[str, text_like(r"https?://[^\s/@]+(/\S*)?(\?\S*)?", "the URL of a page without user and password")]
    method: Literal["POST", "PUT", "PATCH"] = "POST"
    headers: Annotated[
        dict[HeaderName, HeaderValue], Meta(max_length=30, description="an object of at most 30 headers")
    ] = {}
    authentication: Literal["none", "bearer", "basic", "header", "hmac"] = "none"
    auth_user: UserName = ""
    auth_header: OptionalHeaderName = ""
    auth_token: OptionalToken = ""
    signing_secret: SigningSecret = ""
    payload_format: Literal["canonical", "mapped", "custom"] = "canonical"
    payload_template: TemplateText = ""
    batch_enabled: bool = False
    batch_size: Annotated[int, Meta(ge=1, le=MOST_TOGETHER, description="a whole number from 1 to 500")] = 100


SIGNATURE = frozenset({"webhook-signature"})
NEEDED = {
    "bearer": ("auth_token",),
    "basic": ("auth_user", "auth_token"),
    "header": ("auth_header", "auth_token"),
    "hmac": ("signing_secret",),
}


def problems(config: Config) -> list[dict[str, str]]:
    """What the chosen authentication and format need and is not there."""
    needed = dict.fromkeys(NEEDED.get(config.authentication, ()), f"authentication {config.authentication}")
    if config.payload_format == "custom":
        needed["payload_template"] = "payload_format custom"
    return [
        {"field": field, "message": f"is required with {reason}"}
        for field, reason in needed.items()
        if not getattr(config, field)
    ]


def missing(config: Config, outgoing: Outgoing) -> str:
    """What a template cannot do with the event."""
    if config.payload_format != "custom":
        return ""
    try:
        _payload(config, [outgoing])
    except PayloadError as error:
        return str(error)
    return ""


def requests(config: Config, events: Sequence[Outgoing], _token: str) -> list[Sending]:
    """A request for each event, or for each batch."""
    places = [place for place, outgoing in enumerate(events) if not missing(config, outgoing)]
    groups = places_together(places, config.batch_size if config.batch_enabled else 1)
    sendings = []
    for group in groups:
        try:
            request = _request(config, [events[place] for place in group])
        except PayloadError:  # together they are too large
            sendings += [Sending(_request(config, [events[place]]), (place,)) for place in group]
        else:
            sendings.append(Sending(request, group))
    return sendings


def _request(config: Config, events: Sequence[Outgoing]) -> HttpRequest:
    body = _payload(config, events)
    known, secrets = _authorization(config)
    headers = {"Content-Type": content_type(config), **_without_type(config.headers), **known}

    def signed(seconds: int) -> dict[str, str]:
        return signature(config.signing_secret, _id_of(events), seconds, body)

    if config.authentication != "hmac":
        return HttpRequest(config.method, config.url, body, headers, secrets)
    return HttpRequest(config.method, config.url, body, headers, (config.signing_secret,), signed, SIGNATURE)


def content_type(config: Config) -> str:
    """JSON, unless the headers say something else."""
    return next((value for name, value in config.headers.items() if name.lower() == "content-type"), JSON)


def _without_type(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() != "content-type"}


def _payload(config: Config, events: Sequence[Outgoing]) -> bytes:
    """The body. Raises PayloadError."""
    if config.payload_format == "custom":
        each = [{"event": one.event, "name": one.name, "values": one.values} for one in events]
        values: dict[str, Any] = {"events": each} if config.batch_enabled else each[0]
        body = rendered(config.payload_template, values).encode("utf-8", "replace")
        if content_type(config).startswith(JSON) and not _is_json(body):
            raise PayloadError("the template makes no JSON of this event")
        return body
    payloads = [one.values if config.payload_format == "mapped" else one.event for one in events]
    return json_bytes(payloads if config.batch_enabled else payloads[0])


def _is_json(body: bytes) -> bool:
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        return False
    return True


def _authorization(config: Config) -> tuple[dict[str, str], tuple[str, ...]]:
    """The headers that prove who sends, and what in them is secret."""
    token = config.auth_token
    if config.authentication == "bearer":
        return {"Authorization": f"Bearer {token}"}, (token,)
    if config.authentication == "header":
        return {config.auth_header: token}, (token,)
    if config.authentication == "basic":
        pair = b64encode(f"{config.auth_user}:{token}".encode()).decode()
        return {"Authorization": f"Basic {pair}"}, (pair, token)
    return {}, ()


def signature(secret: str, event_id: str, seconds: int, body: bytes) -> dict[str, str]:
    """The three headers of Standard Webhooks."""
    key = b64decode(secret.removeprefix("whsec_"))
    signed = hmac.new(key, f"{event_id}.{seconds}.".encode() + body, hashlib.sha256).digest()
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(seconds),
        "webhook-signature": f"v1,{b64encode(signed).decode()}",
    }


def _id_of(events: Sequence[Outgoing]) -> str:
    """The event's id, or one made of those in a batch or of one that cannot be in a header; the same at every attempt
    with the same events. It has no dot, as the standard wants."""
    if len(events) == 1 and re.fullmatch(r"[A-Za-z0-9_-]{1,200}", events[0].event_id):
        return events[0].event_id
    ids = "\n".join(one.event_id for one in events)
    return "msg_" + hashlib.sha256(ids.encode("utf-8", "replace")).hexdigest()[:32]


VENDOR = Vendor(
    key="webhook",
    name="Webhook",
    description="Events to a server of your own, as they are, as they are mapped, or as a template makes them.",
    category="other",
    documentation="https://www.standardwebhooks.com/",
    consent="essential",
    config=Config,
    addresses=("url",),
    problems=problems,
    requests=requests,
    most_together=MOST_TOGETHER,
    missing=missing,
    presets={"all_events": {"defaults": {"action": "pass"}}},
)
