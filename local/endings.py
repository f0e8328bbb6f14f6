"""What ends a process at a terminal: a signal, and the end of the terminal or of the `make` that started it."""

import os
import signal
import threading
import time
from collections.abc import Callable

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
LOOK_SECONDS = 0.5
STDIN = 0


def stop_when_told(stop: Callable[[], None]) -> None:
    """Let Ctrl-C, SIGTERM, a closed terminal and a killed `make` end this process in good order.

    The last two are not always told by a signal: `make` keeps a SIGHUP to itself and waits for us, and nobody hears
    of its SIGKILL.
    """
    for number in SIGNALS:
        signal.signal(number, lambda *_: stop())
    signs = _signs_of_the_end()
    if signs:
        threading.Thread(target=_watch, args=(signs, stop), daemon=True).start()


def _signs_of_the_end() -> list[Callable[[], bool]]:
    signs: list[Callable[[], bool]] = []
    if "MAKELEVEL" in os.environ:
        parent = os.getppid()
        signs.append(lambda: os.getppid() != parent)
    if _in_foreground():
        signs.append(lambda: not os.isatty(STDIN))
    return signs


def _in_foreground() -> bool:
    """Whether the terminal is ours: what was put into the background may outlive it."""
    try:
        return os.tcgetpgrp(STDIN) == os.getpgrp()
    except OSError:
        return False


def _watch(signs: list[Callable[[], bool]], stop: Callable[[], None]) -> None:
    while not any(sign() for sign in signs):
        time.sleep(LOOK_SECONDS)
    stop()
