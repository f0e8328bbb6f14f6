"""What is packaged and started once for all tests that deploy."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ..infrastructure.conftest import ROOT, make_package
from ..infrastructure.emulator import Emulator, emulator_python
from .world import World


@pytest.fixture(scope="session")
def local_package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package for this machine."""
    return make_package(tmp_path_factory.mktemp("package"), "local").folder


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, local_package: Path) -> Iterator[World]:
    """An AWS in which nothing is deployed yet."""
    python = emulator_python(ROOT)
    with Emulator(python, tmp_path_factory.mktemp("emulator"), {}) as emulator:
        yield World(emulator.url, local_package, tmp_path_factory.mktemp("packages"))
