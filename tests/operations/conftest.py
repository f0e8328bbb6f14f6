"""A run of the product that operators' commands work on."""

import subprocess
import sys
from pathlib import Path

import pytest

from operations.taking_elsewhere import passphrase, sealed_file

from .stages import PASSPHRASE, Stages

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def operate(running):
    """Run an operator's command on the running product, to its end."""

    def run(command, *arguments, **environ):
        line = [sys.executable, "-m", "operations", command, "--stage", "local", "--state", str(running.state)]
        told = running.environ | environ
        return subprocess.run([*line, *arguments], cwd=ROOT, env=told, capture_output=True, text=True)

    return run


@pytest.fixture
def stages(moto_aws, pristine_aws, tmp_path, monkeypatch):
    """An empty stage, and others to go to; with a passphrase that is quickly tried, for nobody attacks it."""
    monkeypatch.setenv(passphrase.VARIABLE, PASSPHRASE)
    monkeypatch.setattr(sealed_file, "COST", 2)
    return Stages(pristine_aws, tmp_path)
