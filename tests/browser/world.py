"""All that a page with a collector meets, on this machine: the customer's pages at any host name, the script, and the
endpoint that its events go to, which answers as a test wants and remembers what came."""

import json
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from chalicelib.collector import builder

from ..collector.configurations import a_config

SECONDS = 15
DOWN = 0  # instead of a status: the connection is closed without an answer


@dataclass(frozen=True)
class Received:
    """A request to the endpoint."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    size: int  # bytes
    at: float  # seconds by the clock that only goes forward
    status: int  # what it was answered


@dataclass
class World:
    """A web server for all of it; `stop` it at the end."""

    files: dict[str, tuple[str, str, dict[str, str]]] = field(default_factory=dict)
    received: list[Received] = field(default_factory=list)
    answers: deque[tuple[int, dict[str, str]]] = field(default_factory=deque)
    down: bool = False
    issued: int = 0

    def __post_init__(self) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        # How often it looks whether it shall stop, seconds: every test waits for that.
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        self.port = self._server.server_port

    def stop(self) -> None:
        """Serve nothing more."""
        self._server.shutdown()
        self._server.server_close()

    def url(self, path: str = "/", host: str = "shop.localhost") -> str:
        """An address of this server under a host name, which browsers take to this machine."""
        return f"http://{host}:{self.port}{path}"

    def script(self, *, readable: bool = False, path: str = "/d.js", **config: Any) -> str:
        """Build a collector whose configuration has these fields, and serve it; its tag."""
        config = {"url": self.url("", "data.localhost"), "flush_interval_ms": 100} | config
        build = builder.build_readable if readable else builder.build
        return self.serve_script(build(a_config(**config)).content.decode(), path)

    def serve_script(self, text: str, path: str = "/d.js") -> str:
        """Serve a text as the script; its tag."""
        self.files[path] = (text, "application/javascript", {})
        return f'<script async src="{self.url(path, "data.localhost")}"></script>'

    def page(
        self,
        tag: str = "",
        *,
        head: str = "",
        body: str = "Hello",
        path: str = "/",
        host: str = "shop.localhost",
        headers: dict[str, str] | None = None,
    ) -> str:
        """Serve a page with a tag in its head, after whatever else is there; its address."""
        text = f"<!doctype html><html><head><title>A page</title>{head}{tag}</head><body>{body}</body></html>"
        self.files[path] = (text, "text/html", headers or {})
        return self.url(path, host)

    def answer(self, *statuses: int, **headers: str) -> None:
        """Answer the next batches so, and those after them with 200."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers.extend((status, named) for status in statuses)

    @property
    def batches(self) -> list[Received]:
        """The batches that came, accepted or not."""
        return [each for each in self.received if each.path == "/v1/batch"]

    @property
    def events(self) -> list[dict[str, Any]]:
        """The events of the batches that were accepted."""
        return [event for each in self.batches if each.status == 200 for event in each.body["batch"]]

    def names(self) -> list[str]:
        """What the accepted events are called: a track by its event, others by their type."""
        return [event.get("event") or event["type"] for event in self.events]

    def wait_for(self, *names: str) -> list[dict[str, Any]]:
        """The accepted events, once exactly these have come, in this order."""
        eventually(lambda: len(self.events) >= len(names), lambda: f"only {self.names()} came")
        assert self.names() == list(names), f"{self.names()} came"
        return self.events


def _handler(world: World) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            text, kind, headers = world.files.get(self.path.partition("?")[0], ("", "text/html", {}))
            self._send(200 if text else 404, text, {"Content-Type": f"{kind}; charset=utf-8"} | headers)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.path.startswith("/form"):
                return self._send(200, world.files["/"][0], {"Content-Type": "text/html"})
            status, headers = world.answers.popleft() if self.path == "/v1/batch" and world.answers else (200, {})
            status = DOWN if world.down else status
            sent = Received(self.path, dict(self.headers), json.loads(body), len(body), time.monotonic(), status)
            world.received.append(sent)
            if status == DOWN:
                self.close_connection = True
                return None
            answer = self._token() if self.path == "/v1/challenge" else {"success": status == 200}
            allowed = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "Retry-After"}
            return self._send(status, json.dumps(answer), {"Content-Type": "application/json"} | allowed | headers)

        def do_OPTIONS(self) -> None:
            """No preflight is expected, so none is allowed."""
            world.received.append(Received(f"OPTIONS {self.path}", dict(self.headers), {}, 0, time.monotonic(), 405))
            self._send(405, "", {})

        def _token(self) -> dict[str, Any]:
            world.issued += 1
            return {"token": f"ct_{world.issued}", "expires_in": 3600}

        def _send(self, status: int, text: str, headers: dict[str, str]) -> None:
            content = text.encode()
            self.send_response(status)
            for name, value in (headers | {"Content-Length": str(len(content)), "Cache-Control": "no-store"}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    return Handler


def eventually(found: Callable[[], Any], otherwise: Callable[[], str] = lambda: "it did not happen in time") -> Any:
    """What `found` gives as soon as it is something; fails with the reason when that takes too long."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        result = found()
        if result:
            return result
        time.sleep(0.02)
    raise AssertionError(otherwise())
