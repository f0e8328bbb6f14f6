"""The HTTP server: waitress, which stops only after it has answered what it took."""

import json
import time
import uuid
from http import HTTPStatus
from typing import Any

from waitress import create_server
from waitress.channel import HTTPChannel
from waitress.task import ErrorTask
from waitress.wasyncore import loop

from chalicelib.errors import error_body

from .problem import Problem

THREADS = 16
LAST_ANSWERS_SECONDS = 30.0


class Refusal(ErrorTask):  # type: ignore[misc]  # its base has no types
    """The answer to what is no HTTP, in the one shape of an error."""

    def execute(self) -> None:
        """Answer, and hang up."""
        error, request_id = self.request.error, str(uuid.uuid4())
        # How a body is transferred is up to the caller, so a way that nobody knows is not the server's fault.
        status = HTTPStatus.BAD_REQUEST if error.code == HTTPStatus.NOT_IMPLEMENTED else HTTPStatus(error.code)
        body = json.dumps(error_body(status.name, str(error.body), request_id)).encode()
        self.status = f"{status.value} {status.phrase}"
        self.response_headers += [("Content-Type", "application/json"), ("X-Request-Id", request_id)]
        self.content_length = len(body)
        self.set_close_on_finish()
        self.write(body)


class Channel(HTTPChannel):  # type: ignore[misc]  # its base has no types
    """A connection."""

    error_task_class = Refusal


class Server:
    """Serves a WSGI application on one port of the loopback."""

    def __init__(self, application: Any, port: int) -> None:
        self.sockets: dict[Any, Any] = {}
        try:
            self.server = create_server(
                application,
                map=self.sockets,
                host="127.0.0.1",
                port=port,
                threads=THREADS,
                ident=None,
                clear_untrusted_proxy_headers=False,
                max_request_body_size=2**30,  # the gateway has its own, lower limit, and a better answer
                channel_timeout=60,
            )
        except OSError as error:
            raise Problem(f"Port {port} cannot be used ({error.strerror}); choose another with PORT=…") from None
        self.server.channel_class = Channel
        self.port = int(self.server.effective_port)
        self.stopping = False

    def run(self) -> None:
        """Serve until `stop`, then finish what was taken."""
        while not self.stopping:
            loop(timeout=0.5, map=self.sockets, count=1, use_poll=True)
        self.sockets.pop(self.server._fileno, None)
        self.server.socket.close()
        deadline = time.monotonic() + LAST_ANSWERS_SECONDS
        while self._busy() and time.monotonic() < deadline:
            loop(timeout=0.05, map=self.sockets, count=1, use_poll=True)
        self.server.task_dispatcher.shutdown()

    def stop(self) -> None:
        """Take nothing more; safe in a signal handler."""
        self.stopping = True
        self.server.pull_trigger()

    def _busy(self) -> bool:
        channels = list(self.server.active_channels.values())
        return any(channel.requests or channel.total_outbufs_len for channel in channels)
