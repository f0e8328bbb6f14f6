"""Everything at one address, as the first-party domain will have it: the APIs, the scripts, and here the demo page."""

import mimetypes
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from chalice import Chalice

from chalicelib.infrastructure.cdn import EVENTS, SCRIPTS_OR_API, origin_of

from .cdn import serve_script
from .gateway import HttpApi, RestApi, StartResponse

DEMO = Path(__file__).with_name("demo")


class Site:
    """The whole site as a WSGI application."""

    def __init__(self, app: Chalice) -> None:
        self.api, self.events = RestApi(app), HttpApi(app)

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        path: str = environ["PATH_INFO"]
        origin = origin_of(path)
        if origin == SCRIPTS_OR_API:
            found = serve_script(environ, start_response)
            return self.api(environ, start_response) if found is None else found
        if origin == EVENTS:
            return self.events(environ, start_response)
        if path == "/":
            start_response("302 Found", [("Location", "/console"), ("Content-Length", "0")])
            return [b""]
        if path == "/demo" or path.startswith("/demo/"):
            file = DEMO / (path.removeprefix("/demo").strip("/") or "index.html")
            if file.parent == DEMO and file.is_file():
                return _file(file, start_response)
        return self.api(environ, start_response)


def _file(file: Path, start_response: StartResponse) -> Iterable[bytes]:
    content, kind = file.read_bytes(), mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    headers = [("Content-Type", f"{kind}; charset=utf-8"), ("Cache-Control", "no-store")]
    start_response("200 OK", [*headers, ("Content-Length", str(len(content)))])
    return [content]
