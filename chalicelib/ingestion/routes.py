"""The entrances for events."""

from collections.abc import Callable
from typing import Any

from chalice.app import Blueprint, Response

from ..api.operation import Answer, Call, operation
from ..errors import (
    ChallengeTokenRequired,
    InvalidChallengeToken,
    InvalidEvent,
    InvalidPipelineKey,
    InvalidSecret,
    OriginNotAllowed,
    PayloadTooLarge,
    PipelineDeleted,
    PipelineDisabled,
)
from . import entrance, examples
from .schemas import Accepted, BatchAccepted, BrowserEvent, Challenge, EventBatch, KeyAlone

blueprint = Blueprint(__name__)
TAG = "Events in"
BEFORE_CHALLENGE = (
    InvalidEvent,
    InvalidPipelineKey,
    PipelineDeleted,
    PipelineDisabled,
    InvalidSecret,
    OriginNotAllowed,
    PayloadTooLarge,
)
REFUSALS = (*BEFORE_CHALLENGE, ChallengeTokenRequired, InvalidChallengeToken)


def ingest(path: str, **declared: Any) -> Callable[[Callable[..., Any]], Callable[..., Response]]:
    """Declare the view below as the entrance at `path`, with the answer to a browser's preflight."""
    blueprint.route(path, methods=["OPTIONS"], content_types=[], name=f"preflight{path.replace('/', '_')}")(_preflight)
    return operation(blueprint, "POST", path, tag=TAG, **{"errors": REFUSALS} | declared)


def _preflight() -> Response:
    """Lets the browser ask: a preflight does not carry the key, so the allowlist is checked with the event itself."""
    origin = blueprint.current_request.headers.get("origin", "*")
    headers = {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Methods": "POST, OPTIONS",
        "Access-Control-Allow-Headers": "Authorization, Content-Type, X-Write-Key, X-Challenge-Token",
        "Access-Control-Max-Age": "7200",
        "Vary": "Origin",
    }
    return Response(body="", status_code=200, headers=headers)


@ingest("/v1/t", summary="Track an event", answer=Accepted, sends=BrowserEvent, example=examples.TRACK)
def track(call: Call[None, None]) -> Answer:
    """An event from a page, with the pipeline key in `writeKey` or the Authorization header."""
    return entrance.single("track", call)


@ingest("/v1/p", summary="Record a page view", answer=Accepted, sends=BrowserEvent, example=examples.PAGE)
def page(call: Call[None, None]) -> Answer:
    """A page view, with the pipeline key in `writeKey` or the Authorization header."""
    return entrance.single("page", call)


@ingest("/v1/i", summary="Identify a user", answer=Accepted, sends=BrowserEvent, example=examples.IDENTIFY)
def identify(call: Call[None, None]) -> Answer:
    """Who the visitor is, with the pipeline key in `writeKey` or the Authorization header."""
    return entrance.single("identify", call)


@ingest("/v1/g", summary="Put a user into a group", answer=Accepted, sends=BrowserEvent, example=examples.GROUP)
def group(call: Call[None, None]) -> Answer:
    """Which group the visitor belongs to, with the pipeline key in `writeKey` or the Authorization header."""
    return entrance.single("group", call)


@ingest("/v1/batch", summary="Send many events", answer=BatchAccepted, sends=EventBatch, example=examples.BATCH)
def batch(call: Call[None, None]) -> Answer:
    """Up to 500 events and 5 MB. Bad events are reported by their index, the good ones accepted all the same; times are
    corrected by the difference between `sentAt` and the moment of arrival."""
    return entrance.batch(call)


@ingest(
    "/v1/challenge",
    summary="Get a challenge token",
    answer=Challenge,
    sends=KeyAlone,
    example=examples.KEY_ALONE,
    errors=BEFORE_CHALLENGE,
)
def challenge(call: Call[None, None]) -> Answer:
    """A token for the events of a page, when the pipeline requires one: sent with each request as `challengeToken` or
    in the header `X-Challenge-Token`. The collector does this by itself."""
    return entrance.challenge_token(call)
