"""Changing pipelines. Each command is one read at most and one transaction, so that any failure of the store leaves
the old state or the new one."""

from functools import partial
from typing import Any

import msgspec
from msgspec import UNSET

from .. import clock, identifiers
from ..api import idempotency
from ..api.entity_tags import etag
from ..api.idempotency import Once
from ..api.validation import decode
from ..audit.entries import ENTRY, entry
from ..auth import Actor
from ..differences import NOTHING, Difference
from ..errors import DuplicateSlug, PipelineNotDeleted
from ..store import ConditionFailed
from . import challenge, history, records, rules, schemas, secrets
from .table import Pipeline
from .writing import PIPELINE, RULES, SLUG, Deed, Record, changed, write

NEW_SECRET = Difference(("pipeline_key_secret",), "old", "new")  # as little as may be told of one: it is masked


def create(actor: Actor, wanted: schemas.PipelineCreate, once: Once | None) -> schemas.CreatedPipeline:
    """Make a pipeline with its key and secret.

    Raises DuplicateSlug for a given slug that is taken; a slug made from the name gets a number instead.
    """
    secret = secrets.new_secret()
    pipeline = _new(actor.org_id, wanted, secret)
    records.refuse_oversized(pipeline)
    key = records.put_key(pipeline, secrets.encrypted(secret, pipeline.id))
    base, number, deed = pipeline.slug, 1, Deed(actor, "pipeline.created", {})
    while True:
        created = schemas.CreatedPipeline(pipeline_key_secret=secret, **msgspec.structs.asdict(records.shown(pipeline)))
        record = once.remember(201, created_headers(created), created, "pipeline_key_secret") if once else None
        try:
            writes = {PIPELINE: records.put(pipeline, None), "row": records.put_row(pipeline), "key": key}
            writes |= {SLUG: records.take_slug(pipeline)} | deed.writes(pipeline)
            idempotency.transact(once, writes, record)
            return created
        except ConditionFailed as failed:
            if SLUG not in failed.items:
                raise
            if wanted.slug is not UNSET:
                raise DuplicateSlug from None
        pipeline.slug = records.free_candidate(actor.org_id, base, number)
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


def update(actor: Actor, pipeline_id: str, wanted: schemas.PipelineUpdate, if_match: str | None) -> Pipeline:
    """Change the given fields. Where they have these values already, nothing is written.

    Raises PipelineNotFound, PreconditionFailed, DuplicateSlug, ValidationFailed.
    """
    fields: dict[str, Any] = msgspec.to_builtins(wanted)

    def change(pipeline: Pipeline) -> None:
        if not _has(pipeline, fields):
            _set(Deed(actor, "pipeline.updated", history.configuration(pipeline)), pipeline, fields)

    return changed(actor.org_id, pipeline_id, change, if_match)[0]


def is_so(pipeline: Pipeline, wanted: schemas.PipelineUpdate) -> bool:
    """Whether a pipeline is already as `update` would make it."""
    return _has(pipeline, msgspec.to_builtins(wanted))


def _has(pipeline: Pipeline, fields: dict[str, Any]) -> bool:
    return all(_same(getattr(pipeline, name), value) for name, value in fields.items())


def _set(deed: Deed, pipeline: Pipeline, fields: dict[str, Any]) -> None:
    """Write the pipeline with these fields.

    Raises Overtaken, DuplicateSlug, ValidationFailed.
    """
    old_slug = deed.before["slug"]
    for name, value in fields.items():
        setattr(pipeline, name, value)
    records.refuse_oversized(pipeline)
    renamed: dict[str, Record] = {}
    if pipeline.slug != old_slug:
        renamed = {"old slug": partial(records.free_slug, slug=old_slug), SLUG: records.take_slug}
    write(deed, pipeline, RULES | renamed)


def _same(one: Any, other: Any) -> bool:
    """Whether two values are the same as JSON: to Python, True is 1."""
    return msgspec.json.encode(one, order="sorted") == msgspec.json.encode(other, order="sorted")


def delete(actor: Actor, pipeline_id: str, if_match: str | None) -> None:
    """Delete softly: invisible everywhere, its slug free, its key refused from the next event on."""

    def change(pipeline: Pipeline) -> None:
        deed = Deed(actor, "pipeline.deleted", history.configuration(pipeline))
        pipeline.deleted_at = clock.iso(clock.now())
        write(deed, pipeline, RULES | {"old slug": partial(records.free_slug, slug=pipeline.slug)})

    changed(actor.org_id, pipeline_id, change, if_match)


def restore(actor: Actor, pipeline_id: str) -> Pipeline:
    """Bring a deleted pipeline back as it was; with a numbered slug if somebody took its own.

    Raises PipelineNotFound, PipelineNotDeleted.
    """

    def change(pipeline: Pipeline) -> None:
        if not pipeline.deleted_at:
            raise PipelineNotDeleted
        base, number, version = pipeline.slug, 1, int(pipeline.version)
        deed = Deed(actor, "pipeline.restored", history.configuration(pipeline))
        pipeline.deleted_at = None
        while True:
            pipeline.version = version
            try:
                return write(deed, pipeline, RULES | {SLUG: records.take_slug})
            except DuplicateSlug:
                pipeline.slug = records.free_candidate(actor.org_id, base, number)
                number = int(pipeline.slug.rpartition("-")[2])

    return changed(actor.org_id, pipeline_id, change, None, deleted=True)[0]


def restore_revision(actor: Actor, pipeline_id: str, number: int, if_match: str | None) -> Pipeline:
    """Set every editable field back to what it was in a revision; with a numbered slug if somebody took that one. What
    is so already is not written again.

    Raises PipelineNotFound, PreconditionFailed, RevisionNotFound, ValidationFailed for what is no longer allowed.
    """

    def change(pipeline: Pipeline) -> None:
        fields = _valid(history.numbered(pipeline_id, number).configuration)
        before, slug_number = history.configuration(pipeline), 1
        as_it_is = before | {"version": int(pipeline.version), "updated_at": pipeline.updated_at}
        deed = Deed(actor, "pipeline.revision_restored", before, restored_from=number)
        base = fields.get("slug", pipeline.slug)
        while not _has(pipeline, fields):
            try:
                _set(deed, pipeline, fields)
            except DuplicateSlug:
                for name, value in as_it_is.items():
                    setattr(pipeline, name, value)
                if rules.is_numbered(before["slug"], base):
                    fields["slug"] = before["slug"]  # it was taken before too
                else:
                    fields["slug"] = records.free_candidate(actor.org_id, base, slug_number)
                    slug_number = int(fields["slug"].rpartition("-")[2])

    return changed(actor.org_id, pipeline_id, change, if_match)[0]


def _valid(configuration: dict[str, Any]) -> dict[str, Any]:
    """The configuration by the rules of today.

    Raises ValidationFailed.
    """
    fields: dict[str, Any] = msgspec.to_builtins(decode(schemas.PipelineUpdate, configuration))
    return fields


def rotate_secret(actor: Actor, pipeline_id: str, grace_seconds: int, once: Once | None) -> schemas.RotatedSecret:
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
        kept = [Difference(("grace_seconds",), NOTHING, grace_seconds)] if ends else []
        deed = Deed(actor, "pipeline.secret_rotated", history.configuration(pipeline), [NEW_SECRET, *kept])
        write(deed, pipeline, {"row": records.put_row, "key": key}, once, record)
        return rotated

    return changed(actor.org_id, pipeline_id, change, None)[1]


def issue_challenge_token(actor: Actor, pipeline_id: str, once: Once | None) -> schemas.IssuedChallengeToken:
    """A token with which events of the pipeline are accepted for an hour."""
    pipeline = records.load(actor.org_id, pipeline_id)
    stored, issued = challenge.prepared(pipeline_id)
    record = once.remember(200, {}, issued, "token") if once else None
    writes = {
        "token": lambda transaction: transaction.save(stored),
        ENTRY: entry(actor, "pipeline.token_issued", "pipeline", pipeline_id, resource_name=pipeline.name),
    }
    idempotency.transact(once, writes, record)
    return issued
