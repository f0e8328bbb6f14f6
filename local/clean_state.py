"""Forgets a state folder: `python3 local/clean_state.py .local`. Deletes only what a run made, and only when unused."""

import fcntl
import os
import shutil
import sys
from pathlib import Path

FOLDERS = ("aws", "logs")
FILES = ("aws.json", "credentials.json", "environment.json", "secrets.json", "lock")


def main(folder: Path) -> int:
    """Delete the folder; returns the exit code."""
    if not folder.exists():
        print(f"{folder} is not there; nothing to forget.")
        return 0
    lock = folder / "lock"
    if not lock.is_file():
        print(f"{folder} is not a state folder; nothing was deleted.", file=sys.stderr)
        return 1
    descriptor = os.open(lock, os.O_RDWR)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print(f"{folder} is in use by process {lock.read_text(encoding='utf-8')}; stop it first.", file=sys.stderr)
        return 1
    for name in FOLDERS:
        shutil.rmtree(folder / name, ignore_errors=True)
    for name in FILES:
        (folder / name).unlink(missing_ok=True)
    others = ", ".join(sorted(file.name for file in folder.iterdir()))
    if others:
        print(f"{folder} is forgotten, except for what no run made: {others}.")
    else:
        folder.rmdir()
        print(f"{folder} is forgotten.")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
