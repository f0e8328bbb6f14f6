"""Changing pipelines. Each command is one read at most and one transaction, so that any failure of the store leaves
the old state or the new one."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar

import msgspec
from msgspec import UNSET

from .. import clock, identifiers
from ..api import idempotency
from ..api.entity_tags import etag, matches
from ..api.idempotency import Once
from ..errors import DuplicateSlug, PipelineNotDeleted, PreconditionFailed
from ..store import ConditionFailed, Overtaken, Write, until_not_overtaken
from . import challenge, changes, records, rules, schemas, secrets
from .table import Pipeline

Result = TypeVar("Result")
PIPELINE, SLUG = "pipeline", "slug"  # names of writes in a transaction that may be refused

Record = Callable[[Pipeline], Write]
# What follows from a pipeline's fields.
RULES: dict[str, Record] = {"row": records.put_row, "key": records.update_key, "change": changes.change_of}


def create(org_id: str, wanted: schemas.PipelineCreate, once: Once | None) -> schemas.CreatedPipeline:
    """Make a pipeline with its key and secret.

    Raises DuplicateSlug for a given slug that is taken; a slug made from the name gets a number instead.
    """
    secret = secrets.new_secret()
    pipeline = _new(org_id, wanted, secret)
    records.refuse_oversized(pipeline)
    key = records.put_key(pipeline, secrets.encrypted(secret, pipeline.id))
    base, number = pipeline.slug, 1
    while True:
        created = schemas.CreatedPipeline(pipeline_key_secret=secret, **msgspec.structs.asdict(records.shown(pipeline)))
        record = once.remember(201, created_headers(created), created, "pipeline_key_secret") if once else None
        try:
            writes = {PIPELINE: records.put(pipeline, None), "row": records.put_row(pipeline), "key": key}
            idempotency.transact(once, writes | {SLUG: records.take_slug(pipeline)}, record)
            return created
        except ConditionFailed as failed:
            if SLUG not in failed.items:
                raise
            if wanted.slug is not UNSET:
                raise DuplicateSlug from None
        pipeline.slug = records.free_candidate(org_id, base, number)
        number = int(pipeline.slug.rpartition("-")[2])


def created_headers(created: schemas.Pipeline) -> dict[str, str]:
    """The headers of the answer to a create."""
    return {"Location": f"/v1/admin/pipelines/{created.id}", "ETag": etag(1)}


def _new(org_id: str, wanted: schemas.PipelineCreate, secret: str) -> Pipeline:
    now = clock.iso(clock.now())
    fields: dict[str, Any] = msgspec.to_builtins(wanted)
    fields["slug"] = fields.get("slug") or rules.slug_from(wanted.name)
    return Pipeline(
        org_id,
        identifiers.new_id("pip"),
        version=1,
        pipeline_key_secret_prefix=secrets.prefix_of(secret),
        created_at=now,
        updated_at=now,
        **fields,
    )


def update(org_id: str, pipeline_id: str, wanted: schemas.PipelineUpdate, if_match: str | None) -> Pipeline:
    """Change the given fields. Where they have these values already, nothing is written.

    Raises PipelineNotFound, PreconditionFailed, DuplicateSlug, ValidationFailed.
    """
    fields: dict[str, Any] = msgspec.to_builtins(wanted)

    def change(pipeline: Pipeline) -> None:
        if all(_same(getattr(pipeline, name), value) for name, value in fields.items()):
            return
        old_slug = pipeline.slug
        for name, value in fields.items():
            setattr(pipeline, name, value)
        records.refuse_oversized(pipeline)
        renamed: dict[str, Record] = {}
        if pipeline.slug != old_slug:
            renamed = {"old slug": partial(records.free_slug, slug=old_slug), SLUG: records.take_slug}
        _write(pipeline, RULES | renamed)

    return _changed(org_id, pipeline_id, change, if_match)[0]


def _same(one: Any, other: Any) -> bool:
    """Whether two values are the same as JSON: to Python, True is 1."""
    return msgspec.json.encode(one, order="sorted") == msgspec.json.encode(other, order="sorted")


def delete(org_id: str, pipeline_id: str, if_match: str | None) -> None:
    """Delete softly: invisible everywhere, its slug free, its key refused from the next event on."""

    def change(pipeline: Pipeline) -> None:
        pipeline.deleted_at = clock.iso(clock.now())
        _write(pipeline, RULES | {"old slug": partial(records.free_slug, slug=pipeline.slug)})

    _changed(org_id, pipeline_id, change, if_match)


def restore(org_id: str, pipeline_id: str) -> Pipeline:
    """Bring a deleted pipeline back as it was; with a numbered slug if somebody took its own.

    Raises PipelineNotFound, PipelineNotDeleted.
    """

    def change(pipeline: Pipeline) -> None:
        if not pipeline.deleted_at:
            raise PipelineNotDeleted
        base, number, version = pipeline.slug, 1, int(pipeline.version)
        pipeline.deleted_at = None
        while True:
            pipeline.version = version
            try:
                return _write(pipeline, RULES | {SLUG: records.take_slug})
            except DuplicateSlug:
                pipeline.slug = records.free_candidate(org_id, base, number)
                number = int(pipeline.slug.rpartition("-")[2])

    return _changed(org_id, pipeline_id, change, None, deleted=True)[0]


def rotate_secret(org_id: str, pipeline_id: str, grace_seconds: int, once: Once | None) -> schemas.RotatedSecret:
    """Make a new secret. The old one is invalid at once, or after `grace_seconds`."""
    secret = secrets.new_secret()
    ciphertext = secrets.encrypted(secret, pipeline_id)

    def change(pipeline: Pipeline) -> schemas.RotatedSecret:
        ends = clock.timestamp() + grace_seconds if grace_seconds else None
        pipeline.previous_secret_prefix = pipeline.pipeline_key_secret_prefix if ends else None
        pipeline.previous_secret_expires_at = ends
        pipeline.previous_secret_last_used_at = pipeline.secret_last_used_at if ends else None
        pipeline.secret_last_used_at = None
        pipeline.pipeline_key_secret_prefix = secrets.prefix_of(secret)
        rotated = schemas.RotatedSecret(
            pipeline_key=records.key_of(pipeline_id),
            pipeline_key_secret=secret,
            pipeline_key_secret_prefix=pipeline.pipeline_key_secret_prefix,
            previous_secret_expires_at=clock.iso_seconds(ends) if ends else UNSET,
        )
        record = once.remember(200, {}, rotated, "pipeline_key_secret") if once else None
        key = partial(records.rotate_key, secret=ciphertext, previous_expires_at=ends)
        _write(pipeline, {"row": records.put_row, "key": key}, once, record)
        return rotated

    return _changed(org_id, pipeline_id, change, None)[1]


def issue_challenge_token(org_id: str, pipeline_id: str, once: Once | None) -> schemas.IssuedChallengeToken:
    """A token with which events of the pipeline are accepted for an hour."""
    records.load(org_id, pipeline_id)
    stored, issued = challenge.prepared(pipeline_id)
    if once is None:
        stored.save()
    else:
        record = once.remember(200, {}, issued, "token")
        idempotency.transact(once, {"token": lambda transaction: transaction.save(stored)}, record)
    return issued


def _write(
    pipeline: Pipeline, others: Mapping[str, Record], once: Once | None = None, answer: Write | None = None
) -> None:
    """Write a changed pipeline, one version on, with its other records, which are made from it then.

    Raises Overtaken, DuplicateSlug.
    """
    version = int(pipeline.version)
    pipeline.version = version + 1
    pipeline.updated_at = clock.iso(clock.now())
    writes = {PIPELINE: records.put(pipeline, version)} | {name: make(pipeline) for name, make in others.items()}
    try:
        idempotency.transact(once, writes, answer)
    except ConditionFailed as failed:
        if SLUG in failed.items and PIPELINE not in failed.items:
            raise DuplicateSlug from None
        raise Overtaken from failed


def _changed(
    org_id: str,
    pipeline_id: str,
    change: Callable[[Pipeline], Result],
    if_match: str | None,
    *,
    deleted: bool = False,
) -> tuple[Pipeline, Result]:
    """Read, check the precondition, change; again when another change came between."""

    def attempt() -> tuple[Pipeline, Result]:
        pipeline = records.load(org_id, pipeline_id, deleted=deleted)
        if if_match is not None and not matches(if_match, pipeline.version):
            raise PreconditionFailed
        return pipeline, change(pipeline)

    return until_not_overtaken(attempt)
