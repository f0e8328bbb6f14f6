"""What is packaged and deployed once for all tests that look at it."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from .deployment_to_emulator import Deployed, deploy
from .emulator import Emulator, emulator_python

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Package:
    """A folder that `python -m deployment.package` wrote."""

    folder: Path

    @property
    def bundle(self) -> Path:
        return self.folder / "deployment.zip"

    def read(self, name: str) -> Any:
        return json.loads((self.folder / name).read_text())


def make_package(folder: Path, platform: str) -> Package:
    command = [sys.executable, "-m", "deployment.package", "--stage", "dev", "--platform", platform]
    done = subprocess.run([*command, "--out", folder], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return Package(folder)


@pytest.fixture(scope="session")
def packaged(tmp_path_factory: pytest.TempPathFactory) -> Package:
    """The package for Lambda."""
    return make_package(tmp_path_factory.mktemp("package"), "lambda")


@pytest.fixture(scope="session")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """The package for this machine, deployed to MiniStack with IAM enforced."""
    python = emulator_python(ROOT)
    package = make_package(tmp_path_factory.mktemp("local-package"), "local")
    with Emulator(python, tmp_path_factory.mktemp("emulator"), {"AUTH": "true"}) as emulator:
        yield deploy(package.folder, emulator.url)
