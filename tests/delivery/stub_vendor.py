"""A vendor on the loopback that answers as a test wants and remembers what it got."""

import json
import socket
import threading
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

RESET, HANG = "reset", "hang"  # in place of a status


@dataclass(frozen=True)
class Request:
    """What came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    answered: int | str

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


@dataclass(frozen=True)
class Reply:
    """What is answered."""

    status: int | str = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"{}"
    seconds: float = 0.0  # that it takes


@dataclass
class StubVendor:
    """Answers with what is next, and with `otherwise` when there is nothing; `stop` it at the end."""

    requests: list[Request] = field(default_factory=list)
    replies: deque[Reply] = field(default_factory=deque)
    otherwise: Reply = field(default_factory=Reply)

    def __post_init__(self) -> None:
        self.released = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def stop(self) -> None:
        """Answer nothing more."""
        self.released.set()
        self._server.shutdown()
        self._server.server_close()

    def answer(self, *replies: Reply | int | str) -> None:
        """Answer the next requests so."""
        self.replies.extend(reply if isinstance(reply, Reply) else Reply(reply) for reply in replies)

    def ids(self) -> list[str]:
        """The message ids of what was answered 2xx, in order."""
        good = [each for each in self.requests if isinstance(each.answered, int) and 200 <= each.answered < 300]
        found = [each.json for each in good]
        return [event["messageId"] for each in found for event in (each if isinstance(each, list) else [each])]


def _handler(vendor: StubVendor) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def take(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            reply = vendor.replies.popleft() if vendor.replies else vendor.otherwise
            names = {name.lower(): value for name, value in self.headers.items()}
            vendor.requests.append(Request(self.command, self.path, names, body, reply.status))
            if reply.status == HANG or reply.seconds:
                vendor.released.wait(reply.seconds or 60)
            if isinstance(reply.status, str):
                self.close_connection = True
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                self.connection.close()
                return
            self.send_response_only(reply.status)
            for name, value in (reply.headers | {"Content-Length": str(len(reply.body))}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.body)

        do_GET = do_POST = do_PUT = do_PATCH = take  # noqa: N815 - the base class names them

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    return Handler
