"""MiniStack as a child process, for tests that deploy."""

import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

START_SECONDS = 30
STOP_SECONDS = 15


def emulator_python(root: Path) -> Path:
    """The Python that MiniStack is installed beside; skips the test when there is none."""
    python = root / os.environ.get("MINISTACK_PYTHON", ".venv-aws/bin/python")
    if not python.exists():
        pytest.skip(f"{python} is not there; MINISTACK_PYTHON names a Python with ministack and aws-sam-translator")
    wanted = subprocess.run([python, "-c", "import ministack, samtranslator"], capture_output=True)
    if wanted.returncode:
        pytest.skip(f"{python} lacks ministack or aws-sam-translator, which its CloudFormation needs for SAM")
    return python


class Emulator:
    """A running MiniStack on a port of its own, gone at the end of the `with`."""

    def __init__(self, python: Path, folder: Path, settings: dict[str, str]) -> None:
        self._port = _free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self._log = folder / "ministack.log"
        self._command = [python, "-m", "ministack"]
        # MiniStack hands its own environment on to the functions, which are to have only what they are told.
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        own = {"BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(self._port), "TMPDIR": str(folder)}
        self._environ = kept | own | {"IOT_MTLS_ENABLED": "0", "SFTP_ENABLED": "0"} | settings

    def __enter__(self) -> Self:
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(self._command, env=self._environ, stdout=log, stderr=log)
        deadline = time.monotonic() + START_SECONDS
        while not self._healthy():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.__exit__(None, None, None)
                raise RuntimeError(f"MiniStack did not start:\n{self._log.read_text()[-2000:]}")
            time.sleep(0.1)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def kill(self) -> None:
        """Let it be gone with all that it has, as a region is that fails."""
        self._process.kill()
        self._process.wait()

    def _healthy(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/_ministack/health", timeout=2) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
