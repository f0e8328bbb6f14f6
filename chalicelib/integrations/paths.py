"""Paths into events and into a vendor's values, such as `properties.items[*].sku`, `$.context.page.url` and
`items[0]['unit price']`. Plain functions.

`[*]` stands for every item of a list, `[0]` for the first and `[-1]` for the last; a name with dots, blanks or brackets
in it is in quotes.
"""

import re
from copy import deepcopy
from functools import lru_cache
from typing import Any, Final

Step = str | int | None  # None: every item
EVERY: Final = None
MISSING: Final = object()
LONGEST = 200  # characters
MOST_STEPS = 16
STEP = re.compile(
    r"""(?P<dot>\.?)(?P<name>[^\s.$*\[\]'"]+)"""
    r"""|\[(?P<index>-?\d{1,4})\]"""
    r"""|(?P<every>\[\*\])"""
    r"""|\[(?P<quote>['"])(?P<quoted>[^'"]+)(?P=quote)\]""",
    re.ASCII,
)
# Mappings are written in snake_case; the fields of an event are in camelCase.
EVENT_FIELDS = {
    "user_id": "userId",
    "anonymous_id": "anonymousId",
    "group_id": "groupId",
    "previous_id": "previousId",
    "message_id": "messageId",
    "event_id": "messageId",
    "received_at": "receivedAt",
    "original_timestamp": "originalTimestamp",
}
CONTEXT_FIELDS = {"user_agent": "userAgent", "first_party_id": "firstPartyId"}


@lru_cache(maxsize=4096)
def steps_of(path: str) -> tuple[Step, ...]:
    """The steps of a path.

    Raises ValueError that says what would be right.
    """
    rest = path.removeprefix("$.") if path.startswith("$.") else path.removeprefix("$")
    steps: list[Step] = []
    at = 0
    while at < len(rest):
        found = STEP.match(rest, at)
        if found is None or (found["name"] and bool(found["dot"]) != bool(steps)):
            raise ValueError(f"must be a path such as properties.items[*].sku; it cannot be read from {rest[at:]!r} on")
        steps.append(_step(found))
        at = found.end()
    if not steps or len(steps) > MOST_STEPS or len(path) > LONGEST:
        raise ValueError(f"must be a path of 1 to {MOST_STEPS} steps and at most {LONGEST} characters")
    return tuple(steps)


def _step(found: re.Match[str]) -> Step:
    if found["every"]:
        return EVERY
    return int(found["index"]) if found["index"] else (found["name"] or found["quoted"])


@lru_cache(maxsize=4096)
def steps_in_event(path: str) -> tuple[Step, ...]:
    """The steps of a path into an event, whose fields may be written in snake_case; `vendor_ids` is in the context.

    Raises ValueError that says what would be right.
    """
    first, *others = steps_of(path)
    if first == "vendor_ids":
        return ("context", "vendor_ids", *others)
    if first == "context" and others and isinstance(others[0], str):
        return ("context", CONTEXT_FIELDS.get(others[0], others[0]), *others[1:])
    return (EVENT_FIELDS.get(first, first) if isinstance(first, str) else first, *others)


def found_at(value: Any, steps: tuple[Step, ...]) -> Any:
    """What is there; MISSING for nothing and for null. After a step to every item it is a list with what each of them
    has, so that places stay: MISSING for the items that lack it."""
    for place, step in enumerate(steps):
        if step is EVERY:
            if not isinstance(value, list):
                return MISSING
            return _flat([found_at(item, steps[place + 1 :]) for item in value], steps[place + 1 :])
        value = _inside(value, step)
        if value is MISSING:
            return MISSING
    return MISSING if value is None else value


def _flat(found: list[Any], after: tuple[Step, ...]) -> list[Any]:
    """What was found in every item; where those are searched for items too, these in one list."""
    if EVERY not in after:
        return found
    return [item for items in found if isinstance(items, list) for item in items]


def _inside(value: Any, step: Step) -> Any:
    if isinstance(step, str) and isinstance(value, dict):
        return value.get(step, MISSING)
    if isinstance(step, int) and isinstance(value, list) and -len(value) <= step < len(value):
        return value[step]
    return MISSING


def put(values: dict[str, Any], steps: tuple[Step, ...], value: Any) -> None:
    """Put a copy of the value where the steps lead. Of a target with a step to every item, the value is a list: the
    first goes into the first item and so on, and what is MISSING in it is left out. What is in the way is replaced."""
    at = next((place for place, step in enumerate(steps) if not isinstance(step, str)), None)
    if at is None:
        _put(values, steps, _copied(value))
        return
    found = value if steps[at] is EVERY else [value]
    items = found_at(values, steps[:at])
    items = items if isinstance(items, list) else []
    items += [{} for _ in range(len(found) - len(items))]
    for place, item in enumerate(found):
        if item is not MISSING:
            items[place] = items[place] if isinstance(items[place], dict) else {}
            _put(items[place], steps[at + 1 :], _copied(item))
    _put(values, steps[:at], items)


def _copied(value: Any) -> Any:
    return deepcopy(value) if isinstance(value, dict | list) else value


def _put(values: dict[str, Any], steps: tuple[Step, ...], value: Any) -> None:
    *way, last = [str(step) for step in steps]
    for step in way:
        if not isinstance(values.get(step), dict):
            values[step] = {}
        values = values[step]
    values[last] = value
