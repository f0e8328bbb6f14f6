"""The way of a request with events: read, let through the gate, put on the queue. 200 only when the queue has them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import uuid4

import msgspec

from .. import aws, clock, logs, metrics
from ..activity import live
from ..api import requests
from ..api.operation import Answer, Call
from ..errors import ApiError, InvalidEvent, InvalidPipelineKey, OriginNotAllowed, ServiceUnavailable
from ..pipelines import challenge, secrets
from ..settings import settings
from . import admission, body, event, gate, outbox, pixel, visitor, witness
from .admission import Incoming, Sender
from .schemas import Accepted, BatchAccepted, Challenge, RefusedEvent
from .signature import signature_of
from .visitor import Visitor
from .witness import Refusal

LARGEST_BATCH = 5 * 1024 * 1024  # bytes
EXPOSED = "Retry-After, RateLimit, RateLimit-Policy, X-Request-Id"  # what the SDKs of a page may read

Headers = dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrance:
    """What differs between the ways in."""

    read: Callable[[Call[None, Any]], Incoming]
    accept: Callable[["Admitted"], Any]
    kind: str | None = None  # of the events; without one each says its own
    checks: gate.Checks = gate.CHECKS
    signature_required: bool = False
    for_events: bool = True


@dataclass(frozen=True, slots=True)
class Admitted:
    """A request that the gate has let through."""

    call: Call[None, Any]
    incoming: Incoming
    sender: Sender
    secret: str  # that the sender has; empty for one who showed none
    headers: Headers  # of the answer
    kind: str | None
    visitor: Visitor | None  # whose browser it comes from; nobody's when it comes from a server


def single(kind: str, call: Call[None, None]) -> Answer:
    """Accept one event of a kind."""
    return _answer(call, Entrance(read=partial(_read, event.LARGEST_EVENT), accept=_accept, kind=kind))


def signed(call: Call[None, None]) -> Answer:
    """Accept one event of whatever kind it says, from somebody who has the secret."""
    read = partial(_read, event.LARGEST_EVENT)
    return _answer(call, Entrance(read=read, accept=_accept, signature_required=True))


def drawn(kind: str, call: Call[None, Any]) -> Answer:
    """Accept one event from the address of an image, and give the image."""
    answer = _answer(call, Entrance(read=_read_address, accept=_accept, kind=kind))
    return Answer(pixel.IMAGE, headers=answer.headers | pixel.HEADERS)


def batch(call: Call[None, None]) -> Answer:
    """Accept a batch; a bad event of it is reported by its index and costs its neighbours nothing."""
    return _answer(call, Entrance(read=partial(_read, LARGEST_BATCH), accept=_accept_batch))


def challenge_token(call: Call[None, None]) -> Answer:
    """Issue a challenge token to a page that may send events."""
    read = partial(_read, event.LARGEST_EVENT)
    return _answer(call, Entrance(read=read, accept=_issue, checks=gate.FOR_A_TOKEN, for_events=False))


def _read(largest: int, call: Call[None, Any]) -> Incoming:
    raw = body.inflated(bytes(call.request.raw_body), largest)
    return Incoming(body.parsed(raw), signature_of(call.request.headers, raw))


def _read_address(call: Call[None, Any]) -> Incoming:
    return Incoming(pixel.event_of(dict(call.request.query_params or {})))


def _accept(admitted: Admitted) -> Accepted:
    signature = admitted.incoming.signature
    _hand_on(admitted, [_envelope(admitted, admitted.incoming.sent, signature.message_id if signature else "")])
    return Accepted()


def _accept_batch(admitted: Admitted) -> BatchAccepted:
    good, bad = _sorted_out(admitted, event.batch_of(admitted.incoming.sent))
    _hand_on(admitted, good)
    return BatchAccepted(accepted=len(good), errors=bad or msgspec.UNSET)


def _sorted_out(admitted: Admitted, items: list[Any]) -> tuple[list[dict[str, Any]], list[RefusedEvent]]:
    """The good events as envelopes, and what is wrong with the others."""
    good, bad, refusals = [], [], []
    signature = admitted.incoming.signature
    for index, item in enumerate(items):
        try:
            if len(msgspec.json.encode(item)) > event.LARGEST_EVENT:
                raise InvalidEvent(f"an event must have at most {event.LARGEST_EVENT:,} bytes")
            good.append(_envelope(admitted, item, f"{signature.message_id}-{index}" if signature else ""))
        except InvalidEvent as error:
            bad.append(RefusedEvent(index=index, message=error.message))
            refusals.append(Refusal(error, None, item))
    witness.refused(admitted.sender.pipeline, refusals)
    return good, bad


def _envelope(admitted: Admitted, item: Any, message_id: str) -> dict[str, Any]:
    kind = admitted.kind or (item.get("type") if isinstance(item, dict) else None)
    sent_at = admitted.incoming.sent.get("sentAt")
    envelope = event.normalise(kind, item, clock.now(), sent_at, message_id=message_id)
    pipeline = admitted.sender.pipeline
    return visitor.described(envelope, admitted.visitor, anonymize_ip=bool(pipeline.anonymize_ip))


def _hand_on(admitted: Admitted, envelopes: list[dict[str, Any]]) -> None:
    pipeline, secret_prefix = admitted.sender.pipeline, secrets.prefix_of(admitted.secret)
    about: dict[str, Any] = {"org_id": pipeline.org_id, "pipeline_id": pipeline.pipeline_id}
    if secret_prefix:
        about["secret_prefix"] = secret_prefix
    if live.is_watched(pipeline):
        about["watched"] = True
    if pipeline.filter_bots:
        about["filter_bots"] = True
    outbox.send(about, envelopes)
    if envelopes:
        witness.let_in(pipeline, envelopes, secret_prefix)
        _give_cookie(admitted, envelopes)


def _give_cookie(admitted: Admitted, envelopes: list[dict[str, Any]]) -> None:
    who = admitted.visitor
    if who and visitor.may_have_cookie(admitted.call.request.headers, envelopes):
        first_party_id = visitor.wanted_id(who, envelopes) or str(uuid4())
        secure = settings().public_url.startswith("https:")
        admitted.headers["Set-Cookie"] = visitor.set_cookie(first_party_id, secure=secure)


def _issue(admitted: Admitted) -> Challenge:
    issued = challenge.issue(admitted.sender.pipeline.pipeline_id)
    return Challenge(token=issued.token, expires_at=issued.expires_at, expires_in=settings().challenge_token_seconds)


def _answer(call: Call[None, Any], entrance: Entrance) -> Answer:
    request, headers = call.request, _cors(call)
    incoming: Incoming | None = None
    sender: Sender | None = None
    try:
        incoming = entrance.read(call)
        sender = admission.sender_of(request.headers, request.query_params or {}, incoming.sent)
        required = entrance.signature_required
        secret = admission.admit(sender, request.headers, incoming, entrance.checks, signature_required=required)
        admitted = Admitted(call, incoming, sender, secret, headers, entrance.kind, _visitor(call, incoming, sender))
        return Answer(entrance.accept(admitted), headers=headers)
    except ApiError as error:
        refusal = error
    except Exception as error:
        if not aws.unavailable(error):
            if entrance.for_events:
                metrics.record(metrics.EVENTS_NOT_STORED, len(_items(incoming)))
            raise
        logs.error("event not taken", request_id=call.request_id)
        refusal = ServiceUnavailable()
    if entrance.for_events:
        _testify(call, entrance.kind, incoming, sender, refusal)
    if isinstance(refusal, OriginNotAllowed):
        del headers["Access-Control-Allow-Origin"]  # such a page may not even read that
    raise _told_to_sdks(refusal, headers)


def _visitor(call: Call[None, Any], incoming: Incoming, sender: Sender) -> Visitor | None:
    if sender.secret or incoming.signature:
        return None
    source = requests.source_of(call.request)
    return visitor.visitor_of(call.request.headers, source, settings().trusted_proxies)


def _cors(call: Call[None, Any]) -> Headers:
    origin = call.request.headers.get("origin")
    with_cookies = {"Access-Control-Allow-Credentials": "true"} if origin else {}
    return with_cookies | {
        "Vary": "Origin",
        "Access-Control-Allow-Origin": origin or "*",
        "Access-Control-Expose-Headers": EXPOSED,
    }


def _testify(
    call: Call[None, Any], kind: str | None, incoming: Incoming | None, sender: Sender | None, refusal: ApiError
) -> None:
    """Count what was refused, also when the body could not be read and only a header says whose it is."""
    sender = sender or _sender_by_headers(call)
    refusals = [Refusal(refusal, kind, item) for item in _items(incoming)]
    witness.refused(sender.pipeline if sender else None, refusals)


def _sender_by_headers(call: Call[None, Any]) -> Sender | None:
    try:
        return admission.sender_of(call.request.headers, call.request.query_params or {}, {})
    except InvalidPipelineKey:
        return None
    except Exception as error:
        if not aws.unavailable(error):
            raise
        return None


def _items(incoming: Incoming | None) -> list[Any]:
    """The events of a request; one that nobody could read, if there are none."""
    return incoming.items if incoming else [None]


def _told_to_sdks(error: ApiError, headers: Headers) -> ApiError:
    """The error with the fields that SDKs of the Segment family read, readable for the page where it may be."""
    error.beside = {"success": False, "code": error.code(), "message": error.message}
    error.headers = headers | error.headers
    return error
