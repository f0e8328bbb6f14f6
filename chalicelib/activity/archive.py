"""Every accepted event, for as long as the organisation wants: JSON lines in S3, compressed, a folder for each hour.

    pipeline=pip_…/day=2026-02-25/hour=10/3f2a….jsonl.gz

An event may be there twice, with one message id, when a function was stopped between writing and saying so.
"""

import gzip
import hashlib
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import msgspec

from .. import aws
from ..settings import settings


def write(messages: Mapping[str, dict[str, Any]]) -> None:
    """Keep the events of queue messages, given by their ids: one object for each pipeline and hour. The same messages
    again give the same objects."""
    folders: dict[str, dict[str, list[Any]]] = defaultdict(dict)
    for message_id, message in sorted(messages.items()):
        for event in message["events"]:
            lines = folders[_folder(message["pipeline_id"], event["receivedAt"])]
            lines.setdefault(message_id, []).append(event)
    for folder, by_message in folders.items():
        name = hashlib.sha256(",".join(by_message).encode()).hexdigest()[:32]
        events = [event for of_message in by_message.values() for event in of_message]
        aws.client("s3").put_object(
            Bucket=settings().events_bucket,
            Key=f"{folder}/{name}.jsonl.gz",
            Body=gzip.compress(b"".join(msgspec.json.encode(event) + b"\n" for event in events), mtime=0),
            ContentType="application/gzip",
        )


def _folder(pipeline_id: str, received_at: str) -> str:
    """Named as query engines expect partitions. Times are in UTC."""
    return f"pipeline={pipeline_id}/day={received_at[:10]}/hour={received_at[11:13]}"
