"""What the audit trail tells of integrations and of what they are attached to."""

from collections.abc import Iterable
from typing import Any, Literal

from ..audit.actions import Action
from ..audit.entries import entry
from ..auth import Actor
from ..differences import Difference, differences
from ..pipelines.table import Pipeline
from ..store import Write
from .table import Integration, PipelineIntegration

Done = Literal[
    "integration.created",
    "integration.updated",
    "integration.deleted",
    "integration.restored",
    "integration.revised",
]


def facts(integration: Integration) -> dict[str, Any]:
    """What is told of an integration, beside what its revisions say."""
    return {name: getattr(integration, name) for name in ("name", "description", "vendor", "enabled")}


def of_integration(actor: Actor, action: Done, integration: Integration, told: Iterable[Difference] = ()) -> Write:
    """The entry of a change of an integration."""
    return entry(actor, action, "integration", integration.id, told, resource_name=integration.name)


def of_attachment(
    actor: Actor,
    integration: Integration,
    pipeline: Pipeline,
    before: PipelineIntegration | None,
    after: PipelineIntegration | None,
) -> Write:
    """The entry of a change of how an integration is attached to a pipeline. It is one of the pipeline, whose events go
    elsewhere from now on."""
    action: Action = "integration.attachment_updated" if before else "integration.attached"
    if after is None:
        action = "integration.detached"
    told = differences(_attached(integration, before), _attached(integration, after))
    return entry(actor, action, "pipeline", pipeline.id, told, resource_name=pipeline.name)


def _attached(integration: Integration, attached: PipelineIntegration | None) -> dict[str, Any]:
    if attached is None:
        return {"integrations": {}}
    said = {"name": integration.name, "revision": int(attached.revision), "enabled": attached.enabled}
    return {"integrations": {integration.id: said}}
