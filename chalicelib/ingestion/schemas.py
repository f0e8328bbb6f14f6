"""What senders of events send and get."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from ..api.types import Time


class BrowserEvent(msgspec.Struct, kw_only=True):
    """An event from a page. Fields that are not known are ignored."""

    writeKey: str | UnsetType = UNSET
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


class Accepted(msgspec.Struct, kw_only=True):
    """The event is on the queue."""

    success: Literal[True] = True
