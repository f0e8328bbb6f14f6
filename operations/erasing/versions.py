"""The objects of the archive with all their versions, as a versioned bucket keeps them; an unversioned one has one of
each."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any


@dataclass(frozen=True, slots=True)
class Version:
    """One version of an object."""

    id: str
    etag: str
    latest: bool
    marker: bool  # that the object was deleted


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept under a key: the version that is read, if there is one, and all the others."""

    key: str
    current: Version | None
    earlier: tuple[Version, ...]


def count(s3: Any, bucket: str, prefix: str) -> int:
    """How many keys there are."""
    return sum(1 for _ in kept(s3, bucket, prefix))


def kept(s3: Any, bucket: str, prefix: str) -> Iterator[Kept]:
    """What is kept under a prefix, a key at a time."""
    for key, listed in groupby(_listed(s3, bucket, prefix), key=itemgetter("Key")):
        versions = [
            Version(each["VersionId"], each.get("ETag", ""), each["IsLatest"], "ETag" not in each) for each in listed
        ]
        current = next((each for each in versions if each.latest and not each.marker), None)
        yield Kept(key, current, tuple(each for each in versions if each != current))


def _listed(s3: Any, bucket: str, prefix: str) -> Iterator[dict[str, Any]]:
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix):
        yield from sorted([*page.get("Versions", []), *page.get("DeleteMarkers", [])], key=itemgetter("Key"))
