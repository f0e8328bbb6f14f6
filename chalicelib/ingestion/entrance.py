"""The way of a request with events: read, let through the gate, put on the queue. 200 only when the queue has them."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

import msgspec

from .. import aws, clock, logs
from ..api.operation import Answer, Call
from ..errors import ApiError, InvalidEvent, OriginNotAllowed, ServiceUnavailable
from ..pipelines import challenge, secrets
from ..settings import settings
from . import admission, body, event, gate, outbox, pixel
from .admission import Incoming, Sender
from .schemas import Accepted, BatchAccepted, Challenge, RefusedEvent
from .signature import signature_of

LARGEST_BATCH = 5 * 1024 * 1024  # bytes
EXPOSED = "Retry-After, RateLimit, RateLimit-Policy, X-Request-Id"  # what the SDKs of a page may read


Work = Callable[[Incoming, Sender], Any]


def single(kind: str, call: Call[None, None]) -> Answer:
    """Accept one event of a kind."""
    return _answer(call, partial(_read, call, event.LARGEST_EVENT), partial(_accept, kind))


def signed(call: Call[None, None]) -> Answer:
    """Accept one event of whatever kind it says, from somebody who has the secret."""
    return _answer(call, partial(_read, call, event.LARGEST_EVENT), partial(_accept, None), signature_required=True)


def drawn(kind: str, call: Call[None, Any]) -> Answer:
    """Accept one event from the address of an image, and give the image."""
    query = dict(call.request.query_params or {})
    answer = _answer(call, lambda: Incoming(pixel.event_of(query)), partial(_accept, kind))
    return Answer(pixel.IMAGE, headers=answer.headers | pixel.HEADERS)


def batch(call: Call[None, None]) -> Answer:
    """Accept a batch; a bad event of it is reported by its index and costs its neighbours nothing."""
    return _answer(call, partial(_read, call, LARGEST_BATCH), _accept_batch)


def challenge_token(call: Call[None, None]) -> Answer:
    """Issue a challenge token to a page that may send events."""
    return _answer(call, partial(_read, call, event.LARGEST_EVENT), _issue, checks=gate.FOR_A_TOKEN)


def _read(call: Call[None, None], largest: int) -> Incoming:
    raw = body.inflated(bytes(call.request.raw_body), largest)
    return Incoming(body.parsed(raw), signature_of(call.request.headers, raw))


def _accept(kind: str | None, incoming: Incoming, sender: Sender) -> Accepted:
    sent, signature = incoming.sent, incoming.signature
    fallback = signature.message_id if signature else ""
    envelope = event.normalise(kind or sent.get("type"), sent, clock.now(), sent.get("sentAt"), message_id=fallback)
    _hand_on(sender, [envelope])
    return Accepted()


def _accept_batch(incoming: Incoming, sender: Sender) -> BatchAccepted:
    good, bad = _sorted_out(event.batch_of(incoming.sent), incoming)
    _hand_on(sender, good)
    return BatchAccepted(accepted=len(good), errors=bad or msgspec.UNSET)


def _sorted_out(items: list[Any], incoming: Incoming) -> tuple[list[dict[str, Any]], list[RefusedEvent]]:
    """The good events as envelopes, and what is wrong with the others."""
    good, bad, received_at = [], [], clock.now()
    for index, item in enumerate(items):
        try:
            good.append(_item(index, item, incoming, received_at))
        except InvalidEvent as error:
            bad.append(RefusedEvent(index=index, message=error.message))
    return good, bad


def _item(index: int, item: Any, incoming: Incoming, received_at: datetime) -> dict[str, Any]:
    kind = item.get("type") if isinstance(item, dict) else None
    fallback = f"{incoming.signature.message_id}-{index}" if incoming.signature else ""
    envelope = event.normalise(kind, item, received_at, incoming.sent.get("sentAt"), message_id=fallback)
    if len(msgspec.json.encode(envelope)) > event.LARGEST_EVENT:
        raise InvalidEvent(f"an event must have at most {event.LARGEST_EVENT:,} bytes")
    return envelope


def _hand_on(sender: Sender, envelopes: list[dict[str, Any]]) -> None:
    about: dict[str, Any] = {"org_id": sender.pipeline.org_id, "pipeline_id": sender.pipeline.pipeline_id}
    if sender.secret:
        about["secret_prefix"] = secrets.prefix_of(sender.secret)
    outbox.send(about, envelopes)


def _issue(_: Incoming, sender: Sender) -> Challenge:
    issued = challenge.issue(sender.pipeline.pipeline_id)
    return Challenge(token=issued.token, expires_at=issued.expires_at, expires_in=settings().challenge_token_seconds)


def _answer(
    call: Call[None, Any],
    read: Callable[[], Incoming],
    work: Work,
    *,
    checks: gate.Checks = gate.CHECKS,
    signature_required: bool = False,
) -> Answer:
    cors = {
        "Vary": "Origin",
        "Access-Control-Allow-Origin": call.request.headers.get("origin", "*"),
        "Access-Control-Expose-Headers": EXPOSED,
    }
    try:
        incoming = read()
        headers, query = call.request.headers, call.request.query_params or {}
        sender = admission.admit(headers, query, incoming, checks, signature_required=signature_required)
        return Answer(work(incoming, sender), headers=cors)
    except OriginNotAllowed as error:
        del cors["Access-Control-Allow-Origin"]  # such a page may not even read that
        raise _told_to_sdks(error, cors) from None
    except ApiError as error:
        raise _told_to_sdks(error, cors) from None
    except Exception as error:
        if not aws.unavailable(error):
            raise
        logs.error("event not taken", request_id=call.request_id)
        raise _told_to_sdks(ServiceUnavailable(), cors) from None


def _told_to_sdks(error: ApiError, cors: dict[str, str]) -> ApiError:
    """The error with the fields that SDKs of the Segment family read, readable for the page where it may be."""
    error.beside = {"success": False, "code": error.code(), "message": error.message}
    error.headers = cors | error.headers
    return error
