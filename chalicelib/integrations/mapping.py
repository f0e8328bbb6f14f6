"""The event mapping of a revision: which events go to the vendor, what they are called there, and which fields get
which values. Plain functions.

The mappings of `global` come first, then those of the event, or of `defaults` for an event that is not listed. A later
one to the same target replaces an earlier one if it finds a value: so several mappings to one target say where to look.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from .filters import Filter, filter_check, refusal
from .formats import Format, formatted, text_of
from .paths import EVERY, LONGEST, MISSING, found_at, put, steps_in_event, steps_of
from .vendor import Outgoing


def source_path(path: str) -> str:
    """The path.

    Raises ValueError that says what would be right.
    """
    steps_in_event(path)
    return path


def target_path(path: str) -> str:
    """The path: names, and at most one step to every item or to the first, between them.

    Raises ValueError that says what would be right.
    """
    steps = steps_of(path)
    into_list = [place for place, step in enumerate(steps) if not isinstance(step, str)]
    if len(into_list) > 1 or {0, len(steps) - 1} & set(into_list) or any(steps[place] for place in into_list):
        raise ValueError("must be names with dots between them, such as user_data.em, items[*].id or items[0].id")
    return path


def mapping_check(mapping: "FieldMapping") -> "FieldMapping":
    """The mapping, when it says where its value comes from.

    Raises ValueError that says what would be right.
    """
    if (mapping.source is UNSET) == (mapping.value is UNSET):
        raise ValueError("must have either source or value")
    if EVERY in steps_of(mapping.target) and (mapping.source is UNSET or EVERY not in steps_of(mapping.source)):
        raise ValueError("must have [*] in its source, as its target has it")
    return mapping


Source = Annotated[
    str,
    Meta(
        max_length=LONGEST,
        extra={"check": source_path},
        description="a path into the event, such as properties.items[*].sku or user_id",
        examples=["properties.items[*].sku"],
    ),
]
Target = Annotated[
    str,
    Meta(
        max_length=LONGEST,
        extra={"check": target_path},
        description="a path into the vendor's values, such as user_data.em or items[*].item_id",
        examples=["items[*].item_id"],
    ),
]


class FieldMapping(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """How one field gets its value: `source` is looked up in the event, or `value` is the same for every event; then
    `value_map` exchanges it (`*` for any other, without it any other stays; null leaves the field out) and `format`
    gives it its form. What is not found or has no such form becomes `default_value`; without one the field is left
    out. Of a source with `[*]` this holds for every item."""

    target: Target
    source: Source | UnsetType = UNSET
    value: Any | UnsetType = UNSET
    value_map: Annotated[dict[str, Any], Meta(max_length=200, description="an object of at most 200 values")] = {}
    format: Format | UnsetType = UNSET
    default_value: Any | UnsetType = UNSET


FieldMappings = Annotated[
    list[Annotated[FieldMapping, Meta(extra={"check": mapping_check})]],
    Meta(max_length=200, description="a list of at most 200 mappings"),
]
Filters = Annotated[
    list[Annotated[Filter, Meta(extra={"check": filter_check})]],
    Meta(max_length=50, description="a list of at most 50 filters, all of which an event must meet"),
]
EventName = Annotated[str, Meta(min_length=1, max_length=500, description="a name of 1 to 500 characters")]
VendorEventName = Annotated[str, Meta(min_length=1, max_length=200, description="a name of 1 to 200 characters")]


class ForAll(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """What holds of every event."""

    mappings: FieldMappings = []
    filters: Filters = []


class ForUnlisted(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """What becomes of events that are not listed: `pass` sends them under their own name, `drop` does not."""

    action: Literal["pass", "drop"] = "pass"
    mappings: FieldMappings = []
    filters: Filters = []


class ForEvent(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """What becomes of the events of one name. Without `vendor_event_name` they keep their own."""

    vendor_event_name: VendorEventName | UnsetType = UNSET
    enabled: bool = True
    mappings: FieldMappings = []
    filters: Filters = []


class EventMapping(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """Which events go to a vendor and as what. An event is listed by its `event` when it is a track event, otherwise
    by its type: `page`, `screen`, `identify`, `group`, `alias`."""

    for_all: ForAll = msgspec.field(name="global", default_factory=ForAll)
    defaults: ForUnlisted = msgspec.field(default_factory=ForUnlisted)
    events: Annotated[
        dict[EventName, ForEvent], Meta(max_length=500, description="an object of at most 500 events")
    ] = {}


@dataclass(frozen=True, slots=True)
class Dropped:
    """An event that does not go to the vendor, and why."""

    reason: str


def name_of(event: Mapping[str, Any]) -> str:
    """The name under which a mapping lists an event."""
    return str(event["event"] if event["type"] == "track" else event["type"])


def mapped(mapping: EventMapping, event: Mapping[str, Any]) -> Outgoing | Dropped:
    """The event as the vendor gets it, or why it does not get it."""
    name = name_of(event)
    rules: ForEvent | ForUnlisted = mapping.events.get(name, mapping.defaults)
    if isinstance(rules, ForEvent) and not rules.enabled:
        return Dropped(f"{name} is switched off in the mapping")
    if isinstance(rules, ForUnlisted) and rules.action == "drop":
        return Dropped(f"{name} is not in the mapping, which drops what it does not list")
    reason = refusal([*mapping.for_all.filters, *rules.filters], event)
    if reason:
        return Dropped(reason)
    values: dict[str, Any] = {}
    for field in (*mapping.for_all.mappings, *rules.mappings):
        _fill(values, field, event)
    renamed = rules.vendor_event_name if isinstance(rules, ForEvent) else UNSET
    return Outgoing(event, name if renamed is UNSET else renamed, values)


def _fill(values: dict[str, Any], field: FieldMapping, event: Mapping[str, Any]) -> None:
    """Put the field's value among the others, if it has one."""
    target = steps_of(field.target)
    if field.source is UNSET:
        value = _converted(field, MISSING if field.value is None else field.value)
    else:
        source = steps_in_event(field.source)
        value = found_at(event, source)
        if EVERY in source and isinstance(value, list):
            value = [_converted(field, item) for item in value]
            if EVERY not in target:
                value = [item for item in value if item is not MISSING]
        else:
            value = _converted(field, value)
    if value is not MISSING and (EVERY not in target or isinstance(value, list)):
        put(values, target, value)


def _converted(field: FieldMapping, value: Any) -> Any:
    """One value as the mapping wants it; MISSING when the field is to be left out."""
    if value is not MISSING and field.value_map:
        value = field.value_map.get(_key(value), field.value_map.get("*", value))
        if value is None:
            return MISSING
    if value is not MISSING and field.format is not UNSET:
        try:
            value = formatted(value, field.format)
        except ValueError:
            value = MISSING
    return field.default_value if value is MISSING and field.default_value is not UNSET else value


def _key(value: Any) -> str:
    try:
        return text_of(value)
    except (ValueError, RecursionError):
        return "*"
