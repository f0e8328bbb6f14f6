"""An event on its way to one integration."""

from dataclasses import dataclass, field
from typing import Any

from .. import clock
from .table import DeadLetter

BLOCK = 100  # events of a queue message whose outcomes are in one row
LONGEST_REASON = 300  # characters


@dataclass(frozen=True, slots=True)
class Destination:
    """Where events go."""

    org_id: str
    pipeline_id: str
    integration_id: str
    revision: int = 0


@dataclass(slots=True)
class Task:
    """An event that is to be delivered. `letter` is its dead letter, when it is sent again from there."""

    place: str
    event: dict[str, Any]
    letter: DeadLetter | None = None
    verdict: str = ""  # empty until it is known
    code: str = ""
    reason: str = ""
    numbers: tuple[str, int] = field(init=False)

    def __post_init__(self) -> None:
        self.numbers = numbers(self.place)

    @property
    def block(self) -> str:
        """The row that it is in."""
        return self.numbers[0]

    @property
    def number(self) -> int:
        """Its place in the row."""
        return self.numbers[1]

    def end(self, verdict: str, code: str = "", reason: str = "") -> None:
        """Decide what becomes of it."""
        self.verdict, self.code, self.reason = verdict, code, reason[:LONGEST_REASON]


def numbers(place: str) -> tuple[str, int]:
    """The row that an event has a letter in, and which."""
    message, _, index = place.rpartition("#")
    return f"{message}#{int(index) // BLOCK}", int(index) % BLOCK


def message_about(org_id: str, pipeline_id: str, integration_id: str, *, watched: bool) -> dict[str, Any]:
    """What a message of the deliveries queue says of its events."""
    return {
        "org_id": org_id,
        "pipeline_id": pipeline_id,
        "integration_id": integration_id,
        "watched": watched,
        "attempt": 1,
        "since": clock.milliseconds(),
    }
