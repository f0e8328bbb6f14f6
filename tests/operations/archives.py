"""Archives for tests: objects as the product writes them, and what is in all their versions."""

import gzip
import json
from typing import Any

import boto3

from chalicelib import aws
from operations.erasing.archive import Archive

from ..conftest import ENVIRONMENT

BUCKET = ENVIRONMENT["EVENTS_BUCKET"]


class Objects:
    """The objects of the archive's bucket."""

    def __init__(self, s3: Any, bucket: str = BUCKET) -> None:
        self.s3 = s3
        self.bucket = bucket

    def keep_versions(self) -> None:
        """As a deployed bucket does."""
        self.s3.put_bucket_versioning(Bucket=self.bucket, VersioningConfiguration={"Status": "Enabled"})

    def put(self, key: str, *events: dict[str, Any] | bytes) -> None:
        """Write an object of these events, or of these lines as they are."""
        lines = [each if isinstance(each, bytes) else json.dumps(each).encode() + b"\n" for each in events]
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=gzip.compress(b"".join(lines)))

    def lines(self, key: str) -> list[bytes] | None:
        """The lines of an object; None when it is gone."""
        try:
            content = self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()
        except self.s3.exceptions.NoSuchKey:
            return None
        return gzip.decompress(content).splitlines(keepends=True)

    def all_lines(self) -> list[bytes]:
        """The lines of every version of every object."""
        found = []
        for page in self.s3.get_paginator("list_object_versions").paginate(Bucket=self.bucket):
            for each in page.get("Versions", []):
                read = self.s3.get_object(Bucket=self.bucket, Key=each["Key"], VersionId=each["VersionId"])
                found += gzip.decompress(read["Body"].read()).splitlines(keepends=True)
        return found


def client(running: Any, service: str) -> Any:
    """A client of the embedded AWS of a running product."""
    keys = {"aws_access_key_id": "local", "aws_secret_access_key": "local", "region_name": "us-east-1"}
    return boto3.client(service, endpoint_url=running.credentials["aws_endpoint_url"], **keys)


def archive_of(running: Any) -> Objects:
    """The archive of a running product."""
    s3 = client(running, "s3")
    (bucket,) = [each["Name"] for each in s3.list_buckets()["Buckets"] if "-events-" in each["Name"]]
    return Objects(s3, bucket)


def objects_of_the_test() -> tuple[Objects, Archive]:
    """Those of the emulated AWS of this process, which keeps versions."""
    s3 = aws.client("s3")
    objects = Objects(s3)
    objects.keep_versions()
    return objects, Archive(s3, BUCKET)
