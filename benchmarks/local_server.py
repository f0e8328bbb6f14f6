"""`make run`: memory of everything together when idle, and requests a second on one connection and on eight, against
bare waitress over the same AWS, in turn with it."""

import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .figure import RATIO, SIZE, Figure
from .lists import owner_of

ROUNDS, SECONDS = 5, 1.0
START_SECONDS = 60
LEAST = {1: 200.0, 8: 400.0}  # requests a second, by connections
LEAST_OF_BARE = 0.5


@dataclass(frozen=True)
class Target:
    """What is asked for, again and again."""

    url: str
    path: str
    token: str

    def connection(self) -> http.client.HTTPConnection:
        """A new connection to its server."""
        return http.client.HTTPConnection(self.url.removeprefix("http://"))

    def headers(self) -> dict[str, str]:
        """What every request has."""
        return {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}


def measure() -> Iterator[Figure]:
    """Memory and throughput of a running server."""
    with tempfile.TemporaryDirectory() as folder:
        state = Path(folder) / "state"
        command = [sys.executable, "-m", "local", "run", "--port", "0", "--state", str(state)]
        server = subprocess.Popen(command, env=clean_environment(), stdout=subprocess.DEVNULL)
        try:
            credentials = started(state)
            method = "resident size of both processes"
            yield Figure("make run, idle, everything together", memory(server.pid), 300, "MB", method, fails_at=SIZE)
            yield from throughput(state, credentials)
        finally:
            server.terminate()
            server.wait(60)


def clean_environment() -> dict[str, str]:
    """This process's, without what would lead the server to another AWS."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "STAGE"))}
    clean = {name: value for name, value in clean.items() if not name.endswith("_QUEUE_URL")}
    for name in ("PUBLIC_URL", "JWT_SECRET", "COLLECTOR_BUCKET", "EVENTS_BUCKET", "KMS_KEY_ID", "LIVE_EVENTS"):
        clean.pop(name, None)
    return clean


def started(state: Path) -> dict[str, Any]:
    """The credentials, once the server has written them."""
    deadline = time.monotonic() + START_SECONDS
    while not (state / "credentials.json").exists():
        if time.monotonic() > deadline:
            raise RuntimeError("the local server did not start")
        time.sleep(0.05)
    credentials: dict[str, Any] = json.loads((state / "credentials.json").read_text(encoding="utf-8"))
    return credentials


def memory(pid: int) -> float:
    """Megabytes of a process and its children."""
    listed = subprocess.run(["ps", "-eo", "pid,ppid,rss"], check=True, capture_output=True, text=True).stdout
    rows = [[int(field) for field in line.split()] for line in listed.splitlines()[1:]]
    return sum(rss for own, parent, rss in rows if pid in (own, parent)) / 1024


def throughput(state: Path, credentials: dict[str, Any]) -> Iterator[Figure]:
    """Requests a second, by themselves and against the bare server."""
    own = a_pipeline_of(credentials)
    with bare_server(state, own) as bare:
        for connections, least in LEAST.items():
            rates = list(in_turn(own, bare, connections))
            name = f"local server, {connections} connection{'s' if connections > 1 else ''}: admin get"
            method = f"closed loop, client on the same machine, median of {ROUNDS} × {SECONDS:.0f} s"
            median = statistics.median(rate for rate, _ in rates)
            yield Figure(name, median, least, "/s", method, more_is_better=True)
            ratio, method = statistics.median(rate / bare_rate for rate, bare_rate in rates), "in turn, median"
            yield Figure(
                f"{name}, against bare", ratio, LEAST_OF_BARE, "×", method, more_is_better=True, fails_at=RATIO
            )


def a_pipeline_of(credentials: dict[str, Any]) -> Target:
    """A new pipeline, to be got."""
    collection = Target(credentials["url"], "/v1/admin/pipelines", credentials["access_token"])
    connection = collection.connection()
    connection.request("POST", collection.path, json.dumps({"name": "Bench", "type": "web"}), collection.headers())
    created = json.load(connection.getresponse())["id"]
    return Target(collection.url, f"{collection.path}/{created}", collection.token)


@contextmanager
def bare_server(state: Path, own: Target) -> Iterator[Target]:
    """The same pipeline at bare waitress."""
    org_id, pipeline_id = owner_of(own.token), own.path.rpartition("/")[2]
    command = [sys.executable, "-m", "benchmarks.bare_server", str(state), org_id, pipeline_id]
    with subprocess.Popen(command, env=clean_environment(), stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        try:
            yield Target(server.stdout.readline().strip(), own.path, own.token)
        finally:
            server.terminate()


def in_turn(own: Target, bare: Target, connections: int) -> Iterator[tuple[float, float]]:
    """Requests a second of both, round by round, so that what else the machine does falls on both."""
    for target in (own, bare):  # warm
        requests_a_second(target, connections)
    for _ in range(ROUNDS):
        yield requests_a_second(own, connections), requests_a_second(bare, connections)


def requests_a_second(target: Target, connections: int) -> float:
    """How many requests are answered."""
    ends, counts = time.monotonic() + SECONDS, [0] * connections

    def work(number: int) -> None:
        connection = target.connection()
        while time.monotonic() < ends:
            connection.request("GET", target.path, headers=target.headers())
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                raise RuntimeError(f"{target.url} answered {answer.status}")
            counts[number] += 1

    threads = [threading.Thread(target=work, args=(number,)) for number in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / SECONDS
