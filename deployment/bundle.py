"""The zip: the same bytes for the same source, so that deploying twice changes nothing."""

import zipfile
from pathlib import Path

from .failure import PackagingFailed

LARGEST_BYTES = 3_000_000
EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time a zip can say
READABLE = 0o100644 << 16


def settle(bundle: Path) -> None:
    """Write the zip again, sorted and without times: Chalice's depends on the folder it was made in."""
    with zipfile.ZipFile(bundle) as made:
        contents = {name: made.read(name) for name in sorted(made.namelist())}
    with zipfile.ZipFile(bundle, "w") as settled:
        for name, content in contents.items():
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.external_attr = READABLE
            settled.writestr(entry, content, zipfile.ZIP_DEFLATED, compresslevel=9)


def check(bundle: Path, source: Path) -> int:
    """The zip's size in bytes.

    Raises PackagingFailed when it is too large, or lacks a file that the functions read.
    """
    with zipfile.ZipFile(bundle) as made:
        names = set(made.namelist())
    files = [path for path in (source / "chalicelib").rglob("*") if path.suffix in (".html", ".jinja", ".js", ".json")]
    if missing := sorted({path.relative_to(source).as_posix() for path in files} - names):
        raise PackagingFailed(f"The zip lacks {', '.join(missing)}; every file under chalicelib must be in it")
    size = bundle.stat().st_size
    if size > LARGEST_BYTES:
        raise PackagingFailed(
            f"The zip has {size:,} bytes; it may have {LARGEST_BYTES:,}, so take a package out of requirements.txt"
        )
    return size
