"""Every accepted event, for as long as the organisation wants: JSON lines in S3, compressed, a folder for each hour.

    pipeline=pip_…/day=2026-02-25/hour=10/3f2a….jsonl.gz

An event may be there twice, with one message id, when a function was stopped between writing and saying so.
"""

import gzip
import hashlib
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import msgspec

from .. import aws
from ..settings import settings
from .ledger import Occurrence


def write(occurrences: Iterable[Occurrence]) -> None:
    """Keep events: one object for each pipeline and hour, whose key each then has. The same events again give the same
    objects."""
    folders: dict[str, list[Occurrence]] = defaultdict(list)
    for occurrence in occurrences:
        folders[_folder(occurrence.pipeline_id, occurrence.event["receivedAt"])].append(occurrence)
    for folder, found in folders.items():
        name = hashlib.sha256(",".join(each.place for each in found).encode()).hexdigest()[:32]
        key = f"{folder}/{name}.jsonl.gz"
        lines = b"".join(msgspec.json.encode(each.event) + b"\n" for each in found)
        aws.client("s3").put_object(Bucket=settings().events_bucket, Key=key, **packed(lines))
        for each in found:
            each.archived_in = key


def packed(lines: bytes) -> dict[str, Any]:
    """How lines are put into an object: what S3 is to be told of it."""
    return {"Body": gzip.compress(lines, compresslevel=6, mtime=0), "ContentType": "application/gzip"}


def folder_of(pipeline_id: str) -> str:
    """What the keys of a pipeline's objects begin with."""
    return f"pipeline={pipeline_id}/"


def find(key: str, message_id: str) -> dict[str, Any] | None:
    """The event with this message id in an object; None when either is gone."""
    s3 = aws.client("s3")
    try:
        content = s3.get_object(Bucket=settings().events_bucket, Key=key)["Body"].read()
    except s3.exceptions.NoSuchKey:
        return None
    for line in gzip.decompress(content).splitlines():
        event: dict[str, Any] = msgspec.json.decode(line)
        if event["messageId"] == message_id:
            return event
    return None


def _folder(pipeline_id: str, received_at: str) -> str:
    """Named as query engines expect partitions. Times are in UTC."""
    return f"{folder_of(pipeline_id)}day={received_at[:10]}/hour={received_at[11:13]}"
