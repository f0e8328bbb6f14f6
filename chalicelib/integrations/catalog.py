"""The vendors as data: what there is, what each needs to be told, and which of that is secret. Plain functions."""

from functools import lru_cache
from typing import Any

import msgspec

from ..api.validation import decode, without_extras
from ..errors import ValidationFailed
from .vendor import Vendor


@lru_cache(maxsize=1)
def _vendors() -> dict[str, Vendor]:
    """All vendors, imported when first asked for: entrances share a function with the admin API and need none."""
    from .vendors import VENDORS

    return VENDORS


def vendor_of(key: str) -> Vendor | None:
    """The vendor of this key."""
    return _vendors().get(key)


def all_keys() -> list[str]:
    """The keys of all vendors."""
    return list(_vendors())


def known(key: str) -> Vendor:
    """The vendor of a key that is one."""
    return _vendors()[key]


@lru_cache(maxsize=64)
def secret_fields(key: str) -> frozenset[str]:
    """The fields of a vendor's configuration that are kept encrypted and never shown."""
    fields = msgspec.structs.fields(_vendors()[key].config)
    return frozenset(
        field.encode_name
        for field in fields
        if any(meta.extra and meta.extra.get("secret") for meta in without_extras(field.type)[1])
    )


def json_schema(key: str) -> dict[str, Any]:
    """The configuration as JSON Schema; secrets are `writeOnly`. What a text must look like is in its description."""
    schema = msgspec.json.schema(_vendors()[key].config)
    definitions = schema.pop("$defs")
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **definitions.pop(_vendors()[key].config.__name__),
    }
    return schema | ({"$defs": definitions} if definitions else {})


def decoded(key: str, config: dict[str, Any]) -> Any:
    """A vendor's configuration. Texts with placeholders of parameters in them pass: when those are resolved, decode it
    once more.

    Raises ValidationFailed with all wrong fields.
    """
    vendor = _vendors()[key]
    found = decode(vendor.config, config)
    problems = vendor.problems(found)
    if problems:
        raise ValidationFailed(problems)
    return found
