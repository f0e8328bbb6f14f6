"""The collector of the admin API: build, status, download."""

from chalice.app import Blueprint

from ..api.operation import Answer, Call, operation
from ..errors import CollectorNotBuilt, PipelineNotFound
from . import builds
from .schemas import BuildStarted, BuildStatus

blueprint = Blueprint(__name__)
PATH = "/v1/admin/pipelines/{pipeline_id}/collector"
TAG = "Collector"


@operation(
    blueprint,
    "POST",
    PATH + "/build",
    tag=TAG,
    summary="Build the collector",
    role="editor",
    answer=BuildStarted,
    errors=(PipelineNotFound,),
    idempotent=True,
)
def build_collector(call: Call[None, None], pipeline_id: str) -> BuildStarted:
    """Asks for a build of the pipeline's Datafly.js; its status tells when it is ready."""
    return builds.start(call.caller.org_id, pipeline_id, call.once)


@operation(
    blueprint,
    "GET",
    PATH + "/status",
    tag=TAG,
    summary="Get the build status",
    role="viewer",
    answer=BuildStatus,
    errors=(PipelineNotFound,),
)
def collector_status(call: Call[None, None], pipeline_id: str) -> BuildStatus:
    """How the newest build stands, and when it is ready where to load it from."""
    return builds.status(call.caller.org_id, pipeline_id)


@operation(
    blueprint,
    "GET",
    PATH + "/download",
    tag=TAG,
    summary="Download the collector",
    role="viewer",
    answer=str,
    media_type="application/javascript",
    errors=(PipelineNotFound, CollectorNotBuilt),
)
def download_collector(call: Call[None, None], pipeline_id: str) -> Answer:
    """The newest script that is ready."""
    filename, text = builds.download(call.caller.org_id, pipeline_id)
    return Answer(text, headers={"Content-Disposition": f'attachment; filename="{filename}"'})
