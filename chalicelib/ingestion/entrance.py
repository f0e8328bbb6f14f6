"""The way of a request with events: read, let through the gate, put on the queue. 200 only when the queue has them."""

import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from .. import aws, clock, logs, queues
from ..api import requests
from ..api.operation import Answer, Call
from ..errors import ApiError, InvalidEvent, InvalidPipelineKey, OriginNotAllowed, ServiceUnavailable
from ..pipelines import challenge, secrets
from ..pipelines.table import PipelineKey
from ..settings import settings
from . import credentials, event, gate
from .schemas import Accepted, BatchAccepted, Challenge, RefusedEvent

LARGEST_BATCH = 5 * 1024 * 1024  # bytes
LARGEST_MESSAGE = 250 * 1024  # bytes of events in one message; SQS bills by 64 KB and takes 256 KB from everybody
EXPOSED = "Retry-After, X-Request-Id"  # what the SDKs of a page may read


@dataclass(frozen=True, slots=True)
class Sender:
    """Whose events these are, once the gate has let them in."""

    pipeline: PipelineKey
    secret: str


def single(kind: str, call: Call[None, None]) -> Answer:
    """Accept one event of a kind."""

    def work(sent: dict[str, Any], sender: Sender) -> Accepted:
        _enqueue(sender, [event.normalise(kind, sent, clock.now(), sent.get("sentAt"))])
        return Accepted()

    return _answer(call, event.LARGEST_EVENT, work)


def batch(call: Call[None, None]) -> Answer:
    """Accept a batch; a bad event of it is reported by its index and costs its neighbours nothing."""

    def work(sent: dict[str, Any], sender: Sender) -> BatchAccepted:
        good, bad = _sorted_out(event.batch_of(sent), sent.get("sentAt"))
        _enqueue(sender, good)
        return BatchAccepted(accepted=len(good), errors=bad or msgspec.UNSET)

    return _answer(call, LARGEST_BATCH, work)


def challenge_token(call: Call[None, None]) -> Answer:
    """Issue a challenge token to a page that may send events."""

    def work(_: dict[str, Any], sender: Sender) -> Challenge:
        issued = challenge.issue(sender.pipeline.pipeline_id)
        return Challenge(
            token=issued.token, expires_at=issued.expires_at, expires_in=settings().challenge_token_seconds
        )

    return _answer(call, event.LARGEST_EVENT, work, checks=gate.BEFORE_CHALLENGE)


def _answer(
    call: Call[None, None],
    largest: int,
    work: Callable[[dict[str, Any], Sender], Any],
    checks: gate.Checks = gate.CHECKS,
) -> Answer:
    cors = {
        "Vary": "Origin",
        "Access-Control-Allow-Origin": call.request.headers.get("origin", "*"),
        "Access-Control-Expose-Headers": EXPOSED,
    }
    try:
        requests.refuse_large(call.request, largest)
        sent = event.parse(bytes(call.request.raw_body))
        sender = _let_in(call, sent, checks, cors)
        return Answer(work(sent, sender), headers=cors)
    except ApiError as error:
        raise _told_to_sdks(error, cors) from None
    except Exception as error:
        if not aws.unavailable(error):
            raise
        logs.error("event not taken", request_id=call.request_id)
        raise _told_to_sdks(ServiceUnavailable(), cors) from None


def _let_in(call: Call[None, None], sent: dict[str, Any], checks: gate.Checks, cors: dict[str, str]) -> Sender:
    """Through the gate. A page that is not allowed may not even read that."""
    headers = call.request.headers
    key = credentials.key_of(headers, call.request.query_params or {}, sent)
    sender = Sender(_pipeline(key), credentials.basic(headers)[1])
    refusal = gate.refusal(_rules(sender.pipeline), _claims(headers, sent, sender), checks)
    if refusal is OriginNotAllowed:
        del cors["Access-Control-Allow-Origin"]
    if refusal:
        raise refusal
    return sender


def _pipeline(key: str) -> PipelineKey:
    """One strongly consistent read decides: a change acts on the very next event."""
    try:
        return PipelineKey.get(key, consistent_read=True)
    except PipelineKey.DoesNotExist:
        raise InvalidPipelineKey from None


def _rules(pipeline: PipelineKey) -> gate.Rules:
    return gate.Rules(
        pipeline.deleted, pipeline.enabled, tuple(pipeline.domain_allowlist), pipeline.challenge_token_required
    )


def _claims(headers: Mapping[str, str], sent: dict[str, Any], sender: Sender) -> gate.Claims:
    pipeline, token = sender.pipeline, credentials.challenge_token(headers, sent)
    return gate.Claims(
        headers.get("origin"),
        headers.get("referer"),
        functools.partial(secrets.is_valid, sender.secret, pipeline) if sender.secret else None,
        functools.partial(challenge.is_valid, token, pipeline.pipeline_id) if token else None,
    )


def _sorted_out(items: list[Any], sent_at: Any) -> tuple[list[dict[str, Any]], list[RefusedEvent]]:
    """The good events as envelopes, and what is wrong with the others."""
    good, bad, received_at = [], [], clock.now()
    for index, item in enumerate(items):
        try:
            kind = item.get("type") if isinstance(item, dict) else None
            envelope = event.normalise(kind, item, received_at, sent_at)
            if len(msgspec.json.encode(envelope)) > event.LARGEST_EVENT:
                raise InvalidEvent(f"an event must have at most {event.LARGEST_EVENT:,} bytes")
            good.append(envelope)
        except InvalidEvent as error:
            bad.append(RefusedEvent(index=index, message=error.message))
    return good, bad


def _enqueue(sender: Sender, envelopes: list[dict[str, Any]]) -> None:
    pipeline, secret = sender.pipeline, sender.secret
    about: dict[str, Any] = {"org_id": pipeline.org_id, "pipeline_id": pipeline.pipeline_id}
    if secret:
        about["secret_prefix"] = secrets.prefix_of(secret)
    for events in _messages(envelopes):
        queues.send(settings().events_queue_url, about | {"events": events})


def _messages(envelopes: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """The events in as few messages as hold them."""
    message: list[dict[str, Any]] = []
    room = LARGEST_MESSAGE
    for envelope in envelopes:
        size = len(msgspec.json.encode(envelope)) + 1
        if size > room and message:
            yield message
            message, room = [], LARGEST_MESSAGE
        message.append(envelope)
        room -= size
    if message:
        yield message


def _told_to_sdks(error: ApiError, cors: dict[str, str]) -> ApiError:
    """The error with the fields that SDKs of the Segment family read, readable for the page where it may be."""
    error.beside = {"success": False, "code": error.code(), "message": error.message}
    error.headers = cors | error.headers
    return error
