"""The history of pipelines in the admin API."""

import re

from chalice.app import Blueprint

from ..api.entity_tags import etag
from ..api.operation import Answer, Call, operation
from ..api.types import Differences, DifferencesQuery
from ..errors import PipelineNotFound, PreconditionFailed, RevisionNotFound, ValidationFailed
from . import commands, history, records, schemas
from .routes import PATH

blueprint = Blueprint(__name__)
REVISIONS = PATH + "/{pipeline_id}/revisions"
TAG = "Pipelines"


@operation(
    blueprint,
    "GET",
    REVISIONS,
    tag=TAG,
    name="list_pipeline_revisions",
    summary="List the revisions of a pipeline",
    role="viewer",
    query=schemas.PipelineRevisionQuery,
    answer=schemas.PipelineRevisionList,
    errors=(PipelineNotFound,),
)
def list_revisions(call: Call[None, schemas.PipelineRevisionQuery], pipeline_id: str) -> schemas.PipelineRevisionList:
    """Every version of the pipeline, the newest first: who made it, when, and what became different, without the
    configuration."""
    return history.listed(call.caller.org_id, pipeline_id, call.query)


@operation(
    blueprint,
    "GET",
    REVISIONS + "/{number}",
    tag=TAG,
    name="get_pipeline_revision",
    summary="Get a revision of a pipeline",
    role="viewer",
    answer=schemas.PipelineRevision,
    errors=(PipelineNotFound, RevisionNotFound),
)
def get_revision(call: Call[None, None], pipeline_id: str, number: str) -> schemas.PipelineRevision:
    """One version of the pipeline with its whole configuration."""
    return history.shown(call.caller.org_id, pipeline_id, _number(number))


@operation(
    blueprint,
    "GET",
    REVISIONS + "/{number}/differences",
    tag=TAG,
    name="compare_pipeline_revisions",
    summary="Compare two revisions of a pipeline",
    role="viewer",
    query=DifferencesQuery,
    answer=Differences,
    errors=(PipelineNotFound, RevisionNotFound),
)
def compare_revisions(call: Call[None, DifferencesQuery], pipeline_id: str, number: str) -> Differences:
    """What is different in a revision, field by field, from the one before or the one that is named in `against`. What
    sounds like a secret is shown as `***`."""
    return history.compared(call.caller.org_id, pipeline_id, _number(number), call.query.against)


@operation(
    blueprint,
    "POST",
    REVISIONS + "/{number}/restore",
    tag=TAG,
    name="restore_pipeline_revision",
    summary="Set a pipeline back to a revision",
    role="editor",
    answer=schemas.Pipeline,
    errors=(PipelineNotFound, RevisionNotFound, PreconditionFailed, ValidationFailed),
    conditional=("If-Match",),
)
def restore_revision(call: Call[None, None], pipeline_id: str, number: str) -> Answer:
    """Sets every field that can be changed back to what it was, as a new revision; with a numbered slug if its own was
    taken meanwhile. Events obey at once. What is so already is not written again. Secrets stay as they are."""
    if_match = call.request.headers.get("if-match")
    pipeline = commands.restore_revision(call.actor, pipeline_id, _number(number), if_match)
    return Answer(records.shown(pipeline), headers={"ETag": etag(pipeline.version)})


def _number(text: str) -> int:
    """The number of a revision in a path.

    Raises RevisionNotFound.
    """
    if not re.fullmatch(r"[1-9][0-9]{0,8}", text, re.ASCII):
        raise RevisionNotFound
    return int(text)
