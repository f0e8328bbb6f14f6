"""A vendor that does not answer is left alone for a while, so that nobody waits for it request after request."""

import threading
from collections import OrderedDict
from dataclasses import dataclass

from .. import clock

FAILURES = 3  # requests without an answer, one after the other
REST_MILLISECONDS = 30_000
MOST_KEPT = 10_000


@dataclass(slots=True)
class _Known:
    failures: int = 0
    rests_until: int = 0  # milliseconds since the epoch


class Breaker:
    """What one process knows of those to whom it sends, by their names."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._lock = threading.Lock()

    def rests(self, name: str) -> bool:
        """Whether nothing is to be sent there now."""
        with self._lock:
            known = self._known.get(name)
            return known is not None and known.rests_until > clock.milliseconds()

    def answered(self, name: str) -> None:
        """Say that there was an answer, whatever it was."""
        with self._lock:
            self._known.pop(name, None)

    def failed(self, name: str) -> None:
        """Say that there was none. After a rest one more failure makes the next."""
        with self._lock:
            known = self._known.setdefault(name, _Known())
            self._known.move_to_end(name)
            known.failures += 1
            if known.failures >= FAILURES:
                known.rests_until = clock.milliseconds() + REST_MILLISECONDS
            while len(self._known) > MOST_KEPT:
                self._known.popitem(last=False)

    def forget(self) -> None:
        """Forget everybody."""
        with self._lock:
            self._known.clear()


breaker = Breaker()
