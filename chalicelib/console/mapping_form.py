"""The event mapping of a revision in a form: a preset of the vendor, a table of events, or JSON. Plain functions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..api.validation import parse_json
from ..errors import InvalidJson, ValidationFailed
from . import rendering
from .forms import Form

BLANK_ROWS = 5
LONGEST_JSON = 20_000  # characters that a page has without being asked for them
PRESET = "preset:"
SENT, NOT_SENT = "sent", "not_sent"


@dataclass(frozen=True, slots=True)
class Row:
    """An event in the table."""

    event: str
    renamed: str
    sent: bool
    details: int  # rules for fields and filters that it has beside its name
    known: bool = False  # it is in the mapping already, so its name stands there for good


def fields_of(form: Form, vendor_presets: Mapping[str, Any], before: Mapping[str, Any] | None) -> dict[str, Any]:
    """The fields of the API that what was chosen makes: `preset`, `mapping`, or none to keep the one before.

    Raises ValidationFailed.
    """
    chosen = form.value("mapping")
    if chosen.startswith(PRESET):
        return {"preset": chosen.removeprefix(PRESET)}
    if chosen == "table":
        return {"mapping": _of_table(form, before or {})}
    if chosen == "json":
        return {"mapping": _of_json(form.value("mapping_json"))}
    return {} if before is not None or not vendor_presets else {"preset": next(iter(vendor_presets))}


def _of_json(text: str) -> dict[str, Any]:
    try:
        value = parse_json(text.encode())
    except (InvalidJson, UnicodeEncodeError) as error:
        said = str(error).removeprefix("The body is ")
        raise ValidationFailed([{"field": "mapping", "message": f"must be JSON: it is {said}"}]) from None
    if not isinstance(value, dict):
        raise ValidationFailed([{"field": "mapping", "message": "must be a JSON object, in braces"}])
    return value


def _of_table(form: Form, before: Mapping[str, Any]) -> dict[str, Any]:
    """The events of the table; what they have beside their names stays as it was before."""
    known: Mapping[str, Any] = before.get("events", {})
    columns = (form.all(name) for name in ("row_event", "row_renamed", "row_sent"))
    events: dict[str, Any] = {}
    problems: list[dict[str, str]] = []
    for place, (event, renamed, sent) in enumerate(zip(*columns, strict=False), 1):
        name = event.strip()
        if name in events:
            problems.append({"field": "mapping", "message": f"lists {name} twice, the second time in row {place}"})
        if name and sent != "removed":
            events[name] = _event(known.get(name, {}), renamed.strip(), sent != NOT_SENT)
    if problems:
        raise ValidationFailed(problems)
    others = {**before.get("defaults", {}), "action": "drop" if form.value("others") == "drop" else "pass"}
    return {**before, "events": events, "defaults": others}


def _event(before: Mapping[str, Any], renamed: str, sent: bool) -> dict[str, Any]:
    event = {name: value for name, value in before.items() if name not in ("vendor_event_name", "enabled")}
    return event | ({"vendor_event_name": renamed} if renamed else {}) | ({} if sent else {"enabled": False})


def listed(mapping: Mapping[str, Any]) -> list[Row]:
    """The events that a mapping lists."""
    return [
        Row(event, rules.get("vendor_event_name", ""), rules.get("enabled", True), _details(rules), True)
        for event, rules in mapping.get("events", {}).items()
    ]


def rows(form: Form, before: Mapping[str, Any]) -> list[Row]:
    """The rows of the table: as they were typed, or those of the mapping before; and some to fill in."""
    known: Mapping[str, Any] = before.get("events", {})
    if "row_event" in form:
        columns = (form.all(name) for name in ("row_event", "row_renamed", "row_sent"))
        found = [
            Row(event, renamed, sent != NOT_SENT, _details(known.get(event, {})), event in known)
            for event, renamed, sent in zip(*columns, strict=False)
            if event or renamed
        ]
    else:
        found = listed(before)
    return found + [Row("", "", True, 0)] * BLANK_ROWS


def _details(rules: Mapping[str, Any]) -> int:
    return len(rules.get("mappings", [])) + len(rules.get("filters", []))


def json_of(mapping: Mapping[str, Any], asked: str) -> str:
    """A mapping as JSON; empty where it is long and nobody asked for the `whole`: such pages would be slow to load."""
    text = rendering.folded(mapping)
    return text if len(text) <= LONGEST_JSON or asked == "whole" else ""


def told(mapping: Mapping[str, Any]) -> str:
    """A mapping in a sentence."""
    events = mapping.get("events", {})
    sent = sum(1 for rules in events.values() if rules.get("enabled", True))
    others = "Every other event is left out" if _drops(mapping) else "Every other event is sent under its own name"
    if not events:
        return "Nothing is sent: no event is listed" if _drops(mapping) else "Every event is sent under its own name"
    return f"{sent} of {len(events)} listed events are sent. {others}"


def _drops(mapping: Mapping[str, Any]) -> bool:
    return bool(mapping.get("defaults", {}).get("action") == "drop")
