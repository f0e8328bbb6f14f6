"""A write that was done although its answer was lost: the SDK sends it again by itself, and that must not look like a
conflict (aws-sdk-java 2667 tells of one that does)."""

import contextlib
import os
import socket
import threading

import pytest

from ..client import path_of
from .conftest import use_another_aws
from .invariants import check


class LossyProxy:
    """Passes requests on to the store, and loses the answer to the first one of an operation by closing the
    connection."""

    def __init__(self, port: int, operation: str) -> None:
        self.port, self.operation, self.lost = port, operation.encode(), 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client: socket.socket) -> None:
        with client, socket.create_connection(("127.0.0.1", self.port)) as store:
            losing = threading.Event()
            threading.Thread(target=self.answer, args=(store, client, losing), daemon=True).start()
            while request := client.recv(1_000_000):
                if b"." + self.operation in request and not self.lost:
                    self.lost += 1
                    losing.set()
                store.sendall(request)

    def answer(self, store: socket.socket, client: socket.socket, losing: threading.Event) -> None:
        with contextlib.suppress(OSError):
            while part := store.recv(1_000_000):
                if losing.is_set():
                    client.shutdown(socket.SHUT_RDWR)
                    return
                client.sendall(part)


@pytest.fixture
def losing(engine, monkeypatch):
    """Lets the answer to the first request of an operation be lost from now on."""
    made = []

    def lose(operation: str) -> LossyProxy:
        url = engine.get("AWS_ENDPOINT_URL_DYNAMODB", engine["AWS_ENDPOINT_URL"])
        proxy = LossyProxy(int(url.rpartition(":")[2]), operation)
        made.append(proxy)
        monkeypatch.setitem(os.environ, "AWS_ENDPOINT_URL_DYNAMODB", proxy.url)
        use_another_aws()
        return proxy

    yield lose
    monkeypatch.undo()
    use_another_aws()
    for proxy in made:
        proxy.listener.close()


def test_a_create_whose_answer_was_lost_is_no_conflict(owner, tables, losing):
    proxy = losing("TransactWriteItems")
    created = owner.a_pipeline(slug="shop")
    assert proxy.lost == 1
    assert [pipeline["id"] for pipeline in check(tables, created["org_id"])] == [created["id"]]


def test_an_update_whose_answer_was_lost_is_done_once(owner, tables, losing):
    created = owner.a_pipeline()
    proxy = losing("TransactWriteItems")
    reply = owner.put(path_of(created), {"name": "New"})
    assert (reply.status, reply.headers["ETag"], proxy.lost) == (200, '"2"', 1)
    check(tables, created["org_id"])


def test_a_refresh_whose_answer_was_lost_is_no_token_used_twice(api, org, losing):
    login = {"email": f"owner@{org}.example", "password": "correct horse battery staple"}
    token = api.post("/v1/admin/auth/login", login).json["refresh_token"]
    proxy = losing("UpdateItem")
    reply = api.post("/v1/admin/auth/refresh", {"refresh_token": token})
    assert proxy.lost == 1
    assert reply.status == 200, reply.body
    assert api.post("/v1/admin/auth/refresh", {"refresh_token": reply.json["refresh_token"]}).status == 200
