"""The builder's work, one message of the queue at a time. Doing a message twice has the effect of once, and messages of
one pipeline come in the order in which they were asked for, so what was asked for last is what is served."""

from typing import Any

from .. import aws, clock, logs, metrics, store
from ..errors import PipelineNotFound
from ..pipelines import records
from ..pipelines.table import Pipeline
from ..store import Write
from . import builder, builds, publishing
from .configuration import configuration, fingerprint
from .publishing import Place
from .table import CollectorBuild, CurrentBuild

BROKEN = "The build failed, and would again; the log has the reason under this build's id"


def run(message: dict[str, Any]) -> None:
    """Do what one message asks for."""
    build = CollectorBuild(message["pipeline_id"], message["build_id"])
    try:
        build.refresh(consistent_read=True)
        pipeline = records.load(message["org_id"], message["pipeline_id"])
    except (CollectorBuild.DoesNotExist, PipelineNotFound):
        logs.warning("build given up: it or its pipeline is gone", **message)
        return
    if message["action"] == "publish":
        _publish(build, message.get("after", build.id))
    elif build.status == "building":
        _build(build, pipeline)


def _build(build: CollectorBuild, pipeline: Pipeline) -> None:
    try:
        script, readable = _scripts(pipeline)
        place = _place(pipeline, script)
        publishing.keep(place, script.content, readable.content)
    except Exception as error:
        if aws.unavailable(error):
            raise  # the queue gives the message again
        metrics.describe(pipeline_id=pipeline.id, build_id=build.id)
        metrics.record(metrics.BUILDS_FAILED)
        logs.error("build failed", pipeline_id=pipeline.id, build_id=build.id)
        build.update([CollectorBuild.status.set("failed"), CollectorBuild.message.set(BROKEN)])
        return
    if place.served:
        publishing.point_to(place, script.content)
    # In one transaction: who sees that the build is ready sees that it is current.
    writes = {"ready": _ready(build, place, script, fingerprint(pipeline)), "current": _current(build, build.id)}
    store.transact(writes)
    metrics.record(metrics.BUILDS_READY)
    metrics.record(metrics.BUILD_DURATION, clock.seconds_since(build.requested_at))
    metrics.report("collector built", pipeline_id=pipeline.id, build_id=build.id, bytes=len(script.content))


def _scripts(pipeline: Pipeline) -> tuple[builder.Script, builder.Script]:
    config = configuration(pipeline)
    return builder.build(config), builder.build_readable(config)


def _place(pipeline: Pipeline, script: builder.Script) -> Place:
    js = pipeline.js_builder_config
    return Place(records.key_of(pipeline.id), js["script_filename"], script.version_hash, js["delivery_method"])


def _publish(build: CollectorBuild, after: str) -> None:
    place = builds.place_of(build)
    if place.served:
        publishing.point_to(place, publishing.read(place))
    store.transact({"current": _current(build, after)})
    logs.info("collector published again", pipeline_id=build.pipeline_id, build_id=build.id)


def _current(build: CollectorBuild, after: str) -> Write:
    actions: list[Any] = [
        CurrentBuild.build_id.set(build.id),
        CurrentBuild.after.set(after),
        CurrentBuild.published_at.set(clock.iso(clock.now())),
    ]
    return lambda transaction: transaction.update(CurrentBuild(build.pipeline_id), actions)


def _ready(build: CollectorBuild, place: Place, script: builder.Script, built_from: str) -> Write:
    actions: list[Any] = [
        CollectorBuild.status.set("ready"),
        CollectorBuild.fingerprint.set(built_from),
        CollectorBuild.delivery_method.set(place.delivery_method),
        CollectorBuild.script_filename.set(place.script_filename),
        CollectorBuild.version_hash.set(place.version_hash),
        CollectorBuild.integrity.set(script.integrity),
        CollectorBuild.modules.set(list(script.modules)),
        CollectorBuild.file_size_bytes.set(len(script.content)),
        CollectorBuild.gzip_bytes.set(script.gzip_bytes),
        CollectorBuild.brotli_bytes.set(script.brotli_bytes),
        CollectorBuild.built_at.set(clock.iso(clock.now())),
    ]
    return lambda transaction: transaction.update(build, actions)
