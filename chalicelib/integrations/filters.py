"""Conditions that an event must meet to go to a vendor. Plain functions."""

import fnmatch
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from .formats import moment_of, number_of, text_of
from .paths import LONGEST, MISSING, found_at, steps_in_event

Operator = Literal[
    "equals",
    "not_equals",
    "in",
    "not_in",
    "contains",
    "not_contains",
    "matches",
    "not_matches",
    "exists",
    "not_exists",
    "greater_than",
    "less_than",
    "at_least",
    "at_most",
]


def _path(path: str) -> str:
    steps_in_event(path)
    return path


class Filter(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """A condition. What is compared need not be of one type: 5 equals "5". A list, such as that of a source with
    `[*]`, meets a condition when one of its items does, and the opposite (`not_…`) when none does. `matches` knows `*`
    for any letters and `?` for one; `greater_than`, `less_than`, `at_least` and `at_most` compare numbers and times."""

    source: Annotated[
        str,
        Meta(
            max_length=LONGEST,
            extra={"check": _path},
            description="a path into the event, such as properties.items[*].sku or user_id",
        ),
    ]
    operator: Operator
    value: Any | UnsetType = UNSET


def filter_check(condition: Filter) -> Filter:
    """The filter, when its value is one that its operator can use.

    Raises ValueError that says what would be right.
    """
    operator, value = condition.operator, condition.value
    if operator.endswith("exists") != (value is UNSET):
        raise ValueError(f"must have {'no' if operator.endswith('exists') else 'a'} value with the operator {operator}")
    if operator in ("in", "not_in") and not isinstance(value, list):
        raise ValueError(f"must have a list as value with the operator {operator}")
    if operator in ("matches", "not_matches") and not isinstance(value, str):
        raise ValueError(f"must have a string as value with the operator {operator}")
    if operator in COMPARISONS and _comparable(value) is None:
        raise ValueError(f"must have a number or a time as value with the operator {operator}")
    return condition


def refusal(conditions: Sequence[Filter], event: Mapping[str, Any]) -> str:
    """Why the event does not pass, by the first condition that it does not meet; empty when it meets all."""
    for condition in conditions:
        if not _met(condition, event):
            said = "" if condition.value is UNSET else f" {text_of(condition.value)}"
            return f"the filter {condition.source} {condition.operator}{said} does not hold"
    return ""


def _met(condition: Filter, event: Mapping[str, Any]) -> bool:
    found = found_at(event, steps_in_event(condition.source))
    items = found if isinstance(found, list) else [found]
    items = [item for item in items if item is not MISSING]
    operator, expected = condition.operator, condition.value
    if operator.startswith("not_"):
        return not any(TESTS[operator[4:]](item, expected) for item in items)
    return any(TESTS[operator](item, expected) for item in items)


def _equals(item: Any, expected: Any) -> bool:
    try:
        return text_of(item) == text_of(expected)
    except (ValueError, RecursionError):
        return False


def _contains(item: Any, expected: Any) -> bool:
    return text_of(expected) in item if isinstance(item, str) else _equals(item, expected)


def _matches(item: Any, pattern: Any) -> bool:
    return isinstance(item, str | int | float) and fnmatch.fnmatchcase(text_of(item), pattern.replace("[", "[[]"))


def _comparable(value: Any) -> float | None:
    try:
        return float(number_of(value))
    except (ValueError, OverflowError):
        pass
    try:
        return moment_of(value).timestamp()
    except (ValueError, OverflowError):
        return None


def _comparison(holds: Callable[[float, float], bool]) -> Callable[[Any, Any], bool]:
    def compared(item: Any, expected: Any) -> bool:
        left, right = _comparable(item), _comparable(expected)
        return left is not None and right is not None and holds(left, right)

    return compared


COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "greater_than": _comparison(lambda left, right: left > right),
    "less_than": _comparison(lambda left, right: left < right),
    "at_least": _comparison(lambda left, right: left >= right),
    "at_most": _comparison(lambda left, right: left <= right),
}
TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "equals": _equals,
    "in": lambda item, expected: any(_equals(item, one) for one in expected),
    "contains": _contains,
    "matches": _matches,
    "exists": lambda _item, _expected: True,
    **COMPARISONS,
}
