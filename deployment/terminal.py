"""What people see: lines, and progress that is one line in a terminal and a few in the log of a build."""

import shutil
import sys
from typing import TextIO

from .waiting import Clock

LOG_PAUSE_SECONDS = 15.0  # between two lines of progress in a log
CLEAR_LINE = "\r\x1b[2K"


class Terminal:
    """Where it is written to."""

    def __init__(self, clock: Clock | None = None, out: TextIO | None = None) -> None:
        self._clock = clock or Clock()
        self._out = out or sys.stdout
        self._live = self._out.isatty()
        self._shown = ""
        self._logged_at = self._clock.now()

    @property
    def interactive(self) -> bool:
        """Whether somebody can be asked."""
        return self._live and sys.stdin.isatty()

    def ask(self, question: str) -> str:
        """What somebody types; nothing after Ctrl-D."""
        print(question, end="", file=self._out, flush=True)
        return sys.stdin.readline().strip()

    def say(self, text: str = "") -> None:
        """One line, or several."""
        self._clear()
        print(text, file=self._out, flush=True)

    def progress(self, text: str) -> None:
        """How far something is: in a terminal in place of what was shown before, in a log now and then."""
        if text == self._shown:
            return
        if self._live:
            width = shutil.get_terminal_size().columns - 1
            print(CLEAR_LINE + text[:width], end="", file=self._out, flush=True)
        elif self._clock.now() - self._logged_at >= LOG_PAUSE_SECONDS:
            print(text, file=self._out, flush=True)
            self._logged_at = self._clock.now()
        self._shown = text

    def done(self) -> None:
        """The progress is over: what is said next begins on a line of its own."""
        self._clear()
        self._logged_at = self._clock.now()

    def _clear(self) -> None:
        if self._live and self._shown:
            print(CLEAR_LINE, end="", file=self._out, flush=True)
        self._shown = ""
