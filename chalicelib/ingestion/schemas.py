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
    messageId: str | UnsetType = UNSET
    timestamp: Time | UnsetType = UNSET


class BrowserEvent(Event, kw_only=True):
    """An event from a page."""

    writeKey: str | UnsetType = UNSET
    challengeToken: str | UnsetType = UNSET
    sentAt: Time | UnsetType = UNSET


class BatchedEvent(Event, kw_only=True):
    """An event among others."""

    type: Literal["track", "page", "identify", "group"]


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
