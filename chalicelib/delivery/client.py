"""The HTTP client for vendors: pooled connections, time-outs, bounded answers, no redirects, and never to an address
that is not public. The address that was judged is the one that is connected to: a name cannot change in between.

All times are bounds of the whole: a vendor that sends a byte now and then is not waited for any longer than one that
sends none."""

import http.client
import io
import logging
import socket
import ssl
import time
from functools import lru_cache
from typing import Any

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, NewConnectionError

from .. import clock
from ..integrations import addresses
from ..integrations.lookups import looked_up
from ..integrations.vendor import Answer, HttpRequest
from ..settings import settings

CONNECT_SECONDS, READ_SECONDS = 3.0, 10.0
LARGEST_ANSWER = 64 * 1024  # bytes that are read of one
POOLS, CONNECTIONS = 64, 8  # hosts, and connections to each
DEFAULT_HEADERS = {"User-Agent": "Datafly-Signal/1.0", "Accept-Encoding": "identity"}

# Its warnings name the whole address of a request, in whose query may be a secret.
logging.getLogger("urllib3").setLevel(logging.CRITICAL)


class NoAnswer(Exception):
    """The request may not have arrived, or its answer did not; it may be sent again. The message says why."""


def send(request: HttpRequest) -> Answer:
    """Send one request.

    Raises NoAnswer, NotAllowed.
    """
    request = request.at(clock.timestamp())
    addresses.checked_target(request.url, private=settings().private_addresses)
    try:
        response = _manager().request(
            request.method,
            request.url,
            body=request.body or None,
            headers=_headers(request),
            redirect=False,
            retries=False,
            preload_content=False,
            timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS),
        )
        return _answer(response)
    except _Judged as refusal:
        raise addresses.NotAllowed(str(refusal)) from None
    except (HTTPError, OSError, ValueError) as error:  # the last of what http.client cannot put into a request
        raise NoAnswer(_reason(error)) from None


def _headers(request: HttpRequest) -> dict[str, str]:
    """Each once, in whatever case it is written: what comes later replaces what was before."""
    found = {name.lower(): (name, value) for name, value in (*DEFAULT_HEADERS.items(), *request.headers.items())}
    return dict(found.values())


def _answer(response: Any) -> Answer:
    """What of it is worth reading. A connection whose answer goes on is closed, not kept."""
    try:
        body = response.read(LARGEST_ANSWER, decode_content=False)
    finally:
        # An answer in chunks does not say what is left: only one that was read to its end is over.
        finished = response.closed or response.length_remaining == 0
        response.release_conn() if finished else response.close()
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Answer(response.status, body, headers)


def _reason(error: Exception) -> str:
    """Without the address, which may have secrets in its query."""
    kind = type(error).__name__
    named = {"ConnectTimeoutError": "no connection in time", "ReadTimeoutError": "no answer in time"}
    return named.get(kind, f"no answer ({kind})")


class _Judged(NewConnectionError):
    """A name has an address that is not allowed."""


def _connected(connection: Any) -> socket.socket:
    """A socket to one of the judged addresses of the connection's host."""
    private, until = settings().private_addresses, time.monotonic() + CONNECT_SECONDS

    def resolver(host: str, port: int) -> list[str]:
        return looked_up(host, port, addresses.system_resolver, CONNECT_SECONDS)

    try:
        found = addresses.judged(connection.host, connection.port, resolver, private=private)
    except addresses.NotAllowed as refusal:
        raise _Judged(connection, str(refusal)) from None
    failure: OSError = OSError("no address")
    for address in found:
        left = until - time.monotonic()
        if left <= 0:
            break
        try:
            connected = socket.create_connection((address, connection.port), left)
            # Headers and body are two writes: the second must not wait until the first is acknowledged.
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return connected
        except OSError as error:
            failure = error
    raise NewConnectionError(connection, f"no connection ({type(failure).__name__})") from failure


class _TimedReader(io.RawIOBase):
    """Reads from a socket until a moment, however little comes at a time."""

    def __init__(self, sock: socket.socket, seconds: float) -> None:
        self._sock, self._until = sock, time.monotonic() + seconds
        self._raw = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        self._sock.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Response(http.client.HTTPResponse):
    """An answer, status, headers and body of which have to come in time."""

    def __init__(self, sock: socket.socket, *arguments: Any, **named: Any) -> None:
        super().__init__(sock, *arguments, **named)
        self.fp.close()
        self.fp = io.BufferedReader(_TimedReader(sock, READ_SECONDS))


class _Connection(HTTPConnection):
    response_class = _Response

    def _new_conn(self) -> socket.socket:
        return _connected(self)

    def send(self, data: Any) -> None:
        _sent_whole(self, data)


class _SecureConnection(HTTPSConnection):
    response_class = _Response

    def _new_conn(self) -> socket.socket:
        return _connected(self)

    def send(self, data: Any) -> None:
        _sent_whole(self, data)


def _sent_whole(connection: Any, data: bytes) -> None:
    """Send headers or a body in time: of a TLS socket each record has a time-out of its own."""
    if connection.sock is None:
        connection.connect()
    until, rest = time.monotonic() + CONNECT_SECONDS, memoryview(data)
    while rest:
        connection.sock.settimeout(max(0.001, until - time.monotonic()))
        rest = rest[connection.sock.send(rest) :]
        if rest and time.monotonic() > until:
            raise TimeoutError("timed out")


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


@lru_cache(maxsize=1)
def _manager() -> urllib3.PoolManager:
    manager = urllib3.PoolManager(POOLS, maxsize=CONNECTIONS, ssl_context=ssl.create_default_context())
    manager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}
    return manager
