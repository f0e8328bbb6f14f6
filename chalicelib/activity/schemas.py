"""What callers get about what happened."""

from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from ..api.types import Time


class RecentQuery(msgspec.Struct, kw_only=True):
    """How many to show."""

    limit: Annotated[int, Meta(ge=1, le=100, description="a whole number from 1 to 100")] = 50


class LiveEvent(msgspec.Struct, kw_only=True):
    """An accepted event."""

    type: str
    messageId: str
    timestamp: str
    receivedAt: Time
    originalTimestamp: Annotated[str, Meta(description="as it was sent")] | UnsetType = UNSET
    event: str | UnsetType = UNSET
    name: str | UnsetType = UNSET
    userId: str | UnsetType = UNSET
    anonymousId: str | UnsetType = UNSET
    groupId: str | UnsetType = UNSET
    properties: dict[str, Any] | UnsetType = UNSET
    traits: dict[str, Any] | UnsetType = UNSET
    context: dict[str, Any] | UnsetType = UNSET


class LiveEvents(msgspec.Struct, kw_only=True):
    """Recent events, the newest first."""

    events: list[LiveEvent]
