"""A way between two programs on this machine that can be made bad: it remembers what went through, refuses to carry
requests, or carries them and loses the answer."""

import http.client
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

HOP_BY_HOP = {"connection", "transfer-encoding", "keep-alive"}  # RFC 9110, section 7.6.1


@dataclass(frozen=True)
class Carried:
    """A request that went through, and what it was answered; status 0 when the sender never heard."""

    method: str
    path: str
    headers: dict[str, str]  # names in lower case
    body: bytes
    status: int


@dataclass
class Relay:
    """Carries requests to a target such as `http://127.0.0.1:8084`; `stop` it at the end."""

    target: str = ""
    carried: list[Carried] = field(default_factory=list)
    to_refuse: int = 0
    to_lose: int = 0

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def stop(self) -> None:
        """Carry nothing more."""
        self._server.shutdown()
        self._server.server_close()

    def begin_anew(self) -> None:
        """Forget what went through, and be a good way again."""
        self.carried.clear()
        self.to_refuse = self.to_lose = 0

    def refuse(self, requests: int) -> None:
        """Cut the connection of the next requests that send something, before they are carried."""
        self.to_refuse = requests

    def lose(self, answers: int) -> None:
        """Cut the connection of the next requests that send something, after they were answered."""
        self.to_lose = answers

    def posts(self) -> list[Carried]:
        """What was sent, in order."""
        return [each for each in self.carried if each.method == "POST"]

    def takes(self, name: str) -> bool:
        """Whether one more request is to have this fate, `to_refuse` or `to_lose`."""
        with self._lock:
            left = getattr(self, name)
            setattr(self, name, max(0, left - 1))
            return left > 0


def _handler(relay: Relay) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def carry(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.command == "POST" and relay.takes("to_refuse"):
                self.close_connection = True
                return
            status, headers, content = self._ask(body)
            lost = self.command == "POST" and relay.takes("to_lose")
            names = {name.lower(): value for name, value in self.headers.items()}
            relay.carried.append(Carried(self.command, self.path, names, body, 0 if lost else status))
            if lost:
                self.close_connection = True
                return
            self.send_response_only(status)
            for name, value in headers:
                if name.lower() not in HOP_BY_HOP | {"content-length"}:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_OPTIONS = carry  # noqa: N815 - the base class names them

        def _ask(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
            asked = http.client.HTTPConnection(urlsplit(relay.target).netloc, timeout=30)
            headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP_BY_HOP}
            asked.request(self.command, self.path, body or None, headers)
            answer = asked.getresponse()
            result = answer.status, answer.getheaders(), answer.read()
            asked.close()
            return result

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    return Handler
