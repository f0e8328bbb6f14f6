"""A form made of a vendor's JSON Schema, and the configuration made of what was typed into it. Plain functions."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ..integrations.secrets import MASK
from .forms import Form
from .vendor_hints import HINTS

Kind = Literal["text", "long", "secret", "choice", "box", "number", "lines", "pairs"]
LONG = 4096  # characters; what may be longer is typed into an area
WORDS = {word.lower(): word for word in ("ID", "URL", "IP", "API", "AWS", "HMAC", "EU", "OAuth", "CRM", "E-mail")}


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a configuration as a form shows it."""

    key: str
    label: str
    kind: Kind
    hint: str
    required: bool
    usual: Any = ""  # what it is when nothing is said
    options: tuple[tuple[str, str], ...] = ()

    @property
    def name(self) -> str:
        """What it is called in the form, and in errors."""
        return f"config.{self.key}"


def fields_of(vendor: str, schema: Mapping[str, Any]) -> list[Field]:
    """The fields of a vendor's schema, in its order."""
    required, hints = schema.get("required", []), HINTS.get(vendor, {})
    return [
        _field(key, about, key in required, hints.get(key) or _hint(about))
        for key, about in schema.get("properties", {}).items()
    ]


def _field(key: str, about: Mapping[str, Any], required: bool, hint: str) -> Field:
    options = about.get("enum")
    return Field(
        key=key,
        label=label(key),
        kind=_kind(about),
        hint=hint,
        required=required,
        usual=about.get("default", ""),
        options=tuple((option, label(option)) for option in options) if options else (),
    )


def _kind(about: Mapping[str, Any]) -> Kind:
    kind = about.get("type")
    if "enum" in about:
        return "choice"
    if about.get("writeOnly"):
        return "secret"
    if kind == "string" and about.get("maxLength", LONG) > LONG:
        return "long"
    kinds: dict[Any, Kind] = {"boolean": "box", "integer": "number", "array": "lines", "object": "pairs"}
    return kinds.get(kind, "text")


def _hint(about: Mapping[str, Any]) -> str:
    said = str(about.get("description", ""))
    said = f"{said[:1].upper()}{said[1:]}." if said else ""
    if about.get("type") == "object":
        return "One a line, as Name: value."
    return f"{said} One a line.".strip() if about.get("type") == "array" else said


def label(key: str) -> str:
    """`measurement_id` → `Measurement ID`."""
    words = [WORDS.get(word.lower(), word.lower()) for word in re.split(r"[_\s]+", key) if word]
    said = " ".join(words)
    return key if key.isupper() else said[:1].upper() + said[1:]


def typed(fields: Iterable[Field], form: Form, before: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration that a form says. Of the revision before it keeps the secrets that were not typed anew."""
    config: dict[str, Any] = {}
    for field in fields:
        value = _secret(field, form, before) if field.kind == "secret" else _value(field, form)
        if value is not None and not (field.required and value == ""):
            config[field.key] = value
    return config


def _secret(field: Field, form: Form, before: Mapping[str, Any]) -> str | None:
    given = form.value(field.name)
    if given:
        return given
    if form.checked(f"forget.{field.key}"):
        return None
    return str(before[field.key]) if field.key in before else None


def _value(field: Field, form: Form) -> Any:
    """What was typed in the type that the field has; a text as it is where it is none of it, for the API to refuse."""
    if field.name not in form:
        return None
    given = form.value(field.name)
    if field.kind == "box":
        return form.checked(field.name)
    if field.kind == "number":
        return None if given == "" else form.number(field.name)
    if field.kind == "lines":
        return form.lines(field.name)
    if field.kind == "pairs":
        pairs = (line.partition(":") for line in form.lines(field.name))
        return {name.strip(): value.strip() for name, _, value in pairs}
    return given.replace("\r\n", "\n") if field.kind == "long" else given


def shown(field: Field, config: Mapping[str, Any]) -> Any:
    """What stands in the field when the form is opened."""
    value = config.get(field.key, field.usual)
    if field.kind == "lines":
        return "\n".join(map(str, value or []))
    if field.kind == "pairs":
        return "\n".join(f"{name}: {text}" for name, text in dict(value or {}).items())
    return value


def is_kept(field: Field, config: Mapping[str, Any]) -> str:
    """What is said of a secret that there is already: nothing of it, unless it is but a parameter's name."""
    value = str(config.get(field.key) or "")
    if not value:
        return ""
    what = "There is one" if value == MASK else f"It is {value}"
    return f"{what}; it stays unless you type another."
