"""Bodies as callers may send them, for the API's description."""

from typing import Any

CREATE: dict[str, Any] = {
    "name": "Google Analytics of all shops",
    "vendor": "google_analytics_4",
    "config": {
        "measurement_id": "{{pipeline_param.ga4_measurement_id}}",
        "api_secret": "{{pipeline_param.ga4_api_secret}}",
    },
    "preset": "e_commerce",
    "note": "First version",
}
UPDATE: dict[str, Any] = {"name": "Google Analytics", "enabled": False}
REVISE: dict[str, Any] = {
    "config": {"measurement_id": "{{pipeline_param.ga4_measurement_id}}", "api_secret": "***", "region": "eu"},
    "note": "Collected in the EU",
}
ATTACH: dict[str, Any] = {"revision": 2}
ATTACH_MANY: dict[str, Any] = {"label": "env:production", "revision": 2, "dry_run": True}
DETACH_MANY: dict[str, Any] = {"label": "env:production"}
PREFLIGHT: dict[str, Any] = {"label": "env:production"}
DRY_RUN: dict[str, Any] = {
    "event": {
        "type": "track",
        "event": "Order Completed",
        "anonymousId": "a-1",
        "properties": {"order_id": "o-99", "total": 35.0, "currency": "EUR"},
        "context": {"consent": {"analytics": True}},
    },
}
