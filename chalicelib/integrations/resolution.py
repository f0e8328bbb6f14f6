"""A revision with a pipeline's parameters in place of its placeholders: what is missing, what is wrong, and what those
who send need."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from ..api.validation import decode
from ..errors import ValidationFailed
from . import catalog, parameters
from .mapping import EventMapping
from .vendor import Vendor

Problems = list[dict[str, str]]
MOST_KNOWN = 20_000  # sets of parameters


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a revision says for one pipeline. `plain` is the configuration as JSON. With `missing` keys, placeholders
    are left in it; with `problems`, `config` or `mapping` is None."""

    missing: list[str]
    problems: Problems
    plain: dict[str, Any]
    config: Any
    mapping: EventMapping | None

    @property
    def ready(self) -> bool:
        """Whether events can be sent by it."""
        return not self.missing and not self.problems


class Template:
    """What a revision says, secrets in the clear, for many pipelines: those whose parameters are the same share what
    was resolved, and what of a mapping has no placeholders is decoded once: a preset has thousands of lines."""

    def __init__(self, vendor: Vendor, config: dict[str, Any], mapping: dict[str, Any]) -> None:
        self._vendor, self._config = vendor, config
        self.keys = parameters.keys_in([config, mapping])
        events: dict[str, Any] = mapping.get("events", {})
        varying = {name: each for name, each in events.items() if parameters.keys_in(each)}
        self._varying = mapping | {"events": varying}
        self._fixed = {"events": {name: each for name, each in events.items() if name not in varying}}
        self._in_mapping = bool(parameters.keys_in(self._varying))
        self._decoded_fixed: tuple[EventMapping | None, Problems] | None = None
        self._decoded_mapping: tuple[EventMapping | None, Problems] | None = None
        self._known: dict[tuple[str | None, ...], Resolved] = {}

    def resolved(self, values: Mapping[str, str]) -> Resolved:
        """What it says with these parameters."""
        relevant = tuple(values.get(key) for key in self.keys)
        if relevant not in self._known:
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            self._known[relevant] = self._resolve(values)
        return self._known[relevant]

    def _resolve(self, values: Mapping[str, str]) -> Resolved:
        plain, _ = parameters.resolve(self._config, values)
        problems: Problems = []
        config = None
        try:
            config = catalog.decoded(self._vendor.key, plain)
        except ValidationFailed as failed:
            problems += prefixed("config", failed.details)
        mapping, wrong = self.mapping_with(values)
        missing = [key for key in self.keys if key not in values]
        builtins = plain if config is None else msgspec.to_builtins(config)
        return Resolved(missing, problems + wrong, builtins, config, mapping)

    def mapping_with(self, values: Mapping[str, str]) -> tuple[EventMapping | None, Problems]:
        """The mapping with these parameters, None when it is wrong then, and what is wrong."""
        if self._in_mapping:
            return self._whole(parameters.resolve(self._varying, values)[0])
        if self._decoded_mapping is None:
            self._decoded_mapping = self._whole(self._varying)
        return self._decoded_mapping

    def _whole(self, varying: dict[str, Any]) -> tuple[EventMapping | None, Problems]:
        """The mapping of the events that are always the same and of the others."""
        if self._decoded_fixed is None:
            self._decoded_fixed = _decoded(self._fixed)
        fixed, always_wrong = self._decoded_fixed
        decoded, wrong = _decoded(varying)
        if fixed is None or decoded is None:
            return None, always_wrong + wrong
        return msgspec.structs.replace(decoded, events=fixed.events | decoded.events), []


def _decoded(mapping: dict[str, Any]) -> tuple[EventMapping | None, Problems]:
    try:
        return decode(EventMapping, mapping), []
    except ValidationFailed as failed:
        return None, prefixed("mapping", failed.details)


def prefixed(part: str, problems: Problems) -> Problems:
    """Problems of a part as problems of the whole."""
    return [problem | {"field": f"{part}.{problem['field']}".rstrip(".")} for problem in problems]
