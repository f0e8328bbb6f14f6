"""Moments in queries, as callers write them."""

from datetime import UTC, datetime
from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from ..errors import ValidationFailed

Moment = Annotated[str, Meta(max_length=40, description="an ISO 8601 time such as 2026-02-20T10:00:00Z")]


def moment(text: str, field: str) -> datetime:
    """The moment that a text tells; without a time zone it is UTC.

    Raises ValidationFailed.
    """
    try:
        told = datetime.fromisoformat(text)
        told = told if told.tzinfo else told.replace(tzinfo=UTC)
        told.timestamp()
    except (ValueError, OverflowError):
        message = "must be an ISO 8601 time such as 2026-02-20T10:00:00Z"
        raise ValidationFailed([{"field": field, "message": message}]) from None
    return told


def milliseconds_of(text: str | UnsetType, field: str) -> int | None:
    """The same in milliseconds since the epoch; None where nothing is given."""
    return None if text is UNSET else int(moment(text, field).timestamp() * 1000)
