"""Pipelines in groups of one label prefix. Plain functions."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from ..pipelines import rules
from ..pipelines.catalogue import Row


@dataclass(slots=True)
class Group:
    """The pipelines with one value of a prefix; those without any have no value."""

    value: str
    label: str
    rows: list[Row] = field(default_factory=list)


def grouped(rows: Iterable[Row], prefix: str) -> list[Group]:
    """The groups by value, and last the one of those without. A pipeline with two values of the prefix stands in both
    groups."""
    groups: dict[str, Group] = {}
    without = Group("", "")
    for row in rows:
        labels = [label for label in row.labels if (rules.group_of(label) or ("",))[0] == prefix]
        for label in labels:
            value = label.partition(":")[2]
            groups.setdefault(value, Group(value, label)).rows.append(row)
        if not labels:
            without.rows.append(row)
    found = [groups[value] for value in sorted(groups, key=str.casefold)]
    return [*found, without] if without.rows else found


def prefixes(labels: Iterable[str]) -> list[str]:
    """The prefixes among labels."""
    found = (rules.group_of(label) for label in labels)
    return sorted({group[0] for group in found if group}, key=str.casefold)
