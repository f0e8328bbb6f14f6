"""The collector in the admin API, and the scripts that the API itself serves."""

import hashlib
import re

from chalice.app import Blueprint

from ..api.operation import Answer, Call, operation
from ..errors import BuildNotFound, BuildNotReady, CollectorNotBuilt, NotFound, PipelineNotFound
from . import builds, publishing
from .schemas import BuildList, BuildQuery, BuildStarted, BuildStatus, PublicationStarted

blueprint = Blueprint(__name__)
PATH = "/v1/admin/pipelines/{pipeline_id}/collector"
TAG = "Collector"
# API Gateway has one name for a variable part of a path, whatever follows it: hence `file_or_version`.
SCRIPT_PATH = re.compile(r"dk_[a-z0-9_]{1,60}(/[0-9a-f]{8})?/[A-Za-z0-9][A-Za-z0-9._-]{0,103}\.js")


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
    return builds.start(call.actor, pipeline_id, call.once)


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
    """The current script."""
    filename, text = builds.download(call.caller.org_id, pipeline_id)
    return Answer(text, headers={"Content-Disposition": f'attachment; filename="{filename}"'})


@operation(
    blueprint,
    "GET",
    PATH + "/builds",
    tag=TAG,
    summary="List builds",
    role="viewer",
    query=BuildQuery,
    answer=BuildList,
    errors=(PipelineNotFound,),
)
def list_builds(call: Call[None, BuildQuery], pipeline_id: str) -> BuildList:
    """The pipeline's builds, the newest first, and which of them is current."""
    return builds.history(call.caller.org_id, pipeline_id, call.query.limit, call.query.before)


@operation(
    blueprint,
    "POST",
    PATH + "/builds/{build_id}/publish",
    tag=TAG,
    summary="Publish an earlier build",
    role="editor",
    answer=PublicationStarted,
    errors=(PipelineNotFound, BuildNotFound, BuildNotReady),
    idempotent=True,
)
def publish_build(call: Call[None, None], pipeline_id: str, build_id: str) -> PublicationStarted:
    """Makes a build that is ready the current one again, in a moment, until the next build."""
    return builds.publish(call.actor, pipeline_id, build_id, call.once)


@operation(
    blueprint,
    "GET",
    "/{pipeline_key}/{file_or_version}",
    tag=TAG,
    summary="Load the current script",
    answer=str,
    media_type="application/javascript",
    errors=(NotFound,),
)
def current_script(call: Call[None, None], pipeline_key: str, file_or_version: str) -> Answer:
    """The script of a pipeline with `delivery_method: cluster`; others are served by the CDN, at the same paths."""
    return _script(call, f"{pipeline_key}/{file_or_version}", publishing.FOR_MINUTES)


@operation(
    blueprint,
    "GET",
    "/{pipeline_key}/{file_or_version}/{script_filename}",
    tag=TAG,
    summary="Load a version of the script",
    answer=str,
    media_type="application/javascript",
    errors=(NotFound,),
)
def immutable_script(call: Call[None, None], pipeline_key: str, file_or_version: str, script_filename: str) -> Answer:
    """Exactly this version, for ever."""
    return _script(call, f"{pipeline_key}/{file_or_version}/{script_filename}", publishing.FOR_EVER)


def _script(call: Call[None, None], path: str, cache_control: str) -> Answer:
    """Any page may load it, also with `integrity`, which asks for CORS."""
    content = publishing.read_path("cluster", path) if SCRIPT_PATH.fullmatch(path) else None
    if content is None:
        raise NotFound
    tag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
    headers = {
        "Cache-Control": cache_control,
        "ETag": tag,
        "Access-Control-Allow-Origin": "*",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Timing-Allow-Origin": "*",
    }
    known = [each.strip().removeprefix("W/") for each in call.request.headers.get("if-none-match", "").split(",")]
    if tag in known:
        return Answer("", 304, headers)
    return Answer(content.decode(), headers=headers | {"Content-Type": publishing.CONTENT_TYPE})
