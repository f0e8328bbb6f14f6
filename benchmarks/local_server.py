"""`make run`: memory of everything together when idle, and requests a second on one connection and on eight."""

import http.client
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .figure import Figure

SECONDS = 4.0
START_SECONDS = 60


def measure() -> Iterator[Figure]:
    """Memory and throughput of a running server."""
    with tempfile.TemporaryDirectory() as folder:
        state = Path(folder) / "state"
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "STAGE"))}
        clean = {name: value for name, value in clean.items() if not name.endswith("_QUEUE_URL")}
        for name in ("PUBLIC_URL", "JWT_SECRET", "COLLECTOR_BUCKET", "EVENTS_BUCKET", "KMS_KEY_ID", "LIVE_EVENTS"):
            clean.pop(name, None)
        command = [sys.executable, "-m", "local", "run", "--port", "0", "--state", str(state)]
        server = subprocess.Popen(command, env=clean, stdout=subprocess.DEVNULL)
        try:
            yield from measured(server.pid, started(state))
        finally:
            server.terminate()
            server.wait(60)


def started(state: Path) -> dict[str, Any]:
    """The credentials, once the server has written them."""
    deadline = time.monotonic() + START_SECONDS
    while not (state / "credentials.json").exists():
        if time.monotonic() > deadline:
            raise RuntimeError("the local server did not start")
        time.sleep(0.05)
    credentials: dict[str, Any] = json.loads((state / "credentials.json").read_text(encoding="utf-8"))
    return credentials


def measured(pid: int, credentials: dict[str, Any]) -> Iterator[Figure]:
    """The figures of the server."""
    yield Figure("make run, idle, everything together", memory(pid), 300, "MB", "resident size of both processes")
    for connections, budget in ((1, 200), (8, 400)):
        rate = requests_a_second(credentials, connections)
        name = f"local server, {connections} connection{'s' if connections > 1 else ''}: admin get"
        method = f"closed loop, {SECONDS:.0f} s, client on the same machine"
        yield Figure(name, rate, budget, "/s", method, more_is_better=True)


def memory(pid: int) -> float:
    """Megabytes of a process and its children."""
    listed = subprocess.run(["ps", "-eo", "pid,ppid,rss"], check=True, capture_output=True, text=True).stdout
    rows = [[int(field) for field in line.split()] for line in listed.splitlines()[1:]]
    return sum(rss for own, parent, rss in rows if pid in (own, parent)) / 1024


def requests_a_second(credentials: dict[str, Any], connections: int) -> float:
    """How many admin gets are answered."""
    host = credentials["url"].removeprefix("http://")
    headers = {"Authorization": f"Bearer {credentials['access_token']}", "Content-Type": "application/json"}
    first = http.client.HTTPConnection(host)
    first.request("POST", "/v1/admin/pipelines", json.dumps({"name": "Bench", "type": "web"}), headers)
    path = "/v1/admin/pipelines/" + json.load(first.getresponse())["id"]
    ends, counts = time.monotonic() + SECONDS, [0] * connections

    def work(number: int) -> None:
        connection = http.client.HTTPConnection(host)
        while time.monotonic() < ends:
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            answer.read()
            counts[number] += answer.status == 200

    threads = [threading.Thread(target=work, args=(number,)) for number in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / SECONDS
