"""Whether an event goes to an integration, and as what. Plain functions: judged when events are handed over, again when
they are delivered, and when somebody asks what would be sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from . import consent, mapping
from .mapping import EventMapping
from .vendor import Consent, Outgoing

CONSENT, NOT_MAPPED = "CONSENT", "NOT_MAPPED"


@dataclass(frozen=True, slots=True)
class Withheld:
    """An event that does not go to the integration, by its rules or the visitor's answer."""

    code: str
    reason: str


def decided(category: Consent, mappings: EventMapping, event: Mapping[str, Any]) -> Outgoing | Withheld:
    """The event as the vendor gets it, or why it does not."""
    reason = consent.refusal(event, category)
    if reason:
        return Withheld(CONSENT, reason)
    found = mapping.mapped(mappings, event)
    return found if isinstance(found, Outgoing) else Withheld(NOT_MAPPED, found.reason)
