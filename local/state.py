"""The state folder: everything that is there again after a restart, and who is using it."""

import fcntl
import json
import os
import secrets
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .problem import Problem

DEFAULT_FOLDER = Path(".local")
SAVING_SECONDS = 30  # how long an embedded AWS that was left alone may take to save and go


class State:
    """One state folder. Files in it that hold secrets are for their owner's eyes only."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.logs = folder / "logs"
        self.aws = folder / "aws"
        self.lock_file = folder / "lock"
        self.lock: int | None = None

    def make(self) -> None:
        """Make the folder. Raises Problem when it cannot be used."""
        try:
            for folder in (self.folder, self.logs, self.aws):
                folder.mkdir(0o700, parents=True, exist_ok=True)
            probe = self.folder / "writable"
            probe.write_text("", encoding="utf-8")
            probe.unlink()
        except FileExistsError:
            raise Problem(f"STATE {self.folder} is not a folder; choose another with STATE=…") from None
        except OSError as error:
            raise Problem(
                f"STATE {self.folder} cannot be used ({error.strerror}); choose another with STATE=…"
            ) from None

    def take(self) -> None:
        """Use the folder alone, waiting for an embedded AWS that is still saving.

        Raises Problem, naming the process that uses it.
        """
        try:
            descriptor = os.open(self.lock_file, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise Problem(f"{self.lock_file} cannot be used ({error.strerror}); delete it") from None
        deadline = time.monotonic() + SAVING_SECONDS
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                self._refuse_if_used()
                if time.monotonic() > deadline:
                    raise Problem(f"STATE {self.folder} is still being saved by an earlier run; try again") from None
                time.sleep(0.1)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        os.set_inheritable(descriptor, True)  # the embedded AWS keeps the lock until it has saved
        self.lock = descriptor

    def user(self) -> int | None:
        """The process that runs on this folder, or None."""
        try:
            pid = int(self.lock_file.read_text(encoding="utf-8"))
            os.kill(pid, 0)
        except (OSError, ValueError):
            return None
        return None if self._is_free() else pid

    def _is_free(self) -> bool:
        descriptor = os.open(self.lock_file, os.O_RDWR)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        finally:
            os.close(descriptor)
        return True

    def _refuse_if_used(self) -> None:
        pid = self.user()
        if pid is not None:
            raise Problem(f"STATE {self.folder} is in use by process {pid}; stop that one or choose another STATE=…")

    def read(self, name: str) -> dict[str, Any]:
        """A JSON file of the folder; an empty object when there is none. Raises Problem when it is broken."""
        file = self.folder / name
        try:
            content = json.loads(file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError):
            content = None
        if not isinstance(content, dict):
            raise Problem(f"{file} is broken; delete it, or start anew with `make clean-state`")
        return content

    def write(self, name: str, content: Mapping[str, Any]) -> None:
        """Write a JSON file whole or not at all."""
        file = self.folder / name
        part = file.with_suffix(".part")
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            json.dump(content, stream, indent=2)
            stream.write("\n")
        part.replace(file)

    def secret(self, name: str) -> str:
        """A random secret of this folder, made when first asked for."""
        kept = self.read("secrets.json")
        if name not in kept:
            kept[name] = secrets.token_urlsafe(36)
            self.write("secrets.json", kept)
        return str(kept[name])
