"""One pipeline, its three records: the pipeline itself, its row in the list and its key for ingestion. They are
written together or not at all; here is how each is made from the first."""

import json
from typing import Any

import msgspec
from pynamodb.transactions import TransactWrite

from .. import clock, identifiers
from ..errors import PipelineNotFound, ValidationFailed
from ..store import Write
from ..unique_names import UniqueName, slug_name
from . import rules, schemas
from .table import Pipeline, PipelineKey, PipelineRow

TOMBSTONE_SECONDS = 24 * 3600  # for caches of the list, which are younger


def load(org_id: str, pipeline_id: str, *, deleted: bool = False) -> Pipeline:
    """The pipeline as it is stored; one that is deleted only when asked for.

    Raises PipelineNotFound, alike for another organisation's and for none.
    """
    if not identifiers.is_id("pip", pipeline_id):
        raise PipelineNotFound
    try:
        pipeline = Pipeline.get(org_id, pipeline_id, consistent_read=True)
    except Pipeline.DoesNotExist:
        raise PipelineNotFound from None
    if pipeline.deleted_at and not deleted:
        raise PipelineNotFound
    return pipeline


def key_of(pipeline_id: str) -> str:
    """The public pipeline key."""
    return f"dk_{pipeline_id}"


def shown(pipeline: Pipeline) -> schemas.Pipeline:
    """The pipeline as callers see it."""
    return schemas.Pipeline(
        id=pipeline.id,
        org_id=pipeline.org_id,
        name=pipeline.name,
        slug=pipeline.slug,
        type=pipeline.type,  # type: ignore[arg-type]  # a text in the store, checked when it was written
        pipeline_key=key_of(pipeline.id),
        pipeline_key_secret_prefix=pipeline.pipeline_key_secret_prefix,
        pipeline_key_secrets=_secrets_in_use(pipeline),
        domain_allowlist=pipeline.domain_allowlist,
        labels=pipeline.labels,
        rate_limit_rps=int(pipeline.rate_limit_rps),
        challenge_token_required=pipeline.challenge_token_required,
        parameters=pipeline.parameters,
        config=pipeline.config,
        js_builder_config=pipeline.js_builder_config,
        identity_config=pipeline.identity_config,
        enabled=pipeline.enabled,
        created_at=pipeline.created_at,
        updated_at=pipeline.updated_at,
    )


def _secrets_in_use(pipeline: Pipeline) -> list[schemas.SecretInUse]:
    in_use = [_secret(pipeline.pipeline_key_secret_prefix, None, pipeline.secret_last_used_at)]
    ends = pipeline.previous_secret_expires_at
    if pipeline.previous_secret_prefix and ends and ends > clock.timestamp():
        in_use.append(_secret(pipeline.previous_secret_prefix, ends, pipeline.previous_secret_last_used_at))
    return in_use


def _secret(prefix: str, expires_at: float | None, last_used_at: float | None) -> schemas.SecretInUse:
    return schemas.SecretInUse(
        prefix=prefix,
        expires_at=clock.iso_seconds(expires_at) if expires_at else None,
        last_used_at=clock.iso_seconds(last_used_at) if last_used_at else None,
    )


def refuse_oversized(pipeline: Pipeline) -> None:
    """Raises ValidationFailed, naming the largest field, when the pipeline would not fit into the store, which has
    its objects as JSON in ASCII: a letter of another script takes six bytes there."""
    sizes = {name: len(json.dumps(value)) for name, value in msgspec.to_builtins(shown(pipeline)).items()}
    if sum(sizes.values()) > rules.LARGEST_PIPELINE:
        largest = max(sizes, key=lambda name: sizes[name])
        message = (
            f"makes the pipeline too large: it would have {sum(sizes.values()):,} bytes as JSON, "
            f"of at most {rules.LARGEST_PIPELINE:,}"
        )
        raise ValidationFailed([{"field": largest, "message": message}])


def put(pipeline: Pipeline, expected_version: int | None) -> Write:
    """Write the pipeline, if it still has the expected version; None: if there is none yet."""
    condition = Pipeline.id.does_not_exist() if expected_version is None else Pipeline.version == expected_version
    return lambda transaction: transaction.save(pipeline, condition=condition)


def put_row(pipeline: Pipeline) -> Write:
    """Write the row that lists show."""
    row = row_of(pipeline)
    return lambda transaction: transaction.save(row)


def row_of(pipeline: Pipeline) -> PipelineRow:
    """The row that lists show, or what is left of it when the pipeline is deleted."""
    row = PipelineRow(pipeline.org_id, pipeline.id, changed_at=clock.milliseconds())
    if pipeline.deleted_at:
        row.expires_at = clock.after(TOMBSTONE_SECONDS)
    else:
        row.name, row.slug, row.type = pipeline.name, pipeline.slug, pipeline.type
        row.labels, row.enabled = "\n".join(pipeline.labels), pipeline.enabled
        row.created_at, row.updated_at = pipeline.created_at, pipeline.updated_at
    return row


def put_key(pipeline: Pipeline, secret: str) -> Write:
    """Write the key of a new pipeline with its encrypted secret."""
    key = PipelineKey(
        key_of(pipeline.id), org_id=pipeline.org_id, pipeline_id=pipeline.id, secret=secret, **_key_fields(pipeline)
    )
    return lambda transaction: transaction.save(key)


def update_key(pipeline: Pipeline) -> Write:
    """Write what ingestion enforces, leaving the secrets alone."""
    actions = [getattr(PipelineKey, name).set(value) for name, value in _key_fields(pipeline).items()]

    def write(transaction: TransactWrite) -> None:
        transaction.update(PipelineKey(key_of(pipeline.id)), actions)

    return write


def rotate_key(pipeline: Pipeline, secret: str, previous_expires_at: int | None) -> Write:
    """Replace the secret; the old one stays until `previous_expires_at`, or goes at once."""
    actions: list[Any] = [PipelineKey.secret.set(secret)]
    if previous_expires_at is None:
        actions += [PipelineKey.previous_secret.remove(), PipelineKey.previous_secret_expires_at.remove()]
    else:
        actions += [
            PipelineKey.previous_secret.set(PipelineKey.secret),
            PipelineKey.previous_secret_expires_at.set(previous_expires_at),
        ]
    return lambda transaction: transaction.update(PipelineKey(key_of(pipeline.id)), actions)


def _key_fields(pipeline: Pipeline) -> dict[str, Any]:
    return {
        "type": pipeline.type,
        "enabled": pipeline.enabled,
        "deleted": bool(pipeline.deleted_at),
        "domain_allowlist": pipeline.domain_allowlist,
        "rate_limit_rps": pipeline.rate_limit_rps,
        "challenge_token_required": pipeline.challenge_token_required,
        "anonymize_ip": bool(pipeline.config.get("anonymize_ip")),
        "filter_bots": bool(pipeline.config.get("filter_bots")),
    }


def take_slug(pipeline: Pipeline) -> Write:
    """Take the pipeline's slug, if it is free."""
    name = UniqueName(slug_name(pipeline.org_id, pipeline.slug), owner=pipeline.id)
    return lambda transaction: transaction.save(name, condition=UniqueName.name.does_not_exist())


def free_slug(pipeline: Pipeline, slug: str) -> Write:
    """Give a slug of the pipeline back."""
    name = UniqueName(slug_name(pipeline.org_id, slug))
    return lambda transaction: transaction.delete(name, condition=UniqueName.owner == pipeline.id)


def free_candidate(org_id: str, slug: str, after: int) -> str:
    """The first of `slug-2`, `slug-3` … beyond number `after` that nobody has taken."""
    while True:
        candidates = [rules.numbered(slug, number) for number in range(after + 1, after + 51)]
        names = {slug_name(org_id, candidate): candidate for candidate in candidates}
        taken = {row.name for row in UniqueName.batch_get(list(names), consistent_read=True)}
        for name, candidate in names.items():
            if name not in taken:
                return candidate
        after += len(candidates)
