"""A pipeline's parameters in the configuration of an integration: `{{pipeline_param.KEY}}` stands for the value of KEY,
so that one template serves many pipelines. Plain functions.

A placeholder is written exactly so, without blanks. It is looked for in strings at any depth, never in the keys of
objects, and once: what a value says is not looked at again.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

PLACEHOLDER = re.compile(r"\{\{pipeline_param\.([A-Za-z_][A-Za-z0-9_.-]{0,63})\}\}")


def resolve(config: Any, parameters: Mapping[str, str]) -> tuple[Any, list[str]]:
    """The configuration with the parameters' values, and the sorted keys of those that are missing. A placeholder of a
    missing one stays as it is."""
    missing: set[str] = set()

    def value_of(found: re.Match[str]) -> str:
        if found[1] in parameters:
            return parameters[found[1]]
        missing.add(found[1])
        return found[0]

    return _with_strings(config, lambda text: PLACEHOLDER.sub(value_of, text)), sorted(missing)


def keys_in(config: Any) -> list[str]:
    """The sorted keys that a configuration refers to."""
    keys: set[str] = set()

    def note(text: str) -> str:
        keys.update(PLACEHOLDER.findall(text))
        return text

    _with_strings(config, note)
    return sorted(keys)


def has_placeholder(text: str) -> bool:
    """Whether a text is not known before a pipeline's parameters are."""
    return PLACEHOLDER.search(text) is not None


def _with_strings(config: Any, changed: Callable[[str], str]) -> Any:
    if isinstance(config, str):
        return changed(config)
    if isinstance(config, dict):
        return {key: _with_strings(value, changed) for key, value in config.items()}
    if isinstance(config, list):
        return [_with_strings(value, changed) for value in config]
    return config
