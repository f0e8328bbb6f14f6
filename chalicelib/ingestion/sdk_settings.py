"""What the browser SDKs of others ask before they start. They run none of their makers' integrations: events come to
the pipeline alone."""

from typing import Any

from ..settings import settings


def segment(key: str) -> dict[str, Any]:
    """Segment's project settings, as `@segment/analytics-next` reads them: its own integration, at this endpoint."""
    scheme, _, host = settings().public_url.partition("://")
    return {
        "integrations": {"Segment.io": {"apiKey": key, "apiHost": f"{host}/v1", "protocol": scheme}},
        "plan": {"track": {}, "identify": {}, "group": {}},
        "edgeFunction": {},
    }


def rudderstack(key: str) -> dict[str, Any]:
    """RudderStack's source configuration, as `@rudderstack/analytics-js` 3 reads it: no destinations in the page."""
    return {
        "source": {
            "id": key.removeprefix("dk_"),
            "name": "Datafly Signal",
            "writeKey": key,
            "enabled": True,
            "config": {"statsCollection": {"errors": {"enabled": False}, "metrics": {"enabled": False}}},
            "destinations": [],
        }
    }
