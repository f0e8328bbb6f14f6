"""Which resource of the API a path is, as API Gateway decides it: a fixed part beats a parameter, and that beats one
that takes all the rest (`{proxy+}`)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass
class Node:
    """One part of the paths that have led here."""

    fixed: dict[str, Node] = field(default_factory=dict)
    parameter: tuple[str, Node] | None = None
    rest: tuple[str, str] | None = None  # the name of what takes all the rest, and its resource
    resource: str | None = None


class Router:
    """The resources of an API."""

    def __init__(self, resources: Iterable[str]) -> None:
        self.root = Node()
        for resource in resources:
            self._add(resource)

    def _add(self, resource: str) -> None:
        node = self.root
        for part in _parts(resource):
            if part.endswith("+}"):
                node.rest = (part.strip("{+}"), resource)
                return
            if part.startswith("{"):
                if node.parameter is None:
                    node.parameter = (part.strip("{}"), Node())
                node = node.parameter[1]
            else:
                node = node.fixed.setdefault(part, Node())
        node.resource = resource

    def match(self, path: str) -> tuple[str, dict[str, str]] | None:
        """The resource and its path parameters, or None. A trailing slash does not count."""
        return _match(self.root, _parts(path), {})


def _parts(path: str) -> list[str]:
    return path.strip("/").split("/")


def _match(node: Node, parts: list[str], found: dict[str, str]) -> tuple[str, dict[str, str]] | None:
    if not parts:
        return (node.resource, found) if node.resource else None
    part, rest = parts[0], parts[1:]
    if part in node.fixed:
        matched = _match(node.fixed[part], rest, found)
        if matched:
            return matched
    if node.parameter and part:
        name, after = node.parameter
        matched = _match(after, rest, found | {name: part})
        if matched:
            return matched
    if node.rest and part:
        name, resource = node.rest
        return resource, found | {name: "/".join(parts)}
    return None
