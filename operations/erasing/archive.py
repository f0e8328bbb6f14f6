"""Reading the archive, and taking lines out of it."""

import gzip
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
from botocore.exceptions import ClientError

from chalicelib.activity.archive import packed

from ..failure import OperationFailed
from .versions import Kept, Version, kept

ATTEMPTS = 5  # at an object that others write at the same time
OVERTAKEN = {"PreconditionFailed", "ConditionalRequestConflict", "412", "409"}
GONE = {"NoSuchKey", "NoSuchVersion", "404"}
IN_COLD_STORAGE = "InvalidObjectState"

Wanted = Callable[[dict[str, Any]], bool]
Before = Callable[[], None]


class Unreadable(Exception):
    """An object, or a line of it, is not what the product writes, or cannot be read where it lies."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What was taken out of one key, or would be."""

    key: str
    events: int = 0
    versions: int = 0  # earlier ones, removed because of what they hold
    unreadable: str = ""  # why it was left as it is


class Archive:
    """The archived events in a bucket."""

    def __init__(self, s3: Any, bucket: str) -> None:
        self._s3 = s3
        self._bucket = bucket

    def kept(self, folder: str) -> Iterator[Kept]:
        """What is kept in a folder, a key at a time."""
        return kept(self._s3, self._bucket, folder)

    def events(self, one: Kept) -> Iterator[dict[str, Any]]:
        """The events of all versions of a key.

        Raises Unreadable.
        """
        for version in filter(None, (one.current, *one.earlier)):
            for line in self._lines(one.key, version):
                if event := _event(line):
                    yield event

    def take_out(self, one: Kept, wanted: Wanted, before: Before | None) -> Taken:
        """Remove the wanted events of a key, and every earlier version that has one. All other lines stay as they are,
        byte for byte; an object without lines goes. `before` is called before anything is removed; without it nothing
        is, but it is counted.

        What somebody else writes meanwhile is read again, not overwritten. Raises OperationFailed when that does not
        end, botocore's errors.
        """
        for _ in range(ATTEMPTS):
            try:
                return self._take_out(one, wanted, before)
            except Unreadable as error:
                return Taken(one.key, unreadable=str(error))
            except ClientError as error:
                if error.response["Error"]["Code"] not in OVERTAKEN:
                    raise
            one = next((each for each in self.kept(one.key) if each.key == one.key), Kept(one.key, None, ()))
        raise OperationFailed(
            f"{one.key} is being written again and again by somebody else; find out by whom, then run the same command "
            "again"
        )

    def _take_out(self, one: Kept, wanted: Wanted, before: Before | None) -> Taken:
        lines = self._lines(one.key, one.current) if one.current else []
        stay = [line for line in lines if not _is(wanted, line)]
        events = len(lines) - len(stay)
        doomed = [
            each for each in one.earlier if events or any(_is(wanted, line) for line in self._lines(one.key, each))
        ]
        if before and (events or doomed):
            before()
            self._replace(one, b"".join(stay), doomed, rewrite=events > 0)
        return Taken(one.key, events, len(doomed))

    def _replace(self, one: Kept, content: bytes, doomed: list[Version], *, rewrite: bool) -> None:
        gone = [each.id for each in doomed]
        if rewrite and one.current and content:
            made = self._s3.put_object(
                Bucket=self._bucket, Key=one.key, IfMatch=one.current.etag, **packed(content)
            ).get("VersionId", "null")
            # Where versions are not kept, the new object has the id that the old one had.
            gone = [each for each in (*gone, one.current.id) if each != made]
        elif rewrite and one.current:
            gone.append(one.current.id)  # the last, so that none of the earlier ones is ever the current one
        for version_id in gone:
            self._s3.delete_object(Bucket=self._bucket, Key=one.key, VersionId=version_id)

    def _lines(self, key: str, version: Version) -> list[bytes]:
        """The lines of a version with their ends; none of one that is gone, or says that the object was deleted."""
        if version.marker:
            return []
        try:
            content = self._s3.get_object(Bucket=self._bucket, Key=key, VersionId=version.id)["Body"].read()
            return gzip.decompress(content).splitlines(keepends=True)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in GONE:
                return []
            if code == IN_COLD_STORAGE:
                raise Unreadable("it is in a cold storage class; restore it first") from None
            raise
        except (OSError, EOFError, zlib.error):
            raise Unreadable("it is not gzip") from None


def _is(wanted: Wanted, line: bytes) -> bool:
    event = _event(line)
    return event is not None and wanted(event)


def _event(line: bytes) -> dict[str, Any] | None:
    """The event in a line; None in an empty one."""
    if not line.strip():
        return None
    try:
        event = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        event = None
    if not isinstance(event, dict):
        raise Unreadable("it has a line that is no event")
    return event
