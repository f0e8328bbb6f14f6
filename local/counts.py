"""Counts of events, written every second. A function on AWS can do so only while it is called."""

import threading

from chalicelib import logs
from chalicelib.activity.tally import tally

EVERY_SECONDS = 1.0


class Counts:
    """A thread that writes what this process has counted."""

    def __init__(self) -> None:
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self._run, name="counts")

    def start(self) -> None:
        """Begin to write."""
        self.thread.start()

    def stop(self) -> None:
        """Write what is left, and end."""
        self.stopping.set()
        self.thread.join()
        tally.write()

    def _run(self) -> None:
        while not self.stopping.wait(EVERY_SECONDS):
            try:
                tally.write()
            except Exception:  # whatever it was, the next second may be better
                logs.error("counts not written")
