"""Why something could not be packaged, deployed or destroyed, in one sentence."""

import subprocess
from collections.abc import Sequence
from pathlib import Path


class Failure(Exception):
    """What was asked for cannot be done; the message says what is wrong and what would be right."""


class PackagingFailed(Failure):
    """The package cannot be made."""


class DeploymentFailed(Failure):
    """The stage cannot be deployed or destroyed, or does not work."""


def run(
    command: Sequence[str | Path],
    failing: str,
    *,
    cwd: Path | None = None,
    env: dict[str, str] | None = None,
    last_lines: int = 1,
) -> None:
    """Run a command quietly; when it fails raise PackagingFailed with `failing` and the last lines it said."""
    done = subprocess.run(command, cwd=cwd, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        words = "\n".join(done.stdout.strip().splitlines()[-last_lines:])
        raise PackagingFailed(f"{failing}:\n{words}")
