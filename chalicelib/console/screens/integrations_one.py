"""One integration at a glance: what it does, where it is attached, what needs attention; and its name and state."""

from collections import Counter
from typing import Any

import msgspec

from ...integrations import attachment_schemas, catalog, commands, overview, records, revisions, schemas
from ...integrations.table import Integration
from .. import mapping_form, vendor_form
from ..pages import page
from ..visit import Shown, Visit
from .integrations import ONE, PATH

LOOKED_AT = 100  # pipelines, for what needs attention
NOT_FLOWING = ("missing_parameters", "invalid_configuration")


def frame(integration: Integration) -> dict[str, Any]:
    """What the head of every screen of an integration needs."""
    return {"integration": records.shown(integration), "vendor": catalog.known(integration.vendor)}


@page("GET", ONE, role="viewer")
def integration(visit: Visit, integration_id: str) -> Shown:
    """The first page of an integration."""
    found = records.load(visit.caller.org_id, integration_id)
    latest = records.shown_revision(revisions.numbered(integration_id, int(found.latest_revision)))
    used = overview.in_use(visit.caller.org_id, integration_id)
    query = attachment_schemas.AttachedPipelineQuery(limit=LOOKED_AT)
    attached = overview.pipelines(visit.caller.org_id, integration_id, query).pipelines if used else []
    return visit.show(
        "integration_overview.html",
        **frame(found),
        latest=latest,
        settings=_settings(latest),
        mapping_told=mapping_form.told(msgspec.to_builtins(latest.mapping)),
        used=sorted(Counter(used.values()).items(), reverse=True),
        pipelines=len(used),
        attention=[each for each in attached if each.state in NOT_FLOWING],
        looked_at=LOOKED_AT,
    )


@page("POST", ONE, role="editor", again=integration)
def change(visit: Visit, integration_id: str) -> Shown:
    """Another name or description."""
    _update(visit, integration_id, {name: visit.form.value(name) for name in ("name", "description")})
    return visit.go(f"{PATH}/{integration_id}", done="saved")


@page("POST", f"{ONE}/state", role="editor", again=integration)
def switch(visit: Visit, integration_id: str) -> Shown:
    """Switched on or off, for all pipelines."""
    enabled = visit.form.value("enabled") == "true"
    _update(visit, integration_id, {"enabled": enabled})
    return visit.go(f"{PATH}/{integration_id}", done="switched-on" if enabled else "switched-off")


@page("POST", f"{ONE}/delete", role="admin", again=integration)
def delete(visit: Visit, integration_id: str) -> Shown:
    """Delete it, softly."""
    visit.form.confirm(records.load(visit.caller.org_id, integration_id).name)
    commands.delete(visit.actor, integration_id, None)
    return visit.go(PATH, done="deleted", deleted=integration_id)


@page("POST", f"{ONE}/restore", role="admin")
def restore(visit: Visit, integration_id: str) -> Shown:
    """Bring a deleted one back."""
    commands.restore(visit.actor, integration_id)
    return visit.go(f"{PATH}/{integration_id}", done="restored")


def _update(visit: Visit, integration_id: str, fields: dict[str, Any]) -> None:
    commands.update(visit.actor, integration_id, visit.decoded(schemas.IntegrationUpdate, fields), None)


def _settings(revision: schemas.Revision) -> list[tuple[str, Any]]:
    """The configuration as people read it."""
    shapes = vendor_form.fields_of(revision.vendor, catalog.json_schema(revision.vendor))
    return [
        (field.label, _told(revision.config[field.key]))
        for field in shapes
        if revision.config.get(field.key) not in ("", None, {}, [])
    ]


def _told(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return "\n".join(f"{name}: {text}" for name, text in value.items())
    return "kept encrypted" if value == "***" else str(value)
