"""The changes of an entry: field by field, without secrets, and small whatever was changed. Plain functions."""

import json
from collections.abc import Iterable
from typing import Any

from ..differences import NOTHING, Difference
from ..masking import masked, sounds_secret

Changes = dict[str, dict[str, Any]]

LONGEST_VALUE = 1000  # characters, of a value as JSON when it is no text
LONGEST_PATH = 300
# Bytes of JSON in ASCII of all changes together. A pipeline may have 200,000; an entry stays one that a page of a
# hundred can have without being too large for an answer.
LARGEST_CHANGES = 20_000
REST = "…"  # in place of the paths that had no room


def recorded(differences: Iterable[Difference]) -> Changes:
    """What an entry says of the differences."""
    changes: Changes = {}
    room, left_out = LARGEST_CHANGES, 0
    for one in differences:
        path, change = _cut(one.path, LONGEST_PATH), {"old": _shown(one, one.before), "new": _shown(one, one.after)}
        room -= len(json.dumps({path: change}))
        if left_out or room < 0:
            left_out += 1
        else:
            changes[path] = change
    if left_out:
        changes[REST] = {"old": None, "new": f"{left_out:,} more fields"}
    return changes


def is_secret(difference: Difference) -> bool:
    """Whether the field, or what it is in, sounds like a secret."""
    return any(isinstance(step, str) and sounds_secret(step) for step in difference.steps)


def _shown(difference: Difference, value: Any) -> Any:
    if value is NOTHING:
        return None
    value = masked(value, secret=is_secret(difference))
    if isinstance(value, str):
        return _cut(value, LONGEST_VALUE)
    text = json.dumps(value, ensure_ascii=False)
    return _cut(text, LONGEST_VALUE) if len(text) > LONGEST_VALUE else value


def _cut(text: str, longest: int) -> str:
    if len(text) <= longest:
        return text
    return f"{text[:longest]}… ({len(text):,} characters)"
