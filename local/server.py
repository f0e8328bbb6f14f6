"""The HTTP server: waitress, which stops only after it has answered what it took."""

import time
from typing import Any

from waitress import create_server
from waitress.wasyncore import loop

from .problem import Problem

THREADS = 16
LAST_ANSWERS_SECONDS = 30.0


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
