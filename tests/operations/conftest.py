"""A run of the product that operators' commands work on."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def operate(running):
    """Run an operator's command on the running product, to its end."""

    def run(command, *arguments):
        line = [sys.executable, "-m", "operations", command, "--stage", "local", "--state", str(running.state)]
        return subprocess.run([*line, *arguments], cwd=ROOT, env=running.environ, capture_output=True, text=True)

    return run
