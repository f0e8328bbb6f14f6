"""Builds as callers see them: asked for, looked up, and one of them made the current one. The builder does the work,
from a queue that keeps the order in which it was asked, for each pipeline one after the other."""

from collections.abc import Iterator
from typing import Any

from msgspec import UNSET, UnsetType

from .. import clock, identifiers, queues, store
from ..api import idempotency
from ..api.idempotency import Once
from ..audit.actions import Action
from ..audit.entries import ENTRY, entry
from ..auth import Actor
from ..differences import NOTHING, Difference
from ..errors import BuildNotFound, BuildNotReady, CollectorNotBuilt
from ..pipelines import records
from ..pipelines.table import Pipeline
from ..settings import settings
from ..store import Write
from . import publishing
from .configuration import fingerprint
from .publishing import Place
from .schemas import Build, BuildList, BuildStarted, BuildStatus, PublicationStarted
from .table import CollectorBuild, CurrentBuild

DEAD = "The build did not finish in time; start another one"


def start(actor: Actor, pipeline_id: str, once: Once | None) -> BuildStarted:
    """Ask for a build, or join the one under way when it was asked for with the same configuration."""
    pipeline = records.load(actor.org_id, pipeline_id)
    wanted = fingerprint(pipeline)
    last = _newest(pipeline_id)
    if last is None or _standing(last) != "building" or last.fingerprint != wanted:
        _ask(actor, pipeline, wanted)
    started = BuildStarted(pipeline_id=pipeline_id)
    if once:
        idempotency.transact(once, {}, once.remember(200, {}, started))
    return started


def _ask(actor: Actor, pipeline: Pipeline, wanted: str) -> None:
    """The record comes first: a message without one would have nothing to report to. The audit trail has it with the
    record: it tells that a build was asked for, not that there was one."""
    build = CollectorBuild(
        pipeline.id,
        identifiers.new_id("bld"),
        org_id=pipeline.org_id,
        status="building",
        requested_at=clock.iso(clock.now()),
        deadline=clock.timestamp() + settings().build_deadline_seconds,
        fingerprint=wanted,
    )
    fields = [Difference(("collector", "build_id"), NOTHING, build.id)]
    store.transact(
        {
            "build": lambda transaction: transaction.save(build),
            ENTRY: _entry(actor, "collector.build_requested", pipeline, fields),
        }
    )
    try:
        _send("build", build)
    except Exception:
        build.delete()  # at worst it stays and fails by its deadline
        raise


def publish(actor: Actor, pipeline_id: str, build_id: str, once: Once | None) -> PublicationStarted:
    """Make a build that is ready the current one again.

    Raises BuildNotFound, BuildNotReady.
    """
    pipeline = records.load(actor.org_id, pipeline_id)
    try:
        build = CollectorBuild.get(pipeline_id, build_id, consistent_read=True)
    except CollectorBuild.DoesNotExist:
        raise BuildNotFound from None
    if build.status != "ready":
        raise BuildNotReady
    last, pointer = _newest(pipeline_id) or build, _pointer(pipeline_id)
    was = pointer.build_id if pointer else NOTHING
    fields = [Difference(("collector", "current_build_id"), was, build_id)]
    _overtake(last, _entry(actor, "collector.build_published", pipeline, fields))
    _send("publish", build, after=last.id)
    started = PublicationStarted(pipeline_id=pipeline_id, build_id=build_id)
    if once:
        idempotency.transact(once, {}, once.remember(200, {}, started))
    return started


def _overtake(newest: CollectorBuild, record: Write) -> None:
    """Record what is asked for. Something else comes after the build under way now: who asks for the same build from
    now on gets another one."""
    if newest.status == "building":
        try:
            return store.transact({"build": _forgotten(newest), ENTRY: record})
        except store.ConditionFailed:  # it has ended
            pass
    return store.transact({ENTRY: record})


def _forgotten(newest: CollectorBuild) -> Write:
    actions: list[Any] = [CollectorBuild.fingerprint.set("")]
    return lambda transaction: transaction.update(newest, actions, condition=CollectorBuild.status == "building")


def _entry(actor: Actor, action: Action, pipeline: Pipeline, fields: list[Difference]) -> Write:
    return entry(actor, action, "pipeline", pipeline.id, fields, resource_name=pipeline.name)


def _send(action: str, build: CollectorBuild, **about: str) -> None:
    message = {"action": action, "org_id": build.org_id, "pipeline_id": build.pipeline_id, "build_id": build.id} | about
    queues.send_in_order(settings().builds_queue_url, message, group=build.pipeline_id)


def status(org_id: str, pipeline_id: str) -> BuildStatus:
    """How the newest build stands; the current one when nothing has been asked for since it became that."""
    return status_of(records.load(org_id, pipeline_id))


def status_of(pipeline: Pipeline) -> BuildStatus:
    """The same of a pipeline that was read."""
    last = _newest(pipeline.id)
    if last is None:
        return BuildStatus(status="no_builds", pipeline_id=pipeline.id)
    standing = _standing(last)
    if standing == "ready" or (standing == "failed" and _is_over(last)):
        return _ready(_current(pipeline.id) or last, fingerprint(pipeline))
    message = last.message or DEAD if standing == "failed" else UNSET
    return BuildStatus(
        status=standing,  # type: ignore[arg-type]  # a text in the store, checked when it was written
        pipeline_id=pipeline.id,
        build_id=last.id,
        message=message,
    )


def _is_over(newest: CollectorBuild) -> bool:
    """Whether an earlier build was published after this one was asked for."""
    pointer = _pointer(newest.pipeline_id)
    return pointer is not None and pointer.after == newest.id


def _ready(build: CollectorBuild, wanted: str) -> BuildStatus:
    place = place_of(build)
    return BuildStatus(
        status="ready",
        pipeline_id=build.pipeline_id,
        stale=build.fingerprint != wanted,
        url=place.url if place.served else UNSET,
        script_tag=place.script_tag if place.served else UNSET,
        **_built(build),  # type: ignore[arg-type]  # a text in the store, checked when it was written
    )


def history(org_id: str, pipeline_id: str, limit: int, before: str | UnsetType) -> BuildList:
    """Builds of a pipeline, the newest first."""
    records.load(org_id, pipeline_id)
    return newest(pipeline_id, limit, before)


def newest(pipeline_id: str, limit: int, before: str | UnsetType = UNSET) -> BuildList:
    """The same of a pipeline that is known to be the caller's."""
    older = None if before is UNSET else CollectorBuild.id < before
    found = list(
        CollectorBuild.query(pipeline_id, older, scan_index_forward=False, consistent_read=True, limit=limit + 1)
    )
    pointer = _pointer(pipeline_id)
    shown = [_shown(build, current=pointer is not None and pointer.build_id == build.id) for build in found[:limit]]
    return BuildList(builds=shown, next=shown[-1].build_id if len(found) > limit else None)


def _shown(build: CollectorBuild, *, current: bool) -> Build:
    standing = _standing(build)
    fields = _built(build) if standing == "ready" else {"build_id": build.id}
    if standing == "failed":
        fields["message"] = build.message or DEAD
    return Build(
        status=standing,  # type: ignore[arg-type]  # a text in the store, checked when it was written
        current=current,
        requested_at=build.requested_at,
        **fields,
    )


def _built(build: CollectorBuild) -> dict[str, object]:
    """What is known of a build when it is ready."""
    place, integrity = place_of(build), str(build.integrity)
    found: dict[str, object] = {
        "build_id": build.id,
        "version_hash": place.version_hash,
        "file_size_bytes": int(build.file_size_bytes or 0),
        "gzip_bytes": int(build.gzip_bytes or 0),
        "brotli_bytes": int(build.brotli_bytes or 0),
        "built_at": build.built_at,
        "modules": build.modules,
        "delivery_method": place.delivery_method,
        "integrity": integrity,
    }
    if place.served:
        found |= {"immutable_url": place.immutable_url, "pinned_script_tag": place.pinned_script_tag(integrity)}
    return found


def download(org_id: str, pipeline_id: str) -> tuple[str, str]:
    """The file name and text of the current script.

    Raises CollectorNotBuilt.
    """
    records.load(org_id, pipeline_id)
    current = _current(pipeline_id)
    if current is None:
        raise CollectorNotBuilt
    place = place_of(current)
    return place.script_filename, publishing.read(place).decode()


def place_of(build: CollectorBuild) -> Place:
    """Where the script of a build that is ready lies."""
    key = records.key_of(build.pipeline_id)
    return Place(key, str(build.script_filename), str(build.version_hash), str(build.delivery_method))


def _standing(build: CollectorBuild) -> str:
    dead = build.status == "building" and build.deadline <= clock.timestamp()
    return "failed" if dead else build.status


def _newest(pipeline_id: str) -> CollectorBuild | None:
    found: Iterator[CollectorBuild] = CollectorBuild.query(
        pipeline_id, scan_index_forward=False, consistent_read=True, limit=1
    )
    return next(found, None)


def _current(pipeline_id: str) -> CollectorBuild | None:
    pointer = _pointer(pipeline_id)
    return CollectorBuild.get(pipeline_id, pointer.build_id, consistent_read=True) if pointer else None


def _pointer(pipeline_id: str) -> CurrentBuild | None:
    try:
        return CurrentBuild.get(pipeline_id, consistent_read=True)
    except CurrentBuild.DoesNotExist:
        return None
