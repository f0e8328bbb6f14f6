"""What the entrances of this process let in and refused, counted in memory and written now and then.

A process that is killed loses what it has not written. For events that were let in this does not matter for long: the
processor counts each again when it settles it.
"""

import threading
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from .. import aws, clock, logs
from . import counters

WRITTEN_EVERY_SECONDS = 5.0  # while events come; a function that nobody calls does nothing
REFUSALS_WRITTEN_EVERY_SECONDS = 1.0  # somebody may look for them: the first is written at once
MOST_SLOTS = 10_000

Slot = tuple[str, str]  # pipeline id, minute


class Tally:
    """The counts of one process."""

    def __init__(self) -> None:
        self._counts: dict[Slot, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        self._lock = threading.Lock()
        self._due_at = self._refusals_due_at = 0.0

    def let_in(self, pipeline_id: str, received_at: Iterable[str]) -> None:
        """Count events that the queue has taken, at the times that they have themselves: the processor counts them
        there, and a minute may end in between."""
        for minute, events in Counter(each[: counters.LENGTH[counters.MINUTE]] for each in received_at).items():
            self._keep((pipeline_id, minute), {counters.LET_IN: events})
        now = clock.now().timestamp()
        self._due_at = self._due_at or now + WRITTEN_EVERY_SECONDS
        if now >= self._due_at:
            self.write()

    def proven(self, pipeline_id: str, secret_prefix: str) -> None:
        """Count a request by somebody who has the secret with this prefix; written with its events."""
        self._count(pipeline_id, counters.BY_SECRET + secret_prefix, 1)

    def refused(self, pipeline_id: str, code: str, events: int) -> None:
        """Count events that were refused, under the code of the error."""
        self._count(pipeline_id, counters.REFUSED + code, events)
        if clock.now().timestamp() >= self._refusals_due_at:
            self.write()

    def write(self) -> None:
        """Write what was counted. What cannot be written now is kept for the next time."""
        with self._lock:
            counts, self._counts = self._counts, defaultdict(lambda: defaultdict(int))
            self._due_at, self._refusals_due_at = 0.0, clock.now().timestamp() + REFUSALS_WRITTEN_EVERY_SECONDS
        for slot, of_slot in counts.items():
            try:
                counters.mark(*slot)
                counters.add(*slot, of_slot)
            except Exception as error:
                if not aws.unavailable(error):
                    raise
                logs.error("counts not written", pipeline_id=slot[0])
                self._keep(slot, of_slot)

    def forget(self) -> None:
        """Forget what was counted."""
        with self._lock:
            self._counts.clear()
            self._due_at = self._refusals_due_at = 0.0

    def _count(self, pipeline_id: str, name: str, events: int) -> None:
        self._keep((pipeline_id, clock.now().isoformat()[: counters.LENGTH[counters.MINUTE]]), {name: events})

    def _keep(self, slot: Slot, counts: dict[str, Any]) -> None:
        with self._lock:
            if len(self._counts) >= MOST_SLOTS and slot not in self._counts:
                return
            for name, count in counts.items():
                self._counts[slot][name] += count


tally = Tally()
