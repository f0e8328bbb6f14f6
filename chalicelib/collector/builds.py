"""Builds: asked for through the API, done by the builder from the queue, looked up by their pipeline."""

from typing import Any

from .. import clock, identifiers, logs, queues
from ..api import idempotency
from ..api.idempotency import Once
from ..errors import CollectorNotBuilt, PipelineNotFound
from ..pipelines import records
from ..pipelines.table import Pipeline
from ..settings import settings
from . import builder, publishing
from .publishing import Place
from .schemas import BuildStarted, BuildStatus
from .table import CollectorBuild


def start(org_id: str, pipeline_id: str, once: Once | None) -> BuildStarted:
    """Ask for a build. The record comes first: a message without one would have nothing to report to."""
    records.load(org_id, pipeline_id)
    build = CollectorBuild(
        pipeline_id,
        identifiers.new_id("bld"),
        org_id=org_id,
        status="building",
        requested_at=clock.iso(clock.now()),
        deadline=clock.timestamp() + settings().build_deadline_seconds,
    )
    build.save()
    message = {"org_id": org_id, "pipeline_id": pipeline_id, "build_id": build.id}
    try:
        queues.send(settings().builds_queue_url, message)
    except Exception:
        build.delete()  # at worst it stays and fails by its deadline
        raise
    started = BuildStarted(pipeline_id=pipeline_id)
    if once:
        idempotency.transact(once, {}, once.remember(200, {}, started))
    return started


def run(message: dict[str, Any]) -> None:
    """Do the build of one queue message. Doing it twice has the effect of once."""
    build = CollectorBuild(message["pipeline_id"], message["build_id"])
    try:
        build.refresh(consistent_read=True)
        pipeline = records.load(message["org_id"], message["pipeline_id"])
    except (CollectorBuild.DoesNotExist, PipelineNotFound):
        logs.warning("build given up: it or its pipeline is gone", **message)
        return
    if build.status == "building":
        _build(build, pipeline)


def _build(build: CollectorBuild, pipeline: Pipeline) -> None:
    js = pipeline.js_builder_config
    public = builder.PublicConfig(
        key=records.key_of(pipeline.id), global_variable=js["global_variable"], endpoint=settings().public_url
    )
    script = builder.build(public)
    served = js["delivery_method"] != "download"
    place = Place(public.key, js["script_filename"], script.version_hash)
    publishing.keep(place, script, served=served)
    if served and _newest(pipeline.id).id == build.id:
        publishing.point_to(place, script)
    _finish(build, place, script, served)
    logs.info("collector built", pipeline_id=pipeline.id, build_id=build.id, bytes=len(script.content))


def _finish(build: CollectorBuild, place: Place, script: builder.Script, served: bool) -> None:
    build.update(
        [
            CollectorBuild.status.set("ready"),
            CollectorBuild.script_filename.set(place.script_filename),
            CollectorBuild.version_hash.set(place.version_hash),
            CollectorBuild.integrity.set(script.integrity),
            CollectorBuild.file_size_bytes.set(len(script.content)),
            CollectorBuild.served.set(served),
            CollectorBuild.built_at.set(clock.iso(clock.now())),
        ]
    )


def status(org_id: str, pipeline_id: str) -> BuildStatus:
    """How the newest build stands."""
    records.load(org_id, pipeline_id)
    try:
        build = _newest(pipeline_id)
    except CollectorBuild.DoesNotExist:
        return BuildStatus(status="no_builds", pipeline_id=pipeline_id)
    if build.status == "ready":
        return _ready(build)
    if build.status == "building" and build.deadline > clock.timestamp():
        return BuildStatus(status="building", pipeline_id=pipeline_id, build_id=build.id)
    message = build.message or "The build did not finish in time; start another one"
    return BuildStatus(status="failed", pipeline_id=pipeline_id, build_id=build.id, message=message)


def _ready(build: CollectorBuild) -> BuildStatus:
    place, integrity = _place(build), str(build.integrity)
    found = BuildStatus(
        status="ready",
        pipeline_id=build.pipeline_id,
        build_id=build.id,
        version_hash=place.version_hash,
        file_size_bytes=int(build.file_size_bytes or 0),
        built_at=str(build.built_at),
        integrity=integrity,
    )
    if build.served:
        found.url, found.immutable_url = place.url, place.immutable_url
        found.script_tag, found.pinned_script_tag = place.script_tag, place.pinned_script_tag(integrity)
    return found


def download(org_id: str, pipeline_id: str) -> tuple[str, str]:
    """The file name and text of the newest script that is ready.

    Raises CollectorNotBuilt.
    """
    records.load(org_id, pipeline_id)
    ready = CollectorBuild.status == "ready"
    for build in CollectorBuild.query(
        pipeline_id, scan_index_forward=False, consistent_read=True, filter_condition=ready, page_size=10, limit=1
    ):
        place = _place(build)
        return place.script_filename, publishing.read(place, served=bool(build.served))
    raise CollectorNotBuilt


def _newest(pipeline_id: str) -> CollectorBuild:
    for build in CollectorBuild.query(pipeline_id, scan_index_forward=False, consistent_read=True, limit=1):
        return build
    raise CollectorBuild.DoesNotExist


def _place(build: CollectorBuild) -> Place:
    return Place(records.key_of(build.pipeline_id), str(build.script_filename), str(build.version_hash))
