"""A webhook to look at: prints what it is sent, a line of JSON for each event."""

import json
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from .endings import stop_when_told
from .problem import Problem

PATH = "/events"


class Receiver(BaseHTTPRequestHandler):
    """Takes any body that is JSON, an event or a list of events, at /events; there is nothing elsewhere."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def take(self) -> None:
        """Print what came, and say that it was taken."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path != PATH:
            self._answer(404, b'{"error": "there is nothing here"}')
            return
        try:
            sent = json.loads(body)
        except ValueError:
            self._answer(400, b'{"error": "this is no JSON"}')
            return
        for event in sent if isinstance(sent, list) else [sent]:
            print(json.dumps(event, ensure_ascii=False, separators=(",", ":")), flush=True)
        self._answer(200, b"{}")

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response_only(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_PUT = do_PATCH = take  # noqa: N815 - the base class names them

    def handle(self) -> None:
        """Serve a connection until either side ends it; that a client breaks it off is no event."""
        with suppress(ConnectionError):
            super().handle()

    def log_message(self, *_: Any) -> None:
        """Prints events alone."""


def receive(port: int) -> None:
    """Receive until told to stop. Raises Problem when the port is taken."""
    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), Receiver)
    except OSError as error:
        raise Problem(f"Port {port} cannot be used ({error.strerror}); choose another with PORT=…") from None
    # A thread of its own, since whoever serves cannot wait for the end of that.
    stop_when_told(lambda: threading.Thread(target=server.shutdown).start())
    with server:
        print(f"Receiving at http://localhost:{server.server_port}{PATH}", flush=True)
        server.serve_forever()
