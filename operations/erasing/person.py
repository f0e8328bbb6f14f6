"""Which events are a person's: by the ids that they were seen under. Plain functions."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Person:
    """The ids of one person: as a user, and of the devices that nobody else was seen on."""

    users: frozenset[str]
    devices: frozenset[str]

    def has(self, event: Mapping[str, Any]) -> bool:
        """Whether an event is the person's. One with the user id of another is the other's, whatever the device."""
        previous = text(event, "previousId")
        if previous in self.users:
            return True
        if user := text(event, "userId"):
            return user in self.users
        return any(device in self.devices for device in devices_of(event))


class Everybody:
    """All events, whose ever they are."""

    users: frozenset[str] = frozenset()

    def has(self, event: Mapping[str, Any]) -> bool:  # noqa: ARG002 - as a person's
        """Whether an event is meant: each is."""
        return True


def devices_of(event: Mapping[str, Any]) -> Iterator[str]:
    """The ids that an event has beside its user's: the anonymous ones, the one before an alias, the cookie's."""
    context = event.get("context")
    found = (text(event, "anonymousId"), text(event, "previousId"))
    yield from filter(None, (*found, text(context, "firstPartyId") if isinstance(context, Mapping) else ""))


def text(event: Mapping[str, Any], field: str) -> str:
    """A field's text; empty where it has none."""
    value = event.get(field)
    return value if isinstance(value, str) else ""
