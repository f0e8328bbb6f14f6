"""What callers send and get of the audit trail."""

from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from .. import identifiers
from ..api.moments import Moment
from ..api.types import Time
from . import actions
from .actions import ResourceType

UserId = Annotated[
    str,
    Meta(pattern=f"^(usr_{identifiers.PATTERN}|operator)$", description="the id of a user, or operator"),
]
ResourceId = Annotated[
    str,
    Meta(
        pattern=f"^(pip|int|usr)_{identifiers.PATTERN}$", description="the id of a pipeline, an integration or a user"
    ),
]
ActionOrGroup = Annotated[
    str,
    Meta(
        max_length=100,
        extra={"check": actions.action_or_group},
        description="an action such as pipeline.updated, or the beginning of several such as pipeline.",
    ),
]
Cursor = Annotated[str, Meta(pattern=f"^log_{identifiers.PATTERN}$", description="a cursor from an earlier answer")]


class AuditQuery(msgspec.Struct, kw_only=True):
    """Which entries. `from` and what is before `to`, ISO 8601."""

    user_id: UserId | UnsetType = UNSET
    action: ActionOrGroup | UnsetType = UNSET
    resource_type: ResourceType | UnsetType = UNSET
    resource_id: ResourceId | UnsetType = UNSET
    from_: Moment | UnsetType = msgspec.field(default=UNSET, name="from")
    to: Moment | UnsetType = UNSET
    limit: Annotated[int, Meta(ge=1, le=100, description="a whole number from 1 to 100")] = 50
    cursor: Annotated[Cursor, Meta(description="`next_cursor` of an earlier answer")] | UnsetType = UNSET


class Change(msgspec.Struct, kw_only=True):
    """What a field was and what it became; null for nothing. What is long is cut, and what sounds like a secret
    is `***`."""

    old: Any
    new: Any


class AuditLogEntry(msgspec.Struct, kw_only=True):
    """Who changed what, when and from where. `changes` has the fields by their paths, such as `labels[1]`."""

    id: Annotated[str, Meta(pattern=f"^log_{identifiers.PATTERN}$")]
    action: str
    user_id: str
    user_email: str
    resource_type: ResourceType
    resource_id: str
    resource_name: str
    changes: dict[str, Change]
    ip_address: str
    user_agent: str
    request_id: str
    timestamp: Time


class AuditLog(msgspec.Struct, kw_only=True):
    """A page of entries, the newest first. `next_cursor` leads to older ones, null when there are none; a page of a
    rare kind may have fewer entries than its limit, or none, and still lead on."""

    entries: list[AuditLogEntry]
    next_cursor: str | None
