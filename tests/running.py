"""The product as `make run` runs it: a server of its own, in its own process, on a free port."""

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from .client import PASSWORD, Api, Reply

ROOT = Path(__file__).parent.parent
START_SECONDS = 60
TOLD = ("PUBLIC_URL", "JWT_SECRET", "COLLECTOR_BUCKET", "EVENTS_BUCKET", "KMS_KEY_ID", "LIVE_EVENTS")  # by the run


class Running:
    """One running `python -m local run`, with its own state folder."""

    def __init__(self, state: Path, **environ: str) -> None:
        python = Path(os.environ.get("MINISTACK_PYTHON", ROOT / ".venv-aws/bin/python"))
        if not python.exists():
            pytest.skip(f"{python} is missing: `make test` installs the embedded AWS")
        self.state = state
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "STAGE"))}
        self.environ = {
            name: value for name, value in clean.items() if name not in TOLD and not name.endswith("_QUEUE_URL")
        } | {"MINISTACK_PYTHON": str(python), "PYTHONUNBUFFERED": "1"}
        self.environ |= environ
        command = [sys.executable, "-m", "local", "run", "--port", "0", "--state", str(state)]
        (state / "credentials.json").unlink(missing_ok=True)
        self.output = state.parent / f"{state.name}.output"
        with self.output.open("ab") as output:
            self.process = subprocess.Popen(command, cwd=ROOT, env=self.environ, stdout=output, stderr=output)
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not (self.state / "credentials.json").exists():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.process.kill()
                raise AssertionError(f"it did not start: {self.output.read_text(encoding='utf-8')}")
            time.sleep(0.05)

    @property
    def credentials(self) -> dict[str, Any]:
        """What it wrote for people and scripts."""
        return json.loads((self.state / "credentials.json").read_text(encoding="utf-8"))

    @property
    def url(self) -> str:
        """Where it is."""
        return self.credentials["url"]

    @property
    def refusals(self) -> list[str]:
        """The codes of all refused requests, as the log has them."""
        lines = (self.state / "logs" / "server.log").read_text(encoding="utf-8").splitlines()
        return [code for line in lines if (code := json.loads(line).get("code"))]

    @property
    def api(self) -> Api:
        """Its API, as the owner."""
        return Api(send_over_http(self.url), self.credentials["access_token"])

    def owner_of(self, org: str) -> Api:
        """Its API, as the owner of an organisation that the operator's command makes."""
        wanted = {"ORG": org, "EMAIL": f"owner@{org}.example", "ROLE": "owner", "PASSWORD": PASSWORD}
        command = [sys.executable, "-m", "local", "user", "--state", str(self.state)]
        subprocess.run(command, cwd=ROOT, env=self.environ | wanted, check=True, capture_output=True)
        return Api(send_over_http(self.url)).signed_in(wanted["EMAIL"])

    def stop(self) -> int:
        """Stop it as a person would; its exit code."""
        self.process.terminate()
        return self.process.wait(60)


class Beside:
    """A further process on the store of a running one: `serve` or `work`. It may be killed."""

    def __init__(self, running: Running, command: str, **environ: str) -> None:
        arguments = ["--port", "0"] if command == "serve" else []
        call = [sys.executable, "-m", "local", command, "--state", str(running.state), *arguments]
        self.process = subprocess.Popen(
            call, cwd=ROOT, env=running.environ | environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        line = self.process.stdout.readline()
        assert line.startswith(("Serving", "Working")), line + self.process.stdout.read()
        self.url = line.split()[1] if command == "serve" else ""

    def kill(self) -> None:
        """End it without a chance to finish anything."""
        self.process.kill()
        self.process.communicate()

    def stop(self) -> int:
        """Stop it as an operator would; its exit code."""
        self.process.terminate()
        self.process.communicate(timeout=60)
        return self.process.returncode


def send_over_http(url: str):
    """Requests to a running server."""

    def send(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        request = urllib.request.Request(url + path, body or None, dict(headers), method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return Reply(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as answer:
            return Reply(answer.code, answer.headers, answer.read())

    return send
