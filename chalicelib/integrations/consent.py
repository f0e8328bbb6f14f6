"""Whether an event may go to a vendor, judged again when it is delivered. Plain functions."""

from collections.abc import Mapping
from typing import Any

from .event_parts import context
from .vendor import Consent


def refusal(event: Mapping[str, Any], category: Consent) -> str:
    """Why the visitor's answer does not allow it; empty when it does. Without an answer, or with one that says nothing
    of the category, it is not allowed: only what is essential needs none."""
    if category == "essential":
        return ""
    answers = context(event).get("consent")
    if not isinstance(answers, Mapping):
        return f"the event has no consent, and {category} is needed"
    if answers.get(category) is True:
        return ""
    return f"consent to {category} is {'refused' if answers.get(category) is False else 'not given'}"
