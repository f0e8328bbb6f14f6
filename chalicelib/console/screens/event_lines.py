"""An event as one line of a list. Plain functions."""

from typing import Any
from urllib.parse import quote


def as_line(event: Any) -> dict[str, Any]:
    """What an event is called, who did it, where it is told of in full; and the event itself, which is a dict as it was
    stored. One that was refused may have anything in any field."""
    properties = event.get("properties")
    title = properties.get("title") if isinstance(properties, dict) else None
    message_id = event.get("messageId")
    return {
        "event": event,
        "title": str(event.get("event") or event.get("name") or title or event.get("type") or "an event"),
        "who": str(event.get("userId") or event.get("anonymousId") or ""),
        "path": quote(message_id, safe="") if isinstance(message_id, str) else "",
    }
