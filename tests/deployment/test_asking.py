"""What is asked before something is destroyed, by the real command in a terminal."""

import os
import pty
import subprocess
import sys

import pytest

from ..infrastructure.conftest import ROOT
from ..infrastructure.deployment_to_emulator import environment
from .world import World

pytestmark = pytest.mark.slow


def in_a_terminal(world: World, typed: list[str], *arguments: str) -> tuple[int, str]:
    """Run the command in a terminal, where somebody types; its exit status, and what is on the screen."""
    ours, theirs = pty.openpty()
    line = [sys.executable, "-m", "deployment.destroy", "--stage", "asked", *arguments]
    process = subprocess.Popen(
        line, cwd=ROOT, env=environment(world.endpoint), stdin=theirs, stdout=theirs, stderr=subprocess.STDOUT
    )
    os.close(theirs)
    screen = b""
    while True:
        try:
            screen += os.read(ours, 1000)
        except OSError:  # the other end is closed
            break
        if typed and screen.endswith(b": "):
            os.write(ours, f"{typed.pop(0)}\n".encode())
            screen += b"|"
    os.close(ours)
    return process.wait(), screen.decode().replace("\r\n", "\n")


@pytest.fixture(scope="module")
def deployed(world: World) -> None:
    done = world.deploy("asked")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ([""], []),
        (["prod"], []),
        (["asked", "asked"], ["--data", "delete"]),
    ],
    ids=["nothing", "another stage", "the stage a second time"],
)
def test_anything_but_the_right_words_destroys_nothing(
    world: World, deployed: None, typed: list[str], asked: list[str]
) -> None:
    status, screen = in_a_terminal(world, typed, *asked)
    assert (status, "error: Nothing was done" in screen) == (1, True), screen
    assert "AWS::Lambda::Function" in world.types("asked")


def test_data_is_deleted_after_two_different_answers(world: World, deployed: None) -> None:
    status, screen = in_a_terminal(world, ["asked", "delete the data of asked"], "--data", "delete")
    assert status == 0, screen
    assert screen.index("What is lost for good") < screen.index("To destroy stage asked, type its name: |")
    assert "To lose all that for good, type `delete the data of asked`: |" in screen
    assert world.stack("asked") is None
