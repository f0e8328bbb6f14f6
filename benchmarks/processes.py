"""Figures of fresh processes: import time of the product, memory of one that serves a large list, size of the zip."""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from .engine import Function
from .figure import COUNT, RATIO, SIZE, Figure

RUNS = 9
# Lambda's package has no cryptography, which PyJWT would import if it were there.
LAMBDA = "import sys; sys.modules['cryptography'] = None; "
FRAMEWORK = "import chalice; from pynamodb.connection import Connection; Connection(region='us-east-1').client"
LARGE_LIST = """
import os, resource
from benchmarks.engine import Function
import app
function = Function(app.app, os.environ["TOKEN"], [])
for _ in range(3):
    answer = function.call("GET", "/v1/admin/pipelines", query={"limit": ["100"]})
assert answer["total"] >= 10_000
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def measure(function: Function) -> Iterator[Figure]:
    """Import time, memory and size."""
    ratios = [seconds("import app") / seconds(FRAMEWORK) for _ in range(RUNS)]
    method = f"fresh processes, {RUNS} pairs, median"
    name = "import of app, against chalice + pynamodb client"
    yield Figure(name, statistics.median(ratios), 1.4, "×", method, fails_at=RATIO)
    name = "memory of a process that lists 10,000"
    yield Figure(name, large_list(function), 200, "MB", "ru_maxrss", fails_at=SIZE)
    yield Figure("Lambda zip", zip_size(), 3_000_000, "B", "deployment.package", fails_at=COUNT)


def seconds(code: str) -> float:
    """CPU seconds of a fresh Python that runs the code, without Python's own start."""
    return run(LAMBDA + code) - run("pass")


def run(code: str) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def large_list(function: Function) -> float:
    """Megabytes of a fresh process that serves the list of ten thousand."""
    ended = subprocess.run(
        [sys.executable, "-c", LARGE_LIST],
        check=True,
        capture_output=True,
        text=True,
        env=os.environ | {"TOKEN": function.token},
    )
    return int(ended.stdout.splitlines()[-1]) / 1024


def zip_size() -> float:
    """Bytes of the package for Lambda."""
    with tempfile.TemporaryDirectory() as folder:
        started = time.monotonic()
        command = [sys.executable, "-m", "deployment.package", "--out", folder]
        clean = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        subprocess.run(command, check=True, capture_output=True, env=clean)
        print(f"(packaged in {time.monotonic() - started:.0f} s)", file=sys.stderr)
        return float((Path(folder) / "deployment.zip").stat().st_size)
