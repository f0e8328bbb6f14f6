"""The history of a pipeline: a numbered revision for each of its versions, with the whole configuration as it was."""

from collections.abc import Iterator, Sequence
from typing import Any, Literal

from msgspec import UNSET, UnsetType

from ..api.types import Difference as ShownDifference
from ..api.types import Differences
from ..audit.changes import is_secret
from ..auth import Actor
from ..differences import NOTHING, Difference, differences
from ..errors import RevisionNotFound
from ..masking import masked
from ..store import Write, query_pages
from . import records, schemas
from .table import Pipeline, PipelineRevision

PipelineAction = Literal[
    "pipeline.created",
    "pipeline.updated",
    "pipeline.deleted",
    "pipeline.restored",
    "pipeline.secret_rotated",
    "pipeline.revision_restored",
]
EDITABLE = schemas.PipelineUpdate.__struct_fields__
# Of a revision, without what it says.
SHORT = (
    *("pipeline_id", "number", "action", "user_id", "user_email", "request_id"),
    *("changed", "changed_count", "restored_from", "created_at"),
)
MOST_PATHS, LONGEST_PATH = 100, 300  # of a revision's changes: of very many the first ones are named


def configuration(pipeline: Pipeline) -> dict[str, Any]:
    """What of a pipeline can be changed."""
    fields = {name: getattr(pipeline, name) for name in EDITABLE}
    return fields | {"rate_limit_rps": int(pipeline.rate_limit_rps)}


def put(
    actor: Actor,
    pipeline: Pipeline,
    action: PipelineAction,
    changed: Sequence[Difference],
    restored_from: int | None = None,
) -> Write:
    """Write the revision that the pipeline is now. That nobody else writes it follows from the pipeline's version."""
    revision = PipelineRevision(
        pipeline.id,
        int(pipeline.version),
        org_id=pipeline.org_id,
        action=action,
        user_id=actor.user_id,
        user_email=actor.caller.email,
        request_id=actor.request_id,
        changed=[one.path[:LONGEST_PATH] for one in changed[:MOST_PATHS]],
        changed_count=len(changed),
        restored_from=restored_from,
        configuration=configuration(pipeline),
        created_at=pipeline.updated_at,
    )
    return lambda transaction: transaction.save(revision)


def numbered(pipeline_id: str, number: int) -> PipelineRevision:
    """A revision, whoever asks.

    Raises RevisionNotFound.
    """
    try:
        return PipelineRevision.get(pipeline_id, number, consistent_read=True)
    except PipelineRevision.DoesNotExist:
        raise RevisionNotFound from None


def listed(org_id: str, pipeline_id: str, query: schemas.PipelineRevisionQuery) -> schemas.PipelineRevisionList:
    """The page of revisions that `query` asks for, the newest first.

    Raises PipelineNotFound.
    """
    records.load(org_id, pipeline_id)
    below = schemas.MOST_REVISIONS + 1 if query.cursor is UNSET else int(query.cursor)
    found: list[schemas.PipelineRevisionInList] = []
    for item in _below(pipeline_id, below, query.limit + 1):
        if len(found) == query.limit:
            return schemas.PipelineRevisionList(revisions=found, next_cursor=str(found[-1].number))
        found.append(schemas.PipelineRevisionInList(**_fields(PipelineRevision.from_raw_data(item))))
    return schemas.PipelineRevisionList(revisions=found, next_cursor=None)


def _below(pipeline_id: str, number: int, most: int) -> Iterator[dict[str, Any]]:
    pages = query_pages(
        PipelineRevision,
        KeyConditionExpression="pipeline_id = :id AND #number < :number",
        ProjectionExpression=", ".join(f"#{name}" for name in SHORT),
        ExpressionAttributeNames={f"#{name}": name for name in SHORT},  # some of them are words of DynamoDB's
        ExpressionAttributeValues={":id": {"S": pipeline_id}, ":number": {"N": str(number)}},
        ScanIndexForward=False,
        Limit=most,
    )
    return (item for page in pages for item in page)


def shown(org_id: str, pipeline_id: str, number: int) -> schemas.PipelineRevision:
    """A revision with its configuration.

    Raises PipelineNotFound, RevisionNotFound.
    """
    records.load(org_id, pipeline_id)
    revision = numbered(pipeline_id, number)
    said = {name: value for name, value in revision.configuration.items() if name in EDITABLE}
    return schemas.PipelineRevision(configuration=schemas.PipelineConfiguration(**said), **_fields(revision))


def _fields(revision: PipelineRevision) -> dict[str, Any]:
    return {
        "pipeline_id": revision.pipeline_id,
        "number": int(revision.number),
        "action": revision.action,
        "user_id": revision.user_id,
        "user_email": revision.user_email,
        "request_id": revision.request_id,
        "changed": revision.changed,
        "changed_count": int(revision.changed_count),
        "restored_from": int(revision.restored_from) if revision.restored_from else None,
        "created_at": revision.created_at,
    }


def compared(org_id: str, pipeline_id: str, number: int, against: int | UnsetType = UNSET) -> Differences:
    """What is different in a revision from another one, by default the one before. The first that there is, is compared
    with nothing.

    Raises PipelineNotFound, RevisionNotFound.
    """
    records.load(org_id, pipeline_id)
    after = numbered(pipeline_id, number)
    before = _before(pipeline_id, number) if against is UNSET else numbered(pipeline_id, against)
    found = differences(before.configuration if before else {}, after.configuration)
    return Differences(
        number=number,
        against=int(before.number) if before else None,
        differences=[_shown_difference(one) for one in found],
    )


def _before(pipeline_id: str, number: int) -> PipelineRevision | None:
    """The revision before; None for the first, and where none was kept yet."""
    try:
        return numbered(pipeline_id, number - 1)
    except RevisionNotFound:
        return None


def _shown_difference(one: Difference) -> ShownDifference:
    """The difference as callers see it. What sounds like a secret is masked, as in the audit trail."""
    secret = is_secret(one)
    before, after = (UNSET if side is NOTHING else masked(side, secret=secret) for side in (one.before, one.after))
    return ShownDifference(path=one.path, before=before, after=after, secret=secret)
