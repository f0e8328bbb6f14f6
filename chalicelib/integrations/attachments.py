"""Which integrations a pipeline's events go to, and by which revisions."""

from .table import PipelineIntegration


def of_pipeline(pipeline_id: str) -> list[PipelineIntegration]:
    """What is attached to a pipeline, also what is switched off."""
    return list(PipelineIntegration.query(pipeline_id, consistent_read=True))


def find(pipeline_id: str, integration_id: str) -> PipelineIntegration | None:
    """How an integration is attached to a pipeline, if it is."""
    try:
        return PipelineIntegration.get(pipeline_id, integration_id, consistent_read=True)
    except PipelineIntegration.DoesNotExist:
        return None
