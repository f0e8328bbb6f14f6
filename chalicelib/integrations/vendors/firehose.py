"""Amazon Data Firehose: events as records of a stream, which takes them to S3, Redshift, OpenSearch, Snowflake, Splunk
and others.

Reference: `PutRecordBatch` (https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html): at most
500 records and 4 MiB in a request, 1,000 KiB in a record; some records may fail although the request does not.

Required: `stream`, which the delivery function must be allowed to write to (`firehose:PutRecordBatch`). A record is a
line of JSON. Retried: failed records alone, 429, 5xx and throttling. Firehose may have a record twice, when an answer
got lost: `messageId` tells.
"""

from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec

from .. import aws_answers
from ..config_types import text_like
from ..event_parts import json_bytes, object_of
from ..vendor import DELIVERED, Answer, AwsRequest, Outcome, Outgoing, Sending, Vendor

MOST_TOGETHER = 500
LARGEST_REQUEST = 4 * 1024 * 1024  # bytes
LARGEST_RECORD = 1000 * 1024  # bytes


class Config(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A stream of this account and region. `mapped` sends what the mapping puts together, `canonical` the events as
    they were accepted."""

    stream: Annotated[str, text_like(r"[a-zA-Z0-9_.-]{1,64}", "the name of a stream")]
    payload_format: Literal["canonical", "mapped"] = "canonical"


def missing(config: Config, outgoing: Outgoing) -> str:
    """A record has a largest size."""
    size = len(_record(config, outgoing))
    return f"the record has {size:,} bytes; Firehose takes {LARGEST_RECORD:,}" if size > LARGEST_RECORD else ""


def requests(config: Config, events: Sequence[Outgoing], _token: str) -> list[Sending]:
    """Requests of at most 500 records and 4 MiB."""
    groups: list[list[tuple[int, bytes]]] = []
    room = 0
    for place, outgoing in enumerate(events):
        record = _record(config, outgoing)
        if len(record) > LARGEST_RECORD:
            continue
        if not groups or len(record) > room or len(groups[-1]) == MOST_TOGETHER:
            groups.append([])
            room = LARGEST_REQUEST
        groups[-1].append((place, record))
        room -= len(record)
    return [Sending(_request(config, [record for _, record in group]), tuple(p for p, _ in group)) for group in groups]


def outcomes(sending: Sending, answer: Answer) -> list[Outcome]:
    """By the status, and then each record by what is said of it."""
    responses = object_of(answer.json()).get("RequestResponses")
    if not 200 <= answer.status < 300:
        return aws_answers.outcomes(sending, answer)
    if not isinstance(responses, list) or len(responses) != len(sending.places):
        return [Outcome("again", "Firehose does not say what became of the records")] * len(sending.places)
    return [_of_record(object_of(response)) for response in responses]


def _of_record(response: dict[str, str]) -> Outcome:
    code = response.get("ErrorCode")
    return Outcome("again", f"{code}: {response.get('ErrorMessage', '')}") if code else DELIVERED


def _record(config: Config, outgoing: Outgoing) -> bytes:
    return json_bytes(outgoing.values if config.payload_format == "mapped" else outgoing.event) + b"\n"


def _request(config: Config, records: Sequence[bytes]) -> AwsRequest:
    arguments = {"DeliveryStreamName": config.stream, "Records": [{"Data": record} for record in records]}
    return AwsRequest("firehose", "put_record_batch", arguments)


VENDOR = Vendor(
    key="firehose",
    name="Amazon Data Firehose",
    description="Events as records of a stream, on to S3, Redshift, OpenSearch, Snowflake, Splunk and others.",
    category="cloud_storage",
    documentation="https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html",
    consent="essential",
    config=Config,
    requests=requests,
    most_together=MOST_TOGETHER,
    missing=missing,
    outcomes=outcomes,
    presets={"all_events": {"defaults": {"action": "pass"}}},
)
