"""The client for vendors: what it takes for an answer, what for none, and where it does not go."""

import socket
import threading
import time
from contextlib import suppress

import pytest

from chalicelib.delivery import client
from chalicelib.delivery.client import NoAnswer
from chalicelib.integrations import addresses
from chalicelib.integrations.addresses import NotAllowed
from chalicelib.integrations.vendor import HttpRequest
from chalicelib.settings import settings

from .stub_vendor import HANG, RESET, Reply, StubVendor


@pytest.fixture
def vendor(monkeypatch):
    """A vendor on the loopback, which the operator has allowed."""
    monkeypatch.setenv("DELIVER_TO_PRIVATE_ADDRESSES", "yes")
    settings.cache_clear()
    stub = StubVendor()
    yield stub
    stub.stop()
    settings.cache_clear()


def send(vendor, **fields):
    return client.send(
        HttpRequest(**{"method": "POST", "url": f"{vendor.url}/events?key=secret", "body": b"{}"} | fields)
    )


@pytest.mark.parametrize("status", [200, 204, 301, 302, 307, 400, 404, 429, 500, 503])
def test_every_status_is_an_answer_and_nothing_is_followed(vendor, status):
    vendor.answer(Reply(status, {"Location": "http://169.254.169.254/", "Retry-After": "7"}, b""))
    answer = send(vendor)
    assert (answer.status, answer.headers["retry-after"], len(vendor.requests)) == (status, "7", 1)


def test_a_huge_answer_is_read_as_far_as_anybody_looks(vendor):
    vendor.answer(Reply(200, {}, b"x" * 5_000_000), Reply(200, {}, b"next"))
    assert len(send(vendor).body) == client.LARGEST_ANSWER
    assert send(vendor).body == b"next"


def test_what_is_reset_is_no_answer_and_tells_no_secret(vendor):
    vendor.answer(RESET)
    with pytest.raises(NoAnswer) as failure:
        send(vendor)
    assert "secret" not in str(failure.value)


def test_what_does_not_answer_in_time_is_no_answer(vendor, monkeypatch):
    monkeypatch.setattr(client, "READ_SECONDS", 0.2)
    vendor.answer(HANG)
    with pytest.raises(NoAnswer, match="no answer in time"):
        send(vendor)


def test_nobody_at_a_port_is_no_answer(vendor):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(NoAnswer):
            send(vendor, url=f"http://127.0.0.1:{taken.getsockname()[1]}/")


def test_connections_are_used_again(vendor):
    for _ in range(3):
        send(vendor)
    assert len(vendor.requests) == 3


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "https://localhost/", "https://metadata.test/"])
def test_without_the_operators_word_nothing_goes_to_what_is_not_public(monkeypatch, url):
    monkeypatch.setattr(addresses, "system_resolver", lambda *_: ["127.0.0.1"])
    connected = []
    monkeypatch.setattr(socket, "create_connection", lambda *arguments: connected.append(arguments))
    with pytest.raises(NotAllowed):
        client.send(HttpRequest("POST", url))
    assert connected == []


def test_the_address_that_was_judged_is_the_one_that_is_connected_to(monkeypatch):
    answers = iter([["93.184.216.34"], ["127.0.0.1"]])
    monkeypatch.setattr(addresses, "system_resolver", lambda *_: next(answers))
    connected = []

    def refuse(address, _seconds):
        connected.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", refuse)
    with pytest.raises(NoAnswer):
        client.send(HttpRequest("POST", "https://rebound.example/"))
    with pytest.raises(NotAllowed):
        client.send(HttpRequest("POST", "https://rebound.example/"))
    assert connected == [("93.184.216.34", 443)]


def test_headers_that_depend_on_the_time_are_made_when_it_is_sent(vendor, monkeypatch):
    monkeypatch.setattr(client.clock, "timestamp", lambda: 1_771_582_000)
    send(vendor, headers={"x-a": "1"}, headers_at=lambda seconds: {"x-at": str(seconds)})
    assert (vendor.requests[0].headers["x-a"], vendor.requests[0].headers["x-at"]) == ("1", "1771582000")


class RawVendor:
    """A server that answers each connection's requests with given bytes, `seconds` between the pieces."""

    def __init__(self, pieces, seconds=0.0):
        self.connections = 0
        self._pieces, self._seconds = pieces, seconds
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._server.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection):
        with connection, suppress(OSError):
            while self._request(connection):
                for piece in self._pieces:
                    connection.sendall(piece)
                    time.sleep(self._seconds)

    def _request(self, connection):
        """The next request, empty when there is none."""
        request = b""
        while not request.endswith(b"{}"):
            got = connection.recv(65536)
            if not got:
                return b""
            request += got
        return request

    def stop(self):
        self._server.close()


HEAD = b"HTTP/1.1 200 OK\r\n"
DRIPPING = {
    "status": [b"H"] * 100,
    "headers": [HEAD, *[b"x: y\r\n"] * 90],
    "interim answers": [b"HTTP/1.1 100 Continue\r\n\r\n"] * 100,
    "body": [HEAD + b"Content-Length: 100\r\n\r\n", *[b"x"] * 100],
    "chunks": [HEAD + b"Transfer-Encoding: chunked\r\n\r\n", *[b"1\r\nx\r\n"] * 100],
    "body without an end": [HEAD + b"\r\n", *[b"x"] * 100],
}


@pytest.mark.parametrize("pieces", DRIPPING.values(), ids=DRIPPING.keys())
def test_a_vendor_that_sends_a_byte_now_and_then_is_not_waited_for(vendor, monkeypatch, pieces):
    monkeypatch.setattr(client, "READ_SECONDS", 0.3)
    raw = RawVendor(pieces, seconds=0.05)
    began = time.monotonic()
    with pytest.raises(NoAnswer, match="no answer in time"):
        send(raw)
    assert time.monotonic() - began < 1
    raw.stop()


def chunked(*sizes):
    return HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"".join(b"%x\r\n%s\r\n" % (n, b"x" * n) for n in (*sizes, 0))


@pytest.mark.parametrize(
    ("answer", "connections"),
    [
        (chunked(10), 1),
        (chunked(65536, 20), 3),
        (chunked(3_000_000), 3),
        (HEAD + b"Content-Length: 65536\r\n\r\n" + b"x" * 65536, 1),
    ],
    ids=["short", "a little too long", "much too long", "as long as may be"],
)
def test_a_connection_is_used_again_only_if_nothing_of_the_answer_is_left_in_it(vendor, answer, connections):
    raw = RawVendor([answer])
    for _ in range(3):
        assert send(raw).status == 200
    assert raw.connections == connections
    raw.stop()


ODD = {
    "two lengths": HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nx",
    "a length below zero": HEAD + b"Content-Length: -5\r\n\r\nx",
    "a length of many digits": HEAD + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\nx",
    "a chunk that is none": HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nx",
    "a chunk of no size": HEAD + b"Transfer-Encoding: chunked\r\n\r\n-1\r\nx\r\n",
    "a header that is too long": HEAD + b"x: " + b"y" * 70_000 + b"\r\n\r\n",
    "too many headers": HEAD + b"x: y\r\n" * 200 + b"\r\n",
    "a header that is none": HEAD + b"no header at all\r\nContent-Length: 0\r\n\r\n",
    "no HTTP": b"SSH-2.0-OpenSSH_9.9\r\n",
    "nothing": b"",
}


@pytest.mark.parametrize("answer", ODD.values(), ids=ODD.keys())
def test_an_odd_answer_is_an_answer_or_none_and_tells_no_secret(vendor, monkeypatch, caplog, answer):
    monkeypatch.setattr(client, "READ_SECONDS", 0.3)
    raw = RawVendor([answer])
    told = ""
    try:
        send(raw)
    except NoAnswer as failure:
        told = str(failure)
    assert "secret" not in told + caplog.text
    raw.stop()


def test_a_header_replaces_one_of_the_same_name_in_whatever_case(vendor):
    send(vendor, headers={"user-agent": "mine"})
    assert vendor.requests[0].headers["user-agent"] == "mine"


@pytest.mark.parametrize("host", ["a..example", "a" * 64 + ".example", "nul\x00.example"])
def test_what_can_be_no_name_is_not_allowed(vendor, host):
    with pytest.raises(NotAllowed):
        client.send(HttpRequest("POST", f"http://{host}/"))


def test_a_resolver_that_hangs_is_not_waited_for(vendor, monkeypatch):
    monkeypatch.setattr(client, "CONNECT_SECONDS", 0.2)
    monkeypatch.setattr(addresses, "system_resolver", lambda *_: time.sleep(5))
    began = time.monotonic()
    with pytest.raises(NoAnswer):
        client.send(HttpRequest("POST", "https://slow.example/"))
    assert time.monotonic() - began < 1


def test_all_addresses_of_a_name_together_have_the_time_of_one(vendor, monkeypatch):
    monkeypatch.setattr(client, "CONNECT_SECONDS", 0.2)
    monkeypatch.setattr(addresses, "system_resolver", lambda *_: [f"93.184.216.{number}" for number in range(100)])
    tried = []

    def hang(address, seconds):
        tried.append(address)
        time.sleep(min(seconds, 0.15))
        raise TimeoutError

    monkeypatch.setattr(socket, "create_connection", hang)
    with pytest.raises(NoAnswer):
        client.send(HttpRequest("POST", "https://many.example/"))
    assert len(tried) <= 2


@pytest.mark.parametrize("kind", [client._Connection, client._SecureConnection])
def test_a_vendor_that_takes_a_request_byte_by_byte_is_not_waited_for(monkeypatch, kind):
    class Slow:
        def settimeout(self, seconds):
            pass

        def send(self, _rest):
            time.sleep(0.02)
            return 1

    monkeypatch.setattr(client, "CONNECT_SECONDS", 0.1)
    connection = kind("vendor.example", 443)
    connection.sock = Slow()
    with pytest.raises(TimeoutError):
        connection.send(b"x" * 1000)
    connection.sock = None


def test_a_large_request_arrives_whole(vendor):
    body = b"[" + b"1," * 2_000_000 + b"1]"
    send(vendor, body=body)
    assert vendor.requests[0].body == body
