"""What callers get about what happened."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from ..api.moments import Moment
from ..api.types import Time

Verdict = Literal["accepted", "duplicate", "filtered", "dead", "refused", "delivered", "withheld"]
Limit = Annotated[int, Meta(ge=1, le=100, description="a whole number from 1 to 100")]
Cursor = Annotated[str, Meta(min_length=1, max_length=8000, description="a cursor from an earlier answer")]


class EventQuery(msgspec.Struct, kw_only=True):
    """Which events to show. `cursor` goes on to older ones, `after` asks for what came since."""

    limit: Limit = 50
    cursor: Annotated[Cursor, Meta(description="`next_cursor` of an earlier answer")] | UnsetType = UNSET
    after: Annotated[Cursor, Meta(description="`live_cursor` of an earlier answer")] | UnsetType = UNSET
    type: Literal["track", "page", "screen", "identify", "group", "alias"] | UnsetType = UNSET
    event: Annotated[str, Meta(max_length=500, description="the name of an event or page")] | UnsetType = UNSET
    verdict: Verdict | UnsetType = UNSET
    text: Annotated[str, Meta(max_length=200, description="a text that is anywhere in the event")] | UnsetType = UNSET


class LiveEvent(msgspec.Struct, kw_only=True):
    """An event, and what was made of it. One that was refused has what could be read of it. What became of it at an
    integration is told beside it."""

    verdict: Verdict
    integrationId: Annotated[str, Meta(description="of the integration that the verdict is about")] | UnsetType = UNSET
    code: Annotated[str, Meta(description="why it was refused")] | UnsetType = UNSET
    reason: Annotated[str, Meta(description="the same in words")] | UnsetType = UNSET
    receivedAt: Time
    type: str | UnsetType = UNSET
    messageId: str | UnsetType = UNSET
    timestamp: str | UnsetType = UNSET
    originalTimestamp: Annotated[str, Meta(description="as it was sent")] | UnsetType = UNSET
    event: str | UnsetType = UNSET
    name: str | UnsetType = UNSET
    userId: str | UnsetType = UNSET
    anonymousId: str | UnsetType = UNSET
    previousId: str | UnsetType = UNSET
    groupId: str | UnsetType = UNSET
    properties: dict[str, Any] | UnsetType = UNSET
    traits: dict[str, Any] | UnsetType = UNSET
    context: dict[str, Any] | UnsetType = UNSET
    truncated: Annotated[bool, Meta(description="true where it was too large to be shown whole")] | UnsetType = UNSET


class LiveEvents(msgspec.Struct, kw_only=True):
    """Recent events, the newest first. `next_cursor` leads to older ones, null when there are none; `live_cursor` to
    those that come from now on."""

    events: list[LiveEvent]
    next_cursor: str | None
    live_cursor: str


class Step(msgspec.Struct, kw_only=True):
    """One thing that happened to an event."""

    step: str
    at: Time
    integration_id: str | UnsetType = UNSET
    code: str | UnsetType = UNSET
    reason: str | UnsetType = UNSET
    archived_in: Annotated[str, Meta(description="the key of the object in the archive")] | UnsetType = UNSET


class WhatHappened(msgspec.Struct, kw_only=True):
    """An event and its way, step by step. The event itself is null when it is kept nowhere."""

    message_id: str
    verdict: Verdict
    steps: list[Step]
    event: dict[str, Any] | None


class MetricsQuery(msgspec.Struct, kw_only=True):
    """The span and how finely it is told; by default the last hour, by the minute."""

    from_: Moment | UnsetType = msgspec.field(default=UNSET, name="from")  # by default the span that is usual
    to: Moment | UnsetType = UNSET  # by default now
    step: Literal["minute", "hour", "day"] = "minute"


class AtIntegration(msgspec.Struct, kw_only=True):
    """How many events of an integration became what. handed = delivered + withheld + dead + pending. Withheld are those
    that its rules or the visitor's answer keep back; dead ones are among its dead letters."""

    handed: int
    delivered: int
    withheld: int
    dead: int
    pending: int


class Counts(msgspec.Struct, kw_only=True):
    """How many events became what. received = accepted + refused; accepted = archived + duplicate + filtered + dead +
    pending, whenever they are read. What was archived was handed over to each integration of the pipeline."""

    received: int
    accepted: int
    refused: Annotated[dict[str, int], Meta(description="by the code of the error")]
    archived: int
    duplicate: int
    filtered: int
    dead: int
    pending: int
    deliveries: Annotated[dict[str, AtIntegration], Meta(description="by the id of the integration")]


class CountsAt(Counts, kw_only=True):
    """The counts of one minute, hour or day, by when it began."""

    at: Time


class Metrics(msgspec.Struct, kw_only=True):
    """Counts by the time at which events were received. Steps without any event are left out."""

    from_: Time = msgspec.field(name="from")
    to: Time
    step: Literal["minute", "hour", "day"]
    total: Counts
    series: list[CountsAt]
