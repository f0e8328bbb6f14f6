"""The console's style sheet and scripts. Their address has a hash of them all, so that browsers keep them for ever."""

import hashlib
import mimetypes
from functools import lru_cache
from importlib.resources import files

from chalice.app import Response

FOLDER = "/console/static/"


@lru_cache(maxsize=1)
def contents() -> dict[str, str]:
    """The text of each file, by its name."""
    folder = files("chalicelib.console") / "static"
    return {file.name: file.read_text("utf-8") for file in sorted(folder.iterdir(), key=lambda file: file.name)}


@lru_cache(maxsize=1)
def _version() -> str:
    return hashlib.sha256("\0".join(f"{name}\0{text}" for name, text in contents().items()).encode()).hexdigest()[:12]


def address(name: str) -> str:
    """Where a file is. Raises KeyError for one that is not there."""
    return f"{FOLDER}{_version()}/{name}" if contents()[name] else ""


def answer(path: str) -> Response:
    """A file, whatever version is asked for; the newest is the only one."""
    version, _, name = path.removeprefix(FOLDER).partition("/")
    text = contents().get(name)
    if text is None:
        return Response(body="There is no such file", status_code=404, headers={"Content-Type": "text/plain"})
    kept = "public, max-age=31536000, immutable" if version == _version() else "no-cache"
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    headers = {"Content-Type": f"{kind}; charset=utf-8", "Cache-Control": kept, "X-Content-Type-Options": "nosniff"}
    return Response(body=text, status_code=200, headers=headers)
