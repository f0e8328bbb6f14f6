"""Progress is one line in a terminal, and a few lines without control characters in a log."""

import io

import pytest

from deployment.terminal import Terminal
from deployment.waiting import minutes

from .canned import a_clock


class Screen(io.StringIO):
    """Somebody looks at it."""

    def isatty(self):
        return True


def test_in_a_terminal_progress_takes_the_place_of_what_was_there(monkeypatch):
    monkeypatch.setenv("COLUMNS", "20")
    out = Screen()
    terminal = Terminal(a_clock(), out)
    terminal.progress("1 of 9")
    terminal.progress("2 of 9, and this is too long for the line")
    terminal.say("Done")
    assert out.getvalue() == "\r\x1b[2K1 of 9\r\x1b[2K2 of 9, and this is\r\x1b[2KDone\n"


def test_in_a_log_progress_is_told_now_and_then():
    out, clock = io.StringIO(), a_clock()
    terminal = Terminal(clock, out)
    for second in range(40):
        terminal.progress(f"{second} of 40")
        clock.sleep(1)
    terminal.done()
    terminal.say("Done")
    assert out.getvalue() == "15 of 40\n30 of 40\nDone\n"


@pytest.mark.parametrize(("seconds", "text"), [(0, "0s"), (59.9, "59s"), (75.2, "1m15s"), (3600, "60m00s")])
def test_how_long_it_takes(seconds, text):
    assert minutes(seconds) == text
