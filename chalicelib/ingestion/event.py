"""An event as senders give it: read from the request and brought into one envelope. Plain functions."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from ..errors import InvalidEvent
from ..event_shape import A_KIND, A_TIME, IDS, KINDS, LONGEST_TEXT, OBJECTS, TEXTS, problems, time_of
from .page_address import campaign_of, clicks_of, parts_of
from .vendor_ids import vendor_ids

LARGEST_EVENT = 64 * 1024  # bytes
MOST_EVENTS = 500  # of a batch


def batch_of(sent: dict[str, Any]) -> list[Any]:
    """The items of a batch, not checked yet.

    Raises InvalidEvent.
    """
    items = sent.get("batch")
    if not isinstance(items, list) or not items:
        raise InvalidEvent("batch must be a list of at least one event")
    if len(items) > MOST_EVENTS:
        raise InvalidEvent(f"batch must be a list of at most {MOST_EVENTS} events; it has {len(items):,}")
    return items


def normalise(
    kind: Any, sent: Any, received_at: datetime, sent_at: Any = None, *, message_id: str = ""
) -> dict[str, Any]:
    """The envelope of a sent event of this kind. Fields that no event has are left out. `sent_at` is the sender's clock
    when it sent: by it the event's own time is corrected. `message_id` is for an event that has none.

    Raises InvalidEvent, naming the field.
    """
    if not isinstance(sent, dict):
        raise InvalidEvent("an event must be an object")
    if kind not in KINDS:
        raise InvalidEvent(f"type {A_KIND}")
    sent = _in_our_words(kind, sent)
    for field, message in problems(kind, sent):
        raise InvalidEvent(f"{field} {message}")
    sent["context"] = _context(sent.get("context", {}))
    return {field: sent[field] for field in (*OBJECTS, *TEXTS) if sent.get(field)} | {
        "type": kind,
        "messageId": sent.get("messageId") or message_id or str(uuid.uuid4()),
        **_times(sent.get("timestamp"), sent_at, received_at),
        "receivedAt": _iso(received_at),
    }


def _in_our_words(kind: str, sent: dict[str, Any]) -> dict[str, Any]:
    """The event with everything in its place. SDKs of the Segment family have numbers as ids and the category of a page
    beside its properties; RudderStack's have the time in `originalTimestamp` and the traits in the context."""
    said = {field: value for field, value in sent.items() if value is not None}
    said |= {field: str(said[field]) for field in IDS if type(said.get(field)) is int}
    said.setdefault("timestamp", said.pop("originalTimestamp", None))
    properties, context = said.get("properties", {}), said.get("context", {})
    if kind in ("page", "screen") and said.get("category") and isinstance(properties, dict):
        said["properties"] = {"category": said["category"]} | properties
    if kind == "identify" and not said.get("traits") and isinstance(context, dict) and context.get("traits"):
        said["traits"] = context["traits"]
    return said


def sketch(kind: str | None, sent: Any) -> dict[str, Any]:
    """What can be read of an event that was refused, for those who wonder why."""
    given = sent if isinstance(sent, dict) else {}
    read = {field: given[field] for field in OBJECTS if given.get(field) and isinstance(given[field], dict)}
    context = {name: value for name, value in read.pop("context", {}).items() if name != "cookies"}
    if context:
        read["context"] = context
    texts = {field: given.get(field) for field in TEXTS} | {"type": kind or given.get("type")}
    return read | {field: text[:LONGEST_TEXT] for field, text in texts.items() if text and isinstance(text, str)}


def _context(sent: dict[str, Any]) -> dict[str, Any]:
    """The context with what the page's address tells, where the sender did not say it, and with the vendors' ids in
    place of the cookies that they were in. A click id of the address is newer than one that was kept."""
    kept = {field: value for field, value in sent.items() if field != "cookies"}
    page = sent.get("page")
    url = page.get("url") if isinstance(page, dict) else None
    if isinstance(page, dict):
        kept["page"] = parts_of(url) | page
    ids = vendor_ids(sent.get("cookies")) | (clicks_of(url) if _marketing_allowed(sent.get("consent")) else {})
    told = {"campaign": campaign_of(url), "vendor_ids": ids}
    empty = {name for name in told if kept.get(name) in (None, {})}
    return {name: value for name, value in told.items() if value and name in empty} | {
        name: value for name, value in kept.items() if name not in empty
    }


def _marketing_allowed(consent: Any) -> bool:
    """Whether click ids may be taken: not where the visitor was asked and marketing is not granted."""
    return not isinstance(consent, dict) or consent.get("marketing") is True


def _times(sent: Any, sent_at: Any, received_at: datetime) -> dict[str, str]:
    """When the event happened, by this clock: the visitor's may be wrong, but not by more at one end of a moment than
    at the other. The sender's own word is kept when it was another one."""
    if sent is None:
        return {"timestamp": _iso(received_at)}
    happened, left = _parsed(sent, "timestamp"), None if sent_at is None else _parsed(sent_at, "sentAt")
    if left is None or happened.tzinfo is None or left.tzinfo is None:
        return {"timestamp": sent}
    try:
        corrected = _iso(received_at - max(left - happened, timedelta(0)))
    except OverflowError:
        return {"timestamp": sent}
    return {"timestamp": corrected, "originalTimestamp": sent}


def _parsed(sent: Any, field: str) -> datetime:
    moment = time_of(sent)
    if moment is None:
        raise InvalidEvent(f"{field} {A_TIME}")
    return moment


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
