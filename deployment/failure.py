"""Why a package could not be made, in one sentence."""

import subprocess
from collections.abc import Sequence
from pathlib import Path


class PackagingFailed(Exception):
    """The package cannot be made; the message says what is wrong and what would be right."""


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
