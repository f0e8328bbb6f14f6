"""Whether a pipeline still delivers to an integration: read anew for each message, so that what is deleted, detached or
switched off gets nothing more from that moment on."""

from collections.abc import Mapping
from typing import Any

from ..integrations.decisions import Withheld
from ..integrations.table import Integration, PipelineIntegration
from ..pipelines import records
from ..pipelines.table import PipelineKey
from ..store import Table
from .task import Destination

KEY, INTEGRATION, ATTACHED = "key", "integration", "attached"  # names of what is read


def wanted(to: Destination) -> dict[str, Table]:
    """What must be read to know."""
    return {
        KEY: PipelineKey(records.key_of(to.pipeline_id)),
        INTEGRATION: Integration(to.org_id, to.integration_id),
        ATTACHED: PipelineIntegration(to.pipeline_id, to.integration_id),
    }


def refusal(found: Mapping[str, Any]) -> Withheld | None:
    """Why nothing is delivered, if so."""
    key, integration, attached = found[KEY], found[INTEGRATION], found[ATTACHED]
    if key is None or key.deleted:
        return Withheld("PIPELINE_DELETED", "the pipeline was deleted")
    if not key.enabled:
        return Withheld("PIPELINE_DISABLED", "the pipeline is switched off")
    if integration is None or integration.deleted_at:
        return Withheld("INTEGRATION_DELETED", "the integration was deleted")
    if not integration.enabled:
        return Withheld("INTEGRATION_DISABLED", "the integration is switched off")
    if attached is None:
        return Withheld("NOT_ATTACHED", "the integration was detached from the pipeline")
    if not attached.enabled:
        return Withheld("ATTACHMENT_DISABLED", "the integration is switched off for this pipeline")
    return None
