"""The entrances for events from browsers."""

import base64
import binascii
import functools
from collections.abc import Mapping
from typing import Any

from chalice.app import Blueprint, Request, Response

from .. import aws, clock, logs, queues
from ..api import requests
from ..api.operation import Answer, Call, operation
from ..errors import (
    ApiError,
    InvalidEvent,
    InvalidPipelineKey,
    InvalidSecret,
    OriginNotAllowed,
    PayloadTooLarge,
    PipelineDeleted,
    PipelineDisabled,
    ServiceUnavailable,
)
from ..pipelines import secrets
from ..pipelines.table import PipelineKey
from ..settings import settings
from . import event, examples, gate
from .schemas import Accepted, BrowserEvent

blueprint = Blueprint(__name__)
TAG = "Events in"
LONGEST_KEY = 100  # characters
REFUSALS = (
    InvalidEvent,
    InvalidPipelineKey,
    PipelineDeleted,
    PipelineDisabled,
    InvalidSecret,
    OriginNotAllowed,
    PayloadTooLarge,
)


@operation(
    blueprint,
    "POST",
    "/v1/t",
    tag=TAG,
    summary="Track an event",
    answer=Accepted,
    sends=BrowserEvent,
    example=examples.TRACK,
    errors=REFUSALS,
)
def track(call: Call[None, None]) -> Answer:
    """An event from a page, with the pipeline key in `writeKey` or the Authorization header."""
    return _take("track", call)


@operation(
    blueprint,
    "POST",
    "/v1/p",
    tag=TAG,
    summary="Record a page view",
    answer=Accepted,
    sends=BrowserEvent,
    example=examples.PAGE,
    errors=REFUSALS,
)
def page(call: Call[None, None]) -> Answer:
    """A page view, with the pipeline key in `writeKey` or the Authorization header."""
    return _take("page", call)


@blueprint.route("/v1/t", methods=["OPTIONS"], content_types=[], name="track_preflight")
def track_preflight() -> Response:
    """Answers a browser's preflight."""
    return _preflight()


@blueprint.route("/v1/p", methods=["OPTIONS"], content_types=[], name="page_preflight")
def page_preflight() -> Response:
    """Answers a browser's preflight."""
    return _preflight()


def _preflight() -> Response:
    """Lets the browser ask: a preflight does not carry the key, so the allowlist is checked with the event itself."""
    origin = blueprint.current_request.headers.get("origin", "*")
    headers = {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Methods": "POST, OPTIONS",
        "Access-Control-Allow-Headers": "Authorization, Content-Type, X-Write-Key",
        "Access-Control-Max-Age": "7200",
        "Vary": "Origin",
    }
    return Response(body="", status_code=200, headers=headers)


def _take(kind: str, call: Call[None, None]) -> Answer:
    """Accept an event: 200 only when the queue has it."""
    cors: dict[str, str] = {"Vary": "Origin"}
    try:
        requests.refuse_large(call.request, event.LARGEST_EVENT)
        sent = event.parse(bytes(call.request.raw_body))
        pipeline = _pipeline(_key(call.request, sent))
        headers = call.request.headers
        secret = _basic_credentials(call.request)[1]
        refusal = gate.refusal(_rules(pipeline), _claims(headers, pipeline, secret))
        if refusal is not OriginNotAllowed:
            cors["Access-Control-Allow-Origin"] = headers.get("origin", "*")
        if refusal:
            raise refusal
        envelope = event.normalise(kind, sent, clock.now())
        queues.send(settings().events_queue_url, _message(pipeline, envelope, secret))
    except ApiError as error:
        raise _told_to_sdks(error, cors) from None
    except Exception as error:
        if not aws.unavailable(error):
            raise
        logs.error("event not taken", request_id=call.request_id)
        raise _told_to_sdks(ServiceUnavailable(), cors) from None
    return Answer(Accepted(), headers=cors)


def _told_to_sdks(error: ApiError, cors: dict[str, str]) -> ApiError:
    """The error with the fields that SDKs of the Segment family read, readable for the page where it may be."""
    error.beside = {"success": False, "code": error.code(), "message": error.message}
    error.headers = cors | error.headers
    return error


def _claims(headers: Mapping[str, str], pipeline: PipelineKey, secret: str) -> gate.Claims:
    is_valid = functools.partial(secrets.is_valid, secret, pipeline) if secret else None
    return gate.Claims(headers.get("origin"), headers.get("referer"), is_valid)


def _message(pipeline: PipelineKey, envelope: dict[str, Any], secret: str) -> dict[str, Any]:
    message = {"org_id": pipeline.org_id, "pipeline_id": pipeline.pipeline_id, "event": envelope}
    return message | ({"secret_prefix": secrets.prefix_of(secret)} if secret else {})


def _key(request: Request, sent: dict[str, Any]) -> str:
    """The pipeline key, from the first place that has one."""
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    query = request.query_params or {}
    candidates = (
        credentials.strip() if scheme.lower() == "bearer" else None,
        _basic_credentials(request)[0],
        request.headers.get("x-write-key"),
        sent.get("writeKey"),
        query.get("writeKey"),
        query.get("wk"),
    )
    for candidate in candidates:
        if isinstance(candidate, str) and candidate.startswith("dk_") and len(candidate) <= LONGEST_KEY:
            return candidate
    raise InvalidPipelineKey


def _basic_credentials(request: Request) -> tuple[str, str]:
    """The key and the secret of Basic authentication; empty where there are none. The Segment family's server SDKs
    send the key alone."""
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        user, _, password = base64.b64decode(credentials.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return user, password


def _pipeline(key: str) -> PipelineKey:
    """One strongly consistent read decides: a change acts on the very next event."""
    try:
        return PipelineKey.get(key, consistent_read=True)
    except PipelineKey.DoesNotExist:
        raise InvalidPipelineKey from None


def _rules(pipeline: PipelineKey) -> gate.Rules:
    return gate.Rules(pipeline.deleted, pipeline.enabled, tuple(pipeline.domain_allowlist))
