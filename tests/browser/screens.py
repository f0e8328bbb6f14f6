"""Every screen of the console, with something on it."""

from typing import Any

from ..client import Api, path_of, path_of_integration
from .world import eventually

SCREENS = {
    "pipelines": "/console/pipelines",
    "groups": "/console/pipelines?group=env",
    "none-found": "/console/pipelines?search=nothing-is-called-this",
    "new-pipeline": "/console/pipelines/new",
    "overview": "/console/pipelines/{pipeline}",
    "first-event": "/console/pipelines/{quiet}",
    "settings": "/console/pipelines/{pipeline}/settings?origin=https://www.acme.example",
    "rotate": "/console/pipelines/{pipeline}/rotate",
    "collector": "/console/pipelines/{pipeline}/collector",
    "live-events": "/console/pipelines/{pipeline}/events",
    "event": "/console/pipelines/{pipeline}/events/{event}",
    "history": "/console/pipelines/{pipeline}/history",
    "version": "/console/pipelines/{pipeline}/history/2",
    "try": "/console/pipelines/{pipeline}/try",
    "audit": "/console/audit",
    "not-found": "/console/nothing",
    "profile": "/console/profile",
    "people": "/console/people",
    "somebody-new": "/console/people/new",
    "integrations": "/console/integrations",
    "library": "/console/integrations/library",
    "install": "/console/integrations/new/google_analytics_4",
    "install-webhook": "/console/integrations/new/webhook",
    "integration": "/console/integrations/{integration}",
    "revisions": "/console/integrations/{integration}/revisions",
    "new-revision": "/console/integrations/{integration}/revisions/new",
    "integration-revision": "/console/integrations/{integration}/revisions/2",
    "difference": "/console/integrations/{integration}/revisions/2/diff",
    "try-integration": "/console/integrations/{integration}/test",
    "attached-pipelines": "/console/integrations/{integration}/pipelines",
    "attach": "/console/integrations/{integration}/attach?which=label:env:test",
    "dead-letters": "/console/integrations/{integration}/dead-letters",
    "pipeline-integrations": "/console/pipelines/{quiet}/integrations",
}
EVENTS = [
    ("https://www.acme.example", "Product Viewed", {"product": "Notebook", "price": 12}),
    ("https://www.acme.example", "Product Added", {"product": "Notebook", "price": 12}),
    ("https://www.acme.example", "Order Completed", {"revenue": 36, "currency": "EUR"}),
    ("https://copy.example", "Product Viewed", {"product": "Notebook"}),
]


def furnish(api: Api) -> dict[str, str]:
    """A fleet as an organisation may have it; the ids that screens are of."""
    shop = api.a_pipeline(
        name="Acme web shop",
        labels=["env:production", "brand:acme", "country:uk"],
        domain_allowlist=["acme.example", "*.acme.example"],
        parameters={"ga4_measurement_id": "G-ABC1234567", "region": "eu"},
        js_builder_config={"vendor_syncs": {"ga4": {}, "meta": {}}, "consent_config": {"mode": "opt_in"}},
    )
    quiet = api.a_pipeline(name="Widgets landing page", type="web", labels=["env:test", "brand:widgets"])
    api.a_pipeline(name="Loyalty app", type="app", labels=["env:production", "brand:acme", "brand:widgets"])
    api.a_pipeline(name="Order backend", type="server", labels=["env:production"], enabled=False)
    api.put(path_of(shop), {"rate_limit_rps": 2500, "labels": [*shop["labels"], "team:growth"]})
    api.post(path_of(shop, "/collector/build"))
    api.get(path_of(shop, "/events"))
    eventually(lambda: api.get(path_of(shop, "/collector/status")).json["status"] == "ready")
    for origin, name, properties in EVENTS:
        sent: dict[str, Any] = {"writeKey": shop["pipeline_key"], "event": name, "properties": properties}
        api.post("/v1/t", sent | {"userId": "ada", "messageId": f"{shop['id']} {name}"}, Origin=origin)
    eventually(lambda: len(api.get(path_of(shop, "/events?verdict=accepted")).json["events"]) == 3)
    return {
        "pipeline": shop["id"],
        "quiet": quiet["id"],
        "event": f"{shop['id']}%20Order%20Completed",
        "integration": _integration(api, quiet),
    }


def _integration(api: Api, pipeline: dict[str, Any]) -> str:
    """The id of one with two revisions, attached to a pipeline that lacks a parameter."""
    config = {"measurement_id": "{{pipeline_param.ga4_measurement_id}}", "api_secret": "not-a-real-one"}
    mapping = {"events": {"Lead": {"vendor_event_name": "generate_lead"}}}
    made = api.an_integration(name="Google Analytics", vendor="google_analytics_4", config=config, mapping=mapping)
    api.attach(made, pipeline)
    api.post(path_of_integration(made, "/revisions"), {"preset": "e_commerce"})
    return str(made["id"])
