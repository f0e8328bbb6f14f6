"""What callers send and get about dead letters and tests."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from ..activity.schemas import Cursor, Limit
from ..api.moments import Moment
from ..api.types import RevisionNumber, Time
from ..integrations.dry_run_schemas import DryRunReport

Text = Annotated[str, Meta(max_length=500, description="a string of at most 500 characters")]
Rate = Annotated[int, Meta(ge=1, le=200, description="a whole number of events a second from 1 to 200")]
LetterId = Annotated[str, Meta(min_length=4, max_length=2000, description="the id of a dead letter")]


class DeadLetterQuery(msgspec.Struct, kw_only=True):
    """Which dead letters to show; those of an integration, the newest first."""

    limit: Limit = 50
    cursor: Annotated[Cursor, Meta(description="`next_cursor` of an earlier answer")] | UnsetType = UNSET
    pipeline_id: Text = ""
    code: Annotated[Text, Meta(description="why they failed, such as REFUSED")] = ""
    event: Annotated[Text, Meta(description="the name of an event, or its type if it is no track event")] = ""
    text: Annotated[Text, Meta(description="a text that is in the reason")] = ""
    from_: Moment | UnsetType = msgspec.field(default=UNSET, name="from")
    to: Moment | UnsetType = UNSET


class DeadLetterInList(msgspec.Struct, kw_only=True):
    """An event that could not be delivered, and why."""

    id: LetterId
    pipeline_id: str
    integration_id: str
    revision: Annotated[int, Meta(description="by which it was tried")]
    message_id: str
    event: Annotated[str, Meta(description="its name, or its type if it is no track event")]
    code: str
    reason: str
    attempts: int
    failed_first_at: Time
    failed_at: Annotated[Time, Meta(description="the last time")]
    expires_at: Time
    replaying: Annotated[bool, Meta(description="it is on its way again")]


class DeadLetter(DeadLetterInList, kw_only=True):
    """The same with the event as it was accepted, and what a replay would send for it, without secrets: null when the
    integration is not attached to the pipeline any more."""

    payload: dict[str, Any]
    would_send: DryRunReport | None


class DeadLetters(msgspec.Struct, kw_only=True):
    """A page of dead letters, the newest first. `next_cursor` leads to older ones, null when there are none."""

    dead_letters: list[DeadLetterInList]
    next_cursor: str | None


class ReplayFilter(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Which dead letters. What is not given is any; an empty object is all of them."""

    pipeline_id: Text = ""
    code: Text = ""
    event: Text = ""
    text: Text = ""
    from_: Moment | UnsetType = msgspec.field(default=UNSET, name="from")
    to: Moment | UnsetType = UNSET


class Replay(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What to send again: the dead letters with these ids, or all that match a filter."""

    ids: (
        Annotated[list[LetterId], Meta(min_length=1, max_length=100, description="a list of 1 to 100 ids")] | UnsetType
    ) = UNSET
    filter: ReplayFilter | UnsetType = UNSET
    dry_run: bool = False
    rate: Rate = 20


class Replayed(msgspec.Struct, kw_only=True):
    """How many are sent again, or would be."""

    count: int
    complete: Annotated[bool, Meta(description="false when there are more than were counted")]
    dry_run: bool


class DeliveryTest(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What to send as a test. Without an event it is one that the product makes up; without a revision the latest."""

    pipeline_id: Annotated[Text, Meta(description="whose parameters are used")] = ""
    revision: RevisionNumber | UnsetType = UNSET
    event: dict[str, Any] | UnsetType = UNSET


class DeliveryTested(msgspec.Struct, kw_only=True):
    """What became of it. `checked`: the vendor only looks at it and does not count it; otherwise it is really sent."""

    outcome: Literal["delivered", "failed"]
    code: str | UnsetType = UNSET
    reason: str | UnsetType = UNSET
    checked: bool
    milliseconds: int
