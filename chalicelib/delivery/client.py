"""The HTTP client for vendors: pooled connections, time-outs, bounded answers, no redirects, and never to an address
that is not public. The address that was judged is the one that is connected to: a name cannot change in between."""

import socket
import ssl
from functools import lru_cache
from typing import Any

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, NewConnectionError

from .. import clock
from ..integrations import addresses
from ..integrations.vendor import Answer, HttpRequest
from ..settings import settings

CONNECT_SECONDS, READ_SECONDS = 3.0, 10.0
LARGEST_ANSWER = 64 * 1024  # bytes that are read of one
POOLS, CONNECTIONS = 64, 8  # hosts, and connections to each
USER_AGENT = "Datafly-Signal/1.0"


class NoAnswer(Exception):
    """The request may not have arrived, or its answer did not; it may be sent again. The message says why."""


def send(request: HttpRequest) -> Answer:
    """Send one request.

    Raises NoAnswer, NotAllowed.
    """
    request = request.at(clock.timestamp())
    addresses.checked_target(request.url, private=settings().private_addresses)
    headers = {"User-Agent": USER_AGENT, "Accept-Encoding": "identity"} | dict(request.headers)
    try:
        response = _manager().request(
            request.method,
            request.url,
            body=request.body or None,
            headers=headers,
            redirect=False,
            retries=False,
            preload_content=False,
            timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS),
        )
        return _answer(response)
    except _Judged as refusal:
        raise addresses.NotAllowed(str(refusal)) from None
    except (HTTPError, OSError) as error:
        raise NoAnswer(_reason(error)) from None


def _answer(response: Any) -> Answer:
    """What of it is worth reading. A connection whose answer goes on is closed, not kept."""
    try:
        body = response.read(LARGEST_ANSWER, decode_content=False)
        rest = response.read(1) if len(body) == LARGEST_ANSWER else b""
    finally:
        finished = response.closed or not response.length_remaining
        response.release_conn() if finished else response.close()
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Answer(response.status, body + rest[:0], headers)


def _reason(error: Exception) -> str:
    """Without the address, which may have secrets in its query."""
    kind = type(error).__name__
    named = {"ConnectTimeoutError": "no connection in time", "ReadTimeoutError": "no answer in time"}
    return named.get(kind, f"no answer ({kind})")


class _Judged(NewConnectionError):
    """A name has an address that is not allowed."""


def _connected(connection: Any) -> socket.socket:
    """A socket to one of the judged addresses of the connection's host."""
    private = settings().private_addresses
    try:
        found = addresses.judged(connection.host, connection.port, addresses.system_resolver, private=private)
    except addresses.NotAllowed as refusal:
        raise _Judged(connection, str(refusal)) from None
    failure: OSError = OSError("no address")
    for address in found:
        try:
            connected = socket.create_connection((address, connection.port), CONNECT_SECONDS)
            # Headers and body are two writes: the second must not wait until the first is acknowledged.
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return connected
        except OSError as error:
            failure = error
    raise NewConnectionError(connection, f"no connection ({type(failure).__name__})") from failure


class _Connection(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return _connected(self)


class _SecureConnection(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return _connected(self)


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


@lru_cache(maxsize=1)
def _manager() -> urllib3.PoolManager:
    manager = urllib3.PoolManager(POOLS, maxsize=CONNECTIONS, ssl_context=ssl.create_default_context())
    manager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}
    return manager
