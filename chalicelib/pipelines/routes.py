"""The pipelines of the admin API."""

from typing import Any

from chalice.app import Blueprint

from ..api.entity_tags import etag, is_known
from ..api.operation import Answer, Call, operation
from ..errors import DuplicateSlug, PipelineNotDeleted, PipelineNotFound, PreconditionFailed
from . import catalogue, commands, examples, records, schemas

blueprint = Blueprint(__name__)
PATH = "/v1/admin/pipelines"
TAG = "Pipelines"


@operation(
    blueprint,
    "GET",
    PATH,
    tag=TAG,
    summary="List pipelines",
    role="viewer",
    query=schemas.PipelineQuery,
    answer=schemas.PipelineList,
)
def list_pipelines(call: Call[None, schemas.PipelineQuery]) -> schemas.PipelineList:
    """A page of the organisation's pipelines. `label` may repeat, and then all must match."""
    return catalogue.list_pipelines(call.caller.org_id, call.query)


@operation(
    blueprint,
    "POST",
    PATH,
    tag=TAG,
    summary="Create a pipeline",
    role="editor",
    body=schemas.PipelineCreate,
    example=examples.CREATE,
    answer=schemas.CreatedPipeline,
    status=201,
    errors=(DuplicateSlug,),
    idempotent=True,
)
def create_pipeline(call: Call[schemas.PipelineCreate, None]) -> Answer:
    """Makes a pipeline with its key and secret. The secret is in this answer and never again."""
    created = commands.create(call.actor, call.body, call.once)
    return Answer(created, headers=commands.created_headers(created))


@operation(
    blueprint,
    "GET",
    PATH + "/{pipeline_id}",
    tag=TAG,
    summary="Get a pipeline",
    role="viewer",
    answer=schemas.Pipeline,
    errors=(PipelineNotFound,),
    conditional=("If-None-Match",),
)
def get_pipeline(call: Call[None, None], pipeline_id: str) -> Answer:
    """The whole pipeline, without its secret."""
    pipeline = records.load(call.caller.org_id, pipeline_id)
    headers = {"ETag": etag(pipeline.version)}
    if is_known(call.request.headers.get("if-none-match", ""), pipeline.version):
        return Answer("", status=304, headers=headers)
    return Answer(records.shown(pipeline), headers=headers)


@operation(
    blueprint,
    "PUT",
    PATH + "/{pipeline_id}",
    tag=TAG,
    summary="Update a pipeline",
    role="editor",
    body=schemas.PipelineUpdate,
    example=examples.UPDATE,
    read_only=schemas.READ_ONLY,
    answer=schemas.Pipeline,
    errors=(PipelineNotFound, DuplicateSlug, PreconditionFailed),
    conditional=("If-Match",),
)
def update_pipeline(call: Call[schemas.PipelineUpdate, None], pipeline_id: str) -> Answer:
    """Changes the given fields alone; a list or object given replaces the old one whole."""
    if_match = call.request.headers.get("if-match")
    pipeline = commands.update(call.actor, pipeline_id, call.body, if_match)
    return Answer(records.shown(pipeline), headers={"ETag": etag(pipeline.version)})


@operation(
    blueprint,
    "DELETE",
    PATH + "/{pipeline_id}",
    tag=TAG,
    summary="Delete a pipeline",
    role="admin",
    answer=schemas.DeletedPipeline,
    errors=(PipelineNotFound, PreconditionFailed),
    conditional=("If-Match",),
)
def delete_pipeline(call: Call[None, None], pipeline_id: str) -> schemas.DeletedPipeline:
    """Deletes softly: its events are refused from now on and its slug is free. It can be restored."""
    commands.delete(call.actor, pipeline_id, call.request.headers.get("if-match"))
    return schemas.DeletedPipeline()


@operation(
    blueprint,
    "POST",
    PATH + "/{pipeline_id}/restore",
    tag=TAG,
    summary="Restore a deleted pipeline",
    role="admin",
    answer=schemas.Pipeline,
    errors=(PipelineNotFound, PipelineNotDeleted),
)
def restore_pipeline(call: Call[None, None], pipeline_id: str) -> Answer:
    """Brings a deleted pipeline back, with a numbered slug if its own was taken meanwhile."""
    pipeline = commands.restore(call.actor, pipeline_id)
    return Answer(records.shown(pipeline), headers={"ETag": etag(pipeline.version)})


@operation(
    blueprint,
    "POST",
    PATH + "/{pipeline_id}/rotate-secret",
    tag=TAG,
    summary="Rotate the pipeline key secret",
    role="admin",
    body=schemas.RotateSecret,
    example=examples.ROTATE,
    body_required=False,
    answer=schemas.RotatedSecret,
    errors=(PipelineNotFound,),
    idempotent=True,
)
def rotate_secret(call: Call[schemas.RotateSecret, None], pipeline_id: str) -> Any:
    """Makes a new secret. The old one is invalid at once, unless `grace_seconds` keeps it a while."""
    return commands.rotate_secret(call.actor, pipeline_id, call.body.grace_seconds, call.once)


@operation(
    blueprint,
    "POST",
    PATH + "/{pipeline_id}/tokens",
    tag=TAG,
    summary="Generate a challenge token",
    role="editor",
    answer=schemas.IssuedChallengeToken,
    errors=(PipelineNotFound,),
    idempotent=True,
)
def issue_challenge_token(call: Call[None, None], pipeline_id: str) -> schemas.IssuedChallengeToken:
    """A token for pipelines with `challenge_token_required`, valid for an hour."""
    return commands.issue_challenge_token(call.actor, pipeline_id, call.once)
