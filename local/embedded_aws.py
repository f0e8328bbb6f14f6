"""The embedded AWS: MiniStack, as a child process on the loopback, with its state in the state folder."""

import json
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

from .problem import Problem
from .state import State

START_SECONDS = 30
STOP_SECONDS = 60  # it saves its state first
CHILD = Path(__file__).with_name("ministack_child.py")
PYTHON = Path(".venv-aws/bin/python")


class EmbeddedAws:
    """One running MiniStack."""

    def __init__(self, state: State, python: Path = PYTHON) -> None:
        self.state = state
        self.python = Path(os.environ.get("MINISTACK_PYTHON") or python)
        self.port = free_port(_port_of_last_time(state))
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers. Raises Problem."""
        if not self.python.exists():
            raise Problem(f"The embedded AWS is not installed ({self.python} is missing); use `make run`")
        self._refuse_broken_state()
        log = self.state.logs / "aws.log"
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                [str(self.python.absolute()), str(CHILD)],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                env=self._environment(),
                start_new_session=True,  # Ctrl-C is for us; it stops after we have finished with it
                pass_fds=[self.state.lock] if self.state.lock is not None else [],
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise Problem(f"The embedded AWS did not start; its log is {log}")
            time.sleep(0.02)
        self.state.write("aws.json", {"port": self.port})

    def stop(self) -> bool:
        """Let it save its state and stop; False when it did not in time."""
        if self.process is None:
            return True
        if self.process.stdin:
            self.process.stdin.close()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            return False
        return True

    def _refuse_broken_state(self) -> None:
        """It would begin anew without a word, and write over what could have been mended."""
        for file in sorted((self.state.aws / "state").glob("*.json")):
            self.state.read(str(file.relative_to(self.state.folder)))

    def _environment(self) -> dict[str, str]:
        folder = self.state.aws.absolute()
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        return kept | {
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(self.port),
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "PERSIST_STATE": "1",
            "STATE_DIR": str(folder / "state"),
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(folder / "s3"),
            "LOG_LEVEL": "WARNING",
        }

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/_ministack/health", timeout=1) as answer:
                return bool(json.load(answer).get("services"))
        except (OSError, ValueError, urllib.error.URLError):
            return False


def _port_of_last_time(state: State) -> int:
    port = state.read("aws.json").get("port")
    return port if isinstance(port, int) and 0 < port <= 65_535 else 0


def free_port(preferred: int = 0) -> int:
    """A free port of the loopback, the preferred one if it is."""
    for port in (preferred, 0):
        with socket.socket() as probe:
            try:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(("127.0.0.1", port))
                return int(probe.getsockname()[1])
            except OSError:
                continue
    raise Problem("No free port on 127.0.0.1 for the embedded AWS")
