"""What a version of the product writes: rows, objects, and messages that wait, kept to be read by later versions."""

import base64
import json
import os
from dataclasses import dataclass, replace
from typing import Any

from moto.kms.models import kms_backends

from chalicelib import aws, queues
from chalicelib.infrastructure.tables import MODELS

from ..functions import QUEUES

VENDOR = "http://vendor.invalid"  # in place of the address of the vendor's stand-in, which differs each time
MORE = "added_later"


@dataclass(frozen=True)
class Recording:
    """All that is stored at a moment, as AWS has it."""

    rows: dict[str, list[Any]]  # by table, in DynamoDB's JSON
    objects: dict[str, dict[str, str]]  # by the setting that names the bucket, and key, in base64
    messages: dict[str, list[str]]  # by queue, what they carry
    key: dict[str, str]  # what secrets are encrypted with

    @property
    def shape(self) -> dict[str, list[str]]:
        """Which attributes rows have, and which fields messages and archived events, by where they are."""
        # Counters have attributes that are named after integrations.
        found = {
            table: sorted({name.partition("@int_")[0] for row in rows for name in row})
            for table, rows in self.rows.items()
            if rows
        }
        for queue, bodies in self.messages.items():
            found[queue] = sorted({name for body in bodies if body.startswith("{") for name in json.loads(body)})
        return found

    def with_more(self) -> "Recording":
        """The same with a field that nobody knows in each row and message."""
        # What is beside the keys of a counter is always a number.
        rows = {
            table: [row | {MORE: {"N": "1"} if table.endswith("-counters") else {"S": "x"}} for row in kept]
            for table, kept in self.rows.items()
        }
        messages = {handler: [_more(body) for body in bodies] for handler, bodies in self.messages.items()}
        return replace(self, rows=rows, messages=messages)

    def text(self, vendor_url: str) -> str:
        """To be kept in a file."""
        return json.dumps(vars(self), indent=1, sort_keys=True).replace(vendor_url, VENDOR) + "\n"


def _more(body: str) -> str:
    return json.dumps(queues.unpacked(body) | {MORE: "x"})


def recorded(text: str, vendor_url: str) -> Recording:
    """What was kept in a file."""
    return Recording(**json.loads(text.replace(VENDOR, vendor_url)))


def record() -> Recording:
    """What is stored now. Messages that wait are taken."""
    dynamodb, s3 = aws.client("dynamodb"), aws.client("s3")
    rows = {model.Meta.table_name: dynamodb.scan(TableName=model.Meta.table_name)["Items"] for model in MODELS}
    objects = {}
    for setting in ("COLLECTOR_BUCKET", "EVENTS_BUCKET"):
        bucket = os.environ[setting]
        keys = [each["Key"] for each in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]
        read = {key: s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}
        objects[setting] = {key: base64.b64encode(content).decode() for key, content in read.items()}
    key = _key()
    kept = {"id": key.id, "material": base64.b64encode(key.key_material).decode()}
    return Recording(rows, objects, {handler: _taken(handler) for handler in QUEUES}, kept)


def put_back(recording: Recording) -> None:
    """Store all that was recorded, and put the messages on their queues."""
    dynamodb, s3, sqs = aws.client("dynamodb"), aws.client("s3"), aws.client("sqs")
    key = _key()
    key.key_material = base64.b64decode(recording.key["material"])
    _backend().keys[recording.key["id"]] = key
    for table, rows in recording.rows.items():
        for row in rows:
            dynamodb.put_item(TableName=table, Item=row)
    for setting, objects in recording.objects.items():
        for name, content in objects.items():
            s3.put_object(Bucket=os.environ[setting], Key=name, Body=base64.b64decode(content))
    for handler, bodies in recording.messages.items():
        in_order = {"MessageGroupId": "x", "MessageDeduplicationId": "x"} if handler == "build" else {}
        for body in bodies:
            sqs.send_message(QueueUrl=os.environ[QUEUES[handler]], MessageBody=body, **in_order)


def _taken(handler: str) -> list[str]:
    sqs, url = aws.client("sqs"), os.environ[QUEUES[handler]]
    messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    return [each["Body"] for each in messages]


def _backend() -> Any:
    return kms_backends["123456789012"]["us-east-1"]


def _key() -> Any:
    return next(iter(_backend().keys.values()))
