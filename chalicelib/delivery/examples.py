"""Bodies as callers may send them, for the API's description."""

from typing import Any

TEST: dict[str, Any] = {"event": {"type": "track", "event": "Order Completed", "properties": {"total": 35.0}}}
REPLAY: dict[str, Any] = {"filter": {"code": "NO_ANSWER", "from": "2026-02-25T10:00:00Z"}, "dry_run": True}
