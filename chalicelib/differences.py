"""What is different between two JSON values, field by field. Plain functions."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

NOTHING: Final = object()  # where one of the two has no such field

Steps = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that differs, and what it is on either side: NOTHING where it is not there."""

    steps: Steps
    before: Any
    after: Any

    @property
    def path(self) -> str:
        """Where it is, such as `mapping.events["Order Completed"].mappings[0].target`."""
        return "".join(map(_written, self.steps)).removeprefix(".")


def differences(before: Any, after: Any, steps: Steps = ()) -> Iterator[Difference]:
    """The differences in order. Of objects and lists on both sides only what differs inside; of lists by place."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in [*before, *(name for name in after if name not in before)]:
            yield from differences(before.get(name, NOTHING), after.get(name, NOTHING), (*steps, name))
    elif isinstance(before, list) and isinstance(after, list):
        for place in range(max(len(before), len(after))):
            yield from differences(_at(before, place), _at(after, place), (*steps, place))
    elif not _same(before, after):
        yield Difference(steps, before, after)


def _at(items: list[Any], place: int) -> Any:
    return items[place] if place < len(items) else NOTHING


def _same(one: Any, other: Any) -> bool:
    """Whether two values are the same as JSON: to Python, True is 1."""
    if one is NOTHING or other is NOTHING:
        return one is other
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def _written(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step}" if re.fullmatch(r"[\w-]+", step) else f"[{json.dumps(step, ensure_ascii=False)}]"
