"""Waiting: for how long, and how often one looks."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Clock:
    """The time that passes, in seconds; another one makes waiting quick."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    def until(self, found: Callable[[], Found], seconds: float, pause: float) -> Found:
        """What `found` finds at last: the first true answer, or after `seconds` the last one."""
        deadline = self.now() + seconds
        while not (answer := found()) and self.now() < deadline:
            self.sleep(pause)
        return answer


def minutes(seconds: float) -> str:
    """`75.2` → `1m15s`."""
    whole = int(seconds)
    return f"{whole // 60}m{whole % 60:02}s" if whole >= 60 else f"{whole}s"
