"""Setting up on a fresh machine: interrupted, half done, and told in words."""

import signal
import subprocess
import sys

import pytest

from ..running import ROOT

pytestmark = pytest.mark.slow


def heed_interrupts():
    """A shell that runs the tests in its background lets them, and so their children, ignore Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def install(tmp_path, requirements):
    """The command that makes `tmp_path/venv`, not yet waited for."""
    file = tmp_path / "requirements.txt"
    file.write_text(requirements, encoding="utf-8")
    command = [sys.executable, str(ROOT / "local/install.py"), str(tmp_path / "venv"), str(file)]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=heed_interrupts
    )


def test_an_interrupted_set_up_says_so_and_is_finished_by_the_next(tmp_path):
    with install(tmp_path, "# nothing\n") as interrupted:
        assert "Making the virtual environment" in interrupted.stdout.readline()
        interrupted.send_signal(signal.SIGINT)
        _, errors = interrupted.communicate(timeout=60)
        assert (interrupted.returncode, errors) == (130, "Interrupted; the next time goes on from here.\n")
    with install(tmp_path, "# nothing\n") as again:
        assert again.wait(120) == 0
    assert (tmp_path / "venv/bin/pip").exists()


def test_an_environment_without_pip_is_completed(tmp_path):
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "venv")], check=True)
    with install(tmp_path, "# nothing\n") as completed:
        assert completed.wait(120) == 0


def test_what_keeps_a_package_from_being_installed_is_told(tmp_path):
    with install(tmp_path, "no-such-folder @ file:///no/such/folder\n") as failed:
        _, errors = failed.communicate(timeout=120)
        assert failed.returncode == 1
        assert "/no/such/folder" in errors
        assert errors.rstrip().endswith("could not be installed; pip's own words are above.")


def test_an_environment_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "venv").write_text("a file", encoding="utf-8")
    with install(tmp_path, "# nothing\n") as failed:
        _, errors = failed.communicate(timeout=60)
        assert (failed.returncode, errors.count("\n")) == (1, 1)
        assert errors.startswith(f"Cannot set up: the virtual environment {tmp_path}/venv cannot be made (")
