"""What senders of events send and get."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from ..api.types import Time


class KeyAlone(msgspec.Struct, kw_only=True):
    """The pipeline key, when no header has it."""

    writeKey: str | UnsetType = UNSET


class Event(msgspec.Struct, kw_only=True):
    """What every event may have. Fields that are not known are ignored."""

    event: Annotated[str, Meta(description="what happened; required for track")] | UnsetType = UNSET
    name: str | UnsetType = UNSET
    properties: dict[str, Any] | UnsetType = UNSET
    traits: dict[str, Any] | UnsetType = UNSET
    context: dict[str, Any] | UnsetType = UNSET
    userId: str | UnsetType = UNSET
    anonymousId: str | UnsetType = UNSET
    groupId: str | UnsetType = UNSET
    previousId: Annotated[str, Meta(description="who the user was before; required for alias")] | UnsetType = UNSET
    messageId: str | UnsetType = UNSET
    timestamp: Time | UnsetType = UNSET


class BrowserEvent(Event, kw_only=True):
    """An event from a page."""

    writeKey: str | UnsetType = UNSET
    challengeToken: str | UnsetType = UNSET
    sentAt: Time | UnsetType = UNSET


class BatchedEvent(Event, kw_only=True):
    """An event among others."""

    type: Literal["track", "page", "screen", "identify", "group", "alias"]


class ServerEvent(BatchedEvent, kw_only=True):
    """An event from a server."""

    sentAt: Time | UnsetType = UNSET


class PixelQuery(msgspec.Struct, kw_only=True):
    """An event as a query."""

    wk: Annotated[str, Meta(description="the pipeline key")] | UnsetType = UNSET
    e: Annotated[str, Meta(description="what happened; required for track")] | UnsetType = UNSET
    n: Annotated[str, Meta(description="the name of the page")] | UnsetType = UNSET
    uid: Annotated[str, Meta(description="user id")] | UnsetType = UNSET
    aid: Annotated[str, Meta(description="anonymous id")] | UnsetType = UNSET
    gid: Annotated[str, Meta(description="group id")] | UnsetType = UNSET
    ts: Annotated[str, Meta(description="when it happened, milliseconds since the epoch")] | UnsetType = UNSET
    mid: Annotated[str, Meta(description="message id")] | UnsetType = UNSET
    ct: Annotated[str, Meta(description="a challenge token")] | UnsetType = UNSET
    cb: Annotated[str, Meta(description="anything, to keep caches away")] | UnsetType = UNSET


class EventBatch(msgspec.Struct, kw_only=True):
    """Many events."""

    batch: Annotated[list[BatchedEvent], Meta(min_length=1, max_length=500)]
    writeKey: str | UnsetType = UNSET
    challengeToken: str | UnsetType = UNSET
    sentAt: Annotated[Time, Meta(description="the sender's clock when it sent")] | UnsetType = UNSET


class Accepted(msgspec.Struct, kw_only=True):
    """The event is on the queue."""

    success: Literal[True] = True


class RefusedEvent(msgspec.Struct, kw_only=True):
    """An event of a batch that was not accepted, by its place from 0."""

    index: int
    message: str


class BatchAccepted(msgspec.Struct, kw_only=True):
    """The good events are on the queue."""

    success: Literal[True] = True
    accepted: int
    errors: list[RefusedEvent] | UnsetType = UNSET


class Challenge(msgspec.Struct, kw_only=True):
    """A challenge token, good for `expires_in` seconds."""

    success: Literal[True] = True
    token: str
    expires_at: Time
    expires_in: int


class OriginToTest(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A page, as its browser names it."""

    origin: Annotated[
        str,
        Meta(min_length=1, max_length=2048, description="an origin such as https://www.example.com, or a host name"),
    ]


class AllowlistVerdict(msgspec.Struct, kw_only=True):
    """Whether the page may send. `host` is what was compared, null when there is none; `matched` the entry of the
    allowlist that lets it."""

    allowed: bool
    host: str | None
    matched: str | None
    message: str


class ToldRequest(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A request as it would be sent."""

    path: Annotated[str, Meta(max_length=200, description="a path such as /v1/t")] = "/v1/t"
    headers: Annotated[dict[str, str], Meta(max_length=50, description="an object of at most 50 headers")] = {}
    query: Annotated[dict[str, str], Meta(max_length=50, description="an object of at most 50 parameters")] = {}
    body: Annotated[str, Meta(max_length=100_000, description="the body as text, of at most 100,000 characters")] = ""


class CheckOutcome(msgspec.Struct, kw_only=True):
    """One check of the gate, in words, and what it said."""

    check: str
    outcome: Literal["passed", "refused", "not_reached"]
    rule: str


class Explanation(msgspec.Struct, kw_only=True):
    """What would be answered, and the checks in their order: the first that refuses decides."""

    allowed: bool
    status: int
    code: str | UnsetType = UNSET
    message: str
    checks: list[CheckOutcome]
