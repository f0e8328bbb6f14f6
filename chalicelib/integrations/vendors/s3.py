"""Amazon S3: events as files of JSON lines, for Athena, Spark, Snowflake and the like.

References: `PutObject` (https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html), "Error responses"
(https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html), "Partitioning data"
(https://docs.aws.amazon.com/athena/latest/ug/partitions.html).

Required: `bucket`, which the delivery function must be allowed to write to (`s3:PutObject`). One file for each delivery
and hour, compressed with gzip. Its name is made of the ids of the events in it: a repetition with the same events
replaces the file instead of doubling it. Retried: 429, 5xx, slow-downs and time-outs.
"""

import gzip
import hashlib
import re
from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec

from .. import aws_answers
from ..config_types import text_checked, text_like
from ..event_parts import json_bytes
from ..formats import moment_of
from ..vendor import AwsRequest, Outgoing, Sending, Vendor, places_together

MOST_TOGETHER = 500
PARTS = {"{year}": "%Y", "{month}": "%m", "{day}": "%d", "{hour}": "%H", "{date}": "%Y-%m-%d"}


def folder(text: str) -> str:
    """The folder of files, with the parts of the hour in it that are known here.

    Raises ValueError.
    """
    bare = re.sub("|".join(map(re.escape, PARTS)), "", text)
    if not re.fullmatch(r"[A-Za-z0-9!_.*'()/=-]{0,300}", bare) or text.startswith("/") or "//" in text:
        raise ValueError(f"must be a folder such as events/date={{date}}/; there are {', '.join(PARTS)}")
    return text


class Config(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A bucket and a folder in it. With `bucket_owner`, the number of an account, nothing is written to a bucket of
    somebody else. `mapped` writes what the mapping puts together, `canonical` the events as they were accepted."""

    bucket: Annotated[str, text_like(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", "the name of a bucket")]
    prefix: Annotated[str, text_checked(folder, "a folder such as events/date={date}/")] = (
        "events/date={date}/hour={hour}/"
    )
    bucket_owner: Annotated[str, text_like(r"(\d{12})?", "the twelve digits of an AWS account, or empty")] = ""
    storage_class: Literal["STANDARD", "STANDARD_IA", "INTELLIGENT_TIERING", "GLACIER_IR"] = "STANDARD"
    payload_format: Literal["canonical", "mapped"] = "canonical"


def requests(config: Config, events: Sequence[Outgoing], _token: str) -> list[Sending]:
    """A file for each hour in which events were received."""
    folders: dict[str, list[int]] = {}
    for place, outgoing in enumerate(events):
        folders.setdefault(_folder(config, outgoing), []).append(place)
    return [
        Sending(_request(config, path, [events[place] for place in group]), group)
        for path, together in folders.items()
        for group in places_together(together, MOST_TOGETHER)
    ]


def _folder(config: Config, outgoing: Outgoing) -> str:
    """By when the event was received, so that an hour that is over gets nothing more but what was delivered late."""
    moment = moment_of(outgoing.event["receivedAt"])
    found = config.prefix
    for part, form in PARTS.items():
        found = found.replace(part, moment.strftime(form))
    return found


def _request(config: Config, path: str, events: Sequence[Outgoing]) -> AwsRequest:
    lines = [json_bytes(one.values if config.payload_format == "mapped" else one.event) + b"\n" for one in events]
    ids = "\n".join(sorted(one.event_id for one in events))
    name = hashlib.sha256(ids.encode("utf-8", "replace")).hexdigest()[:32]
    arguments = {
        "Bucket": config.bucket,
        "Key": f"{path}{name}.jsonl.gz",
        "Body": gzip.compress(b"".join(lines), compresslevel=6, mtime=0),
        "ContentType": "application/gzip",
        "StorageClass": config.storage_class,
    }
    owner = {"ExpectedBucketOwner": config.bucket_owner} if config.bucket_owner else {}
    return AwsRequest("s3", "put_object", arguments | owner)


VENDOR = Vendor(
    key="s3",
    name="Amazon S3",
    description="Events as files of compressed JSON lines in a bucket, for Athena, Spark and warehouses.",
    category="cloud_storage",
    documentation="https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html",
    consent="essential",
    config=Config,
    requests=requests,
    most_together=MOST_TOGETHER,
    outcomes=aws_answers.outcomes,
    presets={"all_events": {"defaults": {"action": "pass"}}},
)
