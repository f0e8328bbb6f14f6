"""The file that takes a stage's configuration elsewhere: what it is of, rows by table, and how many there were."""

import gzip
import json
import os
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..failure import OperationFailed
from ..tables import Item
from .sealed_file import SealedReader, SealedWriter

ENDING = "counts"
COMPRESSION = 6
LINE_SEPARATORS = (",", ":")


@dataclass(frozen=True, slots=True)
class Heading:
    """What an export is of."""

    version: str  # of the product
    stage: str
    region: str
    began_at: str


class Writer:
    """Takes the rows."""

    def __init__(self, out: Any) -> None:
        self.counts: Counter[str] = Counter()
        self._out = out

    def put(self, noun: str, item: Item) -> None:
        """Write a row of a table."""
        self.line([noun, item])
        self.counts[noun] += 1

    def line(self, value: Any) -> None:
        """Write a line of JSON."""
        self._out.write(json.dumps(value, separators=LINE_SEPARATORS).encode() + b"\n")


def refuse_place(path: Path) -> None:
    """Raises OperationFailed where a file cannot be made."""
    if path.exists():
        raise OperationFailed(f"FILE {path} is there already: give another name, or move it away")
    if not path.parent.is_dir() or not os.access(path.parent, os.W_OK):
        raise OperationFailed(f"FILE {path} cannot be written: {path.parent} must be a folder that you may write to")


@contextmanager
def written(path: Path, passphrase: str, heading: Heading) -> Iterator[Writer]:
    """Where to write the rows to. At the end the file is there, whole and for its owner's eyes only; when anything
    fails there is none. Raises OperationFailed."""
    refuse_place(path)
    with _disk(path):
        handle, part = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.", suffix=".part")  # with mode 0600
    try:
        with _disk(path), os.fdopen(handle, "wb") as out:
            with (
                SealedWriter(out, passphrase) as sealed,
                gzip.GzipFile(fileobj=sealed, mode="wb", compresslevel=COMPRESSION, mtime=0) as packed,
            ):
                writer = Writer(packed)
                writer.line(asdict(heading))
                yield writer
                writer.line([ENDING, writer.counts])
            out.flush()
            os.fsync(out.fileno())
        with _disk(path):
            refuse_place(path)
            os.rename(part, path)
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise


class Export:
    """A file that was written so. Raises OperationFailed for one that cannot be read, was altered or is not whole."""

    def __init__(self, path: Path, passphrase: str) -> None:
        self._path = path
        self._passphrase = passphrase
        with self._lines() as lines:
            self.heading = Heading(**next(lines))

    def rows(self) -> Iterator[tuple[str, Item]]:
        """Each row with its table, in the order in which they were written."""
        counts: Counter[str] = Counter()
        with self._lines() as lines:
            next(lines)
            for noun, value in lines:
                if noun == ENDING:
                    self._check(counts, value)
                    return
                counts[noun] += 1
                yield noun, value
        self._check(counts, {})

    def _check(self, counts: Counter[str], told: dict[str, int]) -> None:
        if counts != told:
            raise OperationFailed(f"FILE {self._path} does not have the rows that it tells of: export again")

    @contextmanager
    def _lines(self) -> Iterator[Iterator[Any]]:
        with _disk(self._path, "read"):
            source = self._path.open("rb")
        with source, SealedReader(source, self._passphrase, str(self._path)) as sealed, gzip.open(sealed) as unpacked:
            yield (json.loads(line) for line in unpacked)


@contextmanager
def _disk(path: Path, what: str = "written") -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OperationFailed(f"FILE {path} cannot be {what}: {error.strerror or error}") from None
