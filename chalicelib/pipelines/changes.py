"""What changed, in order: whoever keeps a copy of pipelines' configuration asks here which of them to read again. One
read tells that nothing has changed, however many pipelines there are."""

import uuid

from pynamodb.transactions import TransactWrite

from .. import clock
from ..store import Write, query_pages
from .table import Change, Pipeline

EVERYTHING = "pipelines"
KEPT_SECONDS = 24 * 3600
# A change's time is set before its transaction is written, which takes no longer than a request may.
OVERLAP_MILLISECONDS = 30_000


def change_of(pipeline: Pipeline) -> Write:
    """Note that a pipeline changed."""
    return change(pipeline.org_id, pipeline.id)


def change(org_id: str, pipeline_id: str) -> Write:
    """Note that a pipeline, or what is attached to it, changed."""
    noted = Change(
        EVERYTHING,
        f"{clock.milliseconds():013d}#{uuid.uuid4().hex[:12]}",
        org_id=org_id,
        pipeline_id=pipeline_id,
        expires_at=clock.after(KEPT_SECONDS),
    )

    def write(transaction: TransactWrite) -> None:
        transaction.save(noted)

    return write


def since(milliseconds: int) -> set[tuple[str, str]]:
    """Organisation and pipeline of every change since a moment, and of some before it."""
    condition = "#shard = :shard AND #position >= :position"  # both are among DynamoDB's reserved words
    pages = query_pages(
        Change,
        KeyConditionExpression=condition,
        ExpressionAttributeNames={"#shard": "shard", "#position": "position"},
        ExpressionAttributeValues={
            ":shard": {"S": EVERYTHING},
            ":position": {"S": f"{milliseconds - OVERLAP_MILLISECONDS:013d}"},
        },
    )
    return {(row["org_id"]["S"], row["pipeline_id"]["S"]) for page in pages for row in page}
