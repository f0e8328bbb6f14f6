"""What vendors want of an event, whatever is in its place. Plain functions."""

import json
from collections.abc import Mapping
from typing import Any

from .formats import micros_of


def object_of(value: Any) -> dict[str, Any]:
    """The object, an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def context(event: Mapping[str, Any]) -> dict[str, Any]:
    """What surrounded the event."""
    return object_of(event.get("context"))


def page(event: Mapping[str, Any]) -> dict[str, Any]:
    """The page that it happened on."""
    return object_of(context(event).get("page"))


def vendor_ids(event: Mapping[str, Any]) -> dict[str, Any]:
    """The ids by which vendors know the visitor."""
    return object_of(context(event).get("vendor_ids"))


def microseconds(event: Mapping[str, Any]) -> int | None:
    """When it happened, in microseconds since the epoch; None when that cannot be read."""
    for field in ("timestamp", "receivedAt"):
        try:
            return micros_of(event.get(field))
        except (ValueError, OverflowError):
            continue
    return None


def seconds(event: Mapping[str, Any]) -> int | None:
    """When it happened, in whole seconds since the epoch; None when that cannot be read."""
    micros = microseconds(event)
    return None if micros is None else micros // 10**6


def granted(event: Mapping[str, Any], category: str) -> bool | None:
    """Whether the visitor agrees to a category; None when not asked."""
    answer = object_of(context(event).get("consent")).get(category)
    return answer if isinstance(answer, bool) else None


def without_empty(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that have something: not null, nor an empty text, list or object."""
    return {name: value for name, value in fields.items() if value not in (None, "", [], {})}


def json_bytes(value: Any) -> bytes:
    """Compact JSON as UTF-8; half a surrogate pair, which is no text, becomes a question mark."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
