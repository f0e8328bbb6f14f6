"""What the stage's tables, queues and buckets hold, to be put back between tests.

Only what was written to since is looked at: to look at all of it takes longer than most tests.
"""

import os
from collections.abc import Iterator
from typing import Any

from chalicelib import aws

from ..permissions import RESOURCES

MOST_WRITTEN_TOGETHER = 25  # DynamoDB, BatchWriteItem
KEYS = {
    each["Properties"]["TableName"]: tuple(key["AttributeName"] for key in each["Properties"]["KeySchema"])
    for each in RESOURCES.values()
    if each["Type"] == "AWS::DynamoDB::Table"
}
READING = ("Get", "BatchGet", "TransactGet", "Query", "Scan", "Describe", "List", "Head")
STAGES_BUCKETS = ("COLLECTOR_BUCKET", "EVENTS_BUCKET")
Items = dict[tuple[str, ...], dict[str, Any]]  # by their key

_tables_written: set[str] = set(KEYS)
_queues_written: set[str] = set()
_buckets_written: set[str] = set()


class Contents:
    """The items of all tables at one moment, to be put back; queues and buckets are empty then."""

    def __init__(self) -> None:
        self._tables = {table: _items(table) for table in KEYS}

    @classmethod
    def nothing(cls) -> "Contents":
        """No item in any table."""
        empty = cls.__new__(cls)
        empty._tables = {table: {} for table in KEYS}
        return empty

    def put_back(self) -> None:
        """Let the tables hold these items and no other, and queues and buckets nothing."""
        for table in _tables_written | {table for table, items in self._tables.items() if items}:
            _write(table, list(_differences(table, _items(table), self._tables[table])))
        for url in tuple(_queues_written):
            aws.client("sqs").purge_queue(QueueUrl=url)
        for bucket in _buckets_written & _buckets():  # a test may have asked for one that there is not
            _empty(bucket)
            if bucket not in {os.environ[name] for name in STAGES_BUCKETS}:
                aws.client("s3").delete_bucket(Bucket=bucket)
        for written in (_tables_written, _queues_written, _buckets_written):
            written.clear()
        _tables_written.update(table for table, items in self._tables.items() if items)  # another may hold none


def note_written(operation: str, given: dict[str, Any]) -> None:
    """Remember what a call may have written to."""
    if operation.startswith(READING):
        return
    _tables_written.update(_tables(given) & set(KEYS))
    _queues_written.update({given["QueueUrl"]} if "QueueUrl" in given else ())
    _buckets_written.update({given["Bucket"]} if "Bucket" in given else ())


def _tables(given: dict[str, Any]) -> set[str]:
    together = [about for item in given.get("TransactItems", []) for about in item.values()]
    return {each["TableName"] for each in (given, *together) if "TableName" in each} | set(
        given.get("RequestItems", ())
    )


def _items(table: str) -> Items:
    return {_key(table, item): item for item in _scan(table)}


def _scan(table: str) -> Iterator[dict[str, Any]]:
    for page in aws.client("dynamodb").get_paginator("scan").paginate(TableName=table, ConsistentRead=True):
        yield from page["Items"]


def _key(table: str, item: dict[str, Any]) -> tuple[str, ...]:
    return tuple(repr(item[name]) for name in KEYS[table])


def _differences(table: str, found: Items, wanted: Items) -> Iterator[dict[str, Any]]:
    for key, item in found.items():
        if key not in wanted:
            yield {"DeleteRequest": {"Key": {name: item[name] for name in KEYS[table]}}}
    for key, item in wanted.items():
        if item != found.get(key):
            yield {"PutRequest": {"Item": item}}


def _write(table: str, requests: list[dict[str, Any]]) -> None:
    for start in range(0, len(requests), MOST_WRITTEN_TOGETHER):
        together = {table: requests[start : start + MOST_WRITTEN_TOGETHER]}
        left = aws.client("dynamodb").batch_write_item(RequestItems=together)["UnprocessedItems"]
        assert not left, left


def _buckets() -> set[str]:
    return {each["Name"] for each in aws.client("s3").list_buckets()["Buckets"]}


def _empty(bucket: str) -> None:
    s3 = aws.client("s3")
    found = s3.list_object_versions(Bucket=bucket)
    assert not found["IsTruncated"], f"{bucket} has too much to be emptied at once"
    versions = found.get("Versions", []) + found.get("DeleteMarkers", [])
    if versions:
        objects = [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in versions]
        s3.delete_objects(Bucket=bucket, Delete={"Objects": objects})
