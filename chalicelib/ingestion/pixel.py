"""Events from the address of an image, for e-mail and pages without scripts."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ..errors import InvalidEvent

# A GIF of one pixel that is not painted. All of its bytes are ASCII, so no gateway has to know that it is binary.
IMAGE = "GIF89a\1\0\1\0\0\0\0\0,\0\0\0\0\1\0\1\0\0\2\2D\1\0;"
HEADERS = {
    "Content-Type": "image/gif",
    "Cache-Control": "no-store, no-cache, must-revalidate",
    "Pragma": "no-cache",
    "Expires": "0",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
FIELDS = {"e": "event", "n": "name", "uid": "userId", "aid": "anonymousId", "gid": "groupId", "mid": "messageId"}
OBJECTS = {"p.": "properties", "t.": "traits"}


def event_of(query: Mapping[str, str]) -> dict[str, Any]:
    """The event that a query says: `e` what happened, `n` name, `uid`, `aid` and `gid` ids, `p.*` properties, `t.*`
    traits, `ts` milliseconds since the epoch, `mid` message id, and `ct` a challenge token.

    Raises InvalidEvent.
    """
    sent: dict[str, Any] = {field: query[name] for name, field in FIELDS.items() if query.get(name)}
    for name, value in query.items():
        if name[:2] in OBJECTS and len(name) > 2:
            sent.setdefault(OBJECTS[name[:2]], {})[name[2:]] = value
    if "ts" in query:
        sent["timestamp"] = _time(query["ts"])
    if "ct" in query:
        sent["challengeToken"] = query["ct"]
    return sent


def _time(milliseconds: str) -> str:
    try:
        moment = datetime.fromtimestamp(int(milliseconds) / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        raise InvalidEvent("ts must be milliseconds since the epoch") from None
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
