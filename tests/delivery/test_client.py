"""The client for vendors: what it takes for an answer, what for none, and where it does not go."""

import socket

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
