"""Deleting a pipeline, and taking that back."""

from ...errors import PipelineNotDeleted, ValidationFailed
from ...pipelines import commands, records
from ..pages import page
from ..visit import Shown, Visit
from .overview import ONE
from .pipelines import PATH
from .settings import settings


@page("POST", f"{ONE}/delete", role="admin", again=settings)
def delete(visit: Visit, pipeline_id: str) -> Shown:
    """Delete it, once its name was typed."""
    pipeline = records.load(visit.caller.org_id, pipeline_id)
    if visit.form.value("confirm").strip() != pipeline.name:
        raise ValidationFailed([{"field": "confirm", "message": f"must be the name of the pipeline, {pipeline.name}"}])
    commands.delete(visit.actor, pipeline_id, None)
    return visit.go(PATH, deleted=pipeline_id)


@page("POST", f"{ONE}/restore", role="admin")
def restore(visit: Visit, pipeline_id: str) -> Shown:
    """Bring it back."""
    try:
        commands.restore(visit.actor, pipeline_id)
    except PipelineNotDeleted:  # somebody was quicker, or clicked twice
        return visit.go(f"{PATH}/{pipeline_id}", done="unchanged")
    return visit.go(f"{PATH}/{pipeline_id}", done="restored")
