"""The entrances for events."""

import re
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
    InvalidSignature,
    NotFound,
    OriginNotAllowed,
    PayloadTooLarge,
    PipelineDeleted,
    PipelineDisabled,
    PipelineNotFound,
    RateLimited,
    SignatureRequired,
)
from . import credentials, entrance, examples, explanation, sdk_settings
from .schemas import (
    Accepted,
    AllowlistVerdict,
    BatchAccepted,
    BrowserEvent,
    Challenge,
    EventBatch,
    Explanation,
    KeyAlone,
    OriginToTest,
    PixelQuery,
    ServerEvent,
    ToldRequest,
)

blueprint = Blueprint(__name__)
TAG = "Events in"
WHO = (
    InvalidEvent,
    InvalidPipelineKey,
    PipelineDeleted,
    PipelineDisabled,
    InvalidSecret,
    InvalidSignature,
    SignatureRequired,
    OriginNotAllowed,
    PayloadTooLarge,
    RateLimited,
)
REFUSALS = (*WHO, ChallengeTokenRequired, InvalidChallengeToken)
USUAL_HEADERS = "Authorization, Content-Type, X-Write-Key, X-Pipeline-Key, X-Challenge-Token"
HEADER_NAMES = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+(, ?[A-Za-z0-9!#$%&'*+.^_`|~-]+){0,49}")  # RFC 9110, 5.6.2
LONGEST_HEADER_NAMES = 2000  # characters

FOR_ANY_PAGE = {"Access-Control-Allow-Origin": "*", "Cache-Control": "public, max-age=300"}

View = Callable[..., Any]


def ingest(*paths: str, **declared: Any) -> Callable[[View], View]:
    """Declare the view below as the entrance at the first of the paths. The others, which SDKs of other makers use,
    are the same. Each answers a browser's preflight."""

    def register(view: View) -> View:
        for path in paths:
            if path == paths[0]:
                _entrance(path, view.__name__, view, declared)
            else:
                name = f"{view.__name__}_{path.rpartition('/')[2]}"
                _entrance(path, name, view, declared | {"summary": f"{declared['summary']}, at {path}"})
        return view

    return register


def _entrance(path: str, name: str, view: View, declared: dict[str, Any]) -> None:
    _preflighted(path)
    operation(blueprint, "POST", path, tag=TAG, **{"errors": REFUSALS, "name": name} | declared)(view)


def _preflighted(path: str) -> None:
    blueprint.route(path, methods=["OPTIONS"], content_types=[], name=f"preflight {path}")(_preflight)


def _preflight(**_: str) -> Response:
    """Lets the browser ask: a preflight does not carry the key, so the allowlist is checked with the event itself."""
    asked = blueprint.current_request.headers
    headers = {
        "Access-Control-Allow-Origin": asked.get("origin", "*"),
        "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
        "Access-Control-Allow-Headers": _allowed_headers(asked.get("access-control-request-headers", "")),
        "Access-Control-Max-Age": "7200",
        "Vary": "Origin, Access-Control-Request-Headers",
    }
    return Response(body="", status_code=200, headers=headers)


def _allowed_headers(wanted: str) -> str:
    """Whatever headers the sender asks leave for. SDKs add some only when they send again, RudderStack's four of them;
    an event that may not have them never arrives."""
    named = len(wanted) <= LONGEST_HEADER_NAMES and HEADER_NAMES.fullmatch(wanted)
    return wanted if named else USUAL_HEADERS


@ingest("/v1/t", "/v1/track", summary="Track an event", answer=Accepted, sends=BrowserEvent, example=examples.TRACK)
def track(call: Call[None, None]) -> Answer:
    """An event from a page, with the pipeline key in `writeKey` or the Authorization header."""
    return entrance.single("track", call)


@ingest("/v1/p", "/v1/page", summary="Record a page view", answer=Accepted, sends=BrowserEvent, example=examples.PAGE)
def page(call: Call[None, None]) -> Answer:
    """A page view, with the pipeline key in `writeKey` or the Authorization header."""
    return entrance.single("page", call)


@ingest("/v1/s", "/v1/screen", summary="Record a screen", answer=Accepted, sends=BrowserEvent, example=examples.SCREEN)
def screen(call: Call[None, None]) -> Answer:
    """A view of an app's screen, with the pipeline key in `writeKey` or the Authorization header."""
    return entrance.single("screen", call)


@ingest(
    "/v1/i", "/v1/identify", summary="Identify a user", answer=Accepted, sends=BrowserEvent, example=examples.IDENTIFY
)
def identify(call: Call[None, None]) -> Answer:
    """Who the visitor is, with the pipeline key in `writeKey` or the Authorization header."""
    return entrance.single("identify", call)


@ingest(
    "/v1/g", "/v1/group", summary="Put a user into a group", answer=Accepted, sends=BrowserEvent, example=examples.GROUP
)
def group(call: Call[None, None]) -> Answer:
    """Which group the visitor belongs to, with the pipeline key in `writeKey` or the Authorization header."""
    return entrance.single("group", call)


@ingest("/v1/a", "/v1/alias", summary="Join two ids", answer=Accepted, sends=BrowserEvent, example=examples.ALIAS)
def alias(call: Call[None, None]) -> Answer:
    """That the user of `previousId` is now the one of `userId`, with the pipeline key in `writeKey` or the
    Authorization header."""
    return entrance.single("alias", call)


@ingest(
    "/v1/events", summary="Send an event from a server", answer=Accepted, sends=ServerEvent, example=examples.SERVER
)
def server_event(call: Call[None, None]) -> Answer:
    """An event of any type from somebody who has the pipeline's secret: signed with `X-Timestamp` and `X-Signature`, or
    with the secret as the password of Basic authentication, whose user is the pipeline key."""
    return entrance.signed(call)


@ingest(
    "/v1/batch",
    "/v1/b",
    "/v1/import",
    summary="Send many events",
    answer=BatchAccepted,
    sends=EventBatch,
    example=examples.BATCH,
)
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
    errors=WHO,
)
def challenge(call: Call[None, None]) -> Answer:
    """A token for the events of a page, when the pipeline requires one: sent with each request as `challengeToken` or
    in the header `X-Challenge-Token`. The collector does this by itself."""
    return entrance.challenge_token(call)


@operation(
    blueprint,
    "GET",
    "/v1/pixel/{event_type}",
    tag=TAG,
    summary="Send an event by an image",
    answer=str,
    media_type="image/gif",
    query=PixelQuery,
    errors=(*REFUSALS, NotFound),
)
def pixel(call: Call[None, PixelQuery], event_type: str) -> Answer:
    """A GIF of one pixel that nobody sees, whose address has the event, for e-mail and pages without scripts. `p.*` are
    properties, `t.*` traits. What is refused gets its error in place of the image."""
    if event_type not in ("track", "page", "identify", "group"):
        raise NotFound
    return entrance.drawn(event_type, call)


@operation(
    blueprint,
    "GET",
    "/v1/projects/{pipeline_key}/settings",
    tag=TAG,
    summary="Get the settings of Segment's SDKs",
    answer=dict[str, Any],
)
def segment_settings(_: Call[None, None], pipeline_key: str) -> Answer:
    """What Segment's browser SDK asks before it starts: where to send events to."""
    return Answer(sdk_settings.segment(pipeline_key), headers=FOR_ANY_PAGE)


@operation(
    blueprint,
    "GET",
    "/sourceConfig",
    tag=TAG,
    summary="Get the settings of RudderStack's SDKs",
    answer=dict[str, Any],
    errors=(InvalidPipelineKey,),
)
def rudderstack_settings(call: Call[None, None]) -> Answer:
    """What RudderStack's browser SDK asks before it starts. The pipeline key is the user of Basic authentication, or
    `writeKey` in the query."""
    key = credentials.credentials_of(call.request.headers, call.request.query_params or {}, {}).key
    return Answer(sdk_settings.rudderstack(key), headers=FOR_ANY_PAGE)


for path in ("/v1/pixel/{event_type}", "/v1/projects/{pipeline_key}/settings", "/sourceConfig"):
    _preflighted(path)


@operation(
    blueprint,
    "POST",
    "/v1/admin/pipelines/{pipeline_id}/allowlist/test",
    tag=TAG,
    summary="Test the allowlist",
    role="editor",
    body=OriginToTest,
    example=examples.ORIGIN,
    answer=AllowlistVerdict,
    errors=(PipelineNotFound,),
)
def test_allowlist(call: Call[OriginToTest, None], pipeline_id: str) -> AllowlistVerdict:
    """Whether pages of an origin may send events to the pipeline, and by which entry. Nothing is sent."""
    return explanation.allowlist(call.caller.org_id, pipeline_id, call.body.origin)


@operation(
    blueprint,
    "POST",
    "/v1/admin/pipelines/{pipeline_id}/gate/explain",
    tag=TAG,
    summary="Explain the gate",
    role="editor",
    body=ToldRequest,
    example=examples.TOLD_REQUEST,
    answer=Explanation,
    errors=(PipelineNotFound,),
)
def explain_gate(call: Call[ToldRequest, None], pipeline_id: str) -> Explanation:
    """What would be answered to a request with events, and which check decides. Nothing is sent, and the rate limit is
    not touched: its check always passes here."""
    return explanation.explain(call.caller.org_id, pipeline_id, call.body)
