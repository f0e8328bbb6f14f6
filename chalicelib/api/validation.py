"""Decoding what callers send: field by field, so that one answer names every wrong field.

Types are msgspec Structs and Annotated types. `Meta(extra={"check": f})` adds a rule: `f(value)` returns the value
to keep, or raises ValueError saying what would be right.
"""

import re
import types
from collections.abc import Callable
from functools import lru_cache
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

import msgspec

from ..errors import InvalidJson, ValidationFailed

T = TypeVar("T", bound=msgspec.Struct)
Problems = list[dict[str, str]]

KINDS = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a string",
    list: "a list",
    dict: "an object",
}
DEEPEST_JSON = 32  # levels; DynamoDB's limit too


def parse_json(body: bytes) -> Any:
    """The JSON value of a body. Refuses NaN, lone surrogates, bytes that are not UTF-8 and endless nesting.

    Raises InvalidJson.
    """
    try:
        value = msgspec.json.decode(body)
    except RecursionError:
        raise InvalidJson("The body is nested too deeply") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidJson(f"The body is not valid JSON: {error}") from None
    if _deeper_than(value, DEEPEST_JSON):
        raise InvalidJson(f"The body is nested deeper than {DEEPEST_JSON} levels")
    return value


def _deeper_than(value: Any, levels: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    if levels == 0:
        return True
    inner = value.values() if isinstance(value, dict) else value
    return any(_deeper_than(item, levels - 1) for item in inner)


def decode(kind: type[T], value: dict[str, Any], *, lax: bool = False, read_only: frozenset[str] = frozenset()) -> T:
    """`value` as a `kind`. `lax` reads numbers and booleans out of text, for query parameters.

    Raises ValidationFailed with all wrong fields.
    """
    problems: Problems = []
    decoded = _struct(kind, value, "", problems, lax, read_only)
    if problems:
        raise ValidationFailed(problems)
    return decoded  # type: ignore[no-any-return]  # without problems it is one


def _struct(
    kind: type[msgspec.Struct],
    value: Any,
    path: str,
    problems: Problems,
    lax: bool,
    read_only: frozenset[str],
) -> Any:
    if not isinstance(value, dict):
        problems.append({"field": path, "message": "must be an object"})
        return None
    prefix = f"{path}." if path else ""
    fields = _fields(kind)
    before = len(problems)
    if kind.__struct_config__.forbid_unknown_fields:
        problems += [_unknown(prefix + name, name in read_only, list(fields)) for name in value if name not in fields]
    known = {}
    for name, field in fields.items():
        if name in value:
            known[field.name] = _value(field.type, value[name], prefix + name, problems, lax)
        elif field.required:
            problems.append({"field": prefix + name, "message": "is required"})
    return kind(**known) if len(problems) == before else None


@lru_cache(maxsize=512)
def _fields(kind: type[msgspec.Struct]) -> dict[str, msgspec.structs.FieldInfo]:
    """The fields by their names in JSON. To find them out costs more than to decode one."""
    return {field.encode_name: field for field in msgspec.structs.fields(kind)}


def _unknown(field: str, read_only: bool, known: list[str]) -> dict[str, str]:
    message = "cannot be changed" if read_only else f"is not a field here; the fields are {', '.join(known)}"
    return {"field": field, "message": message}


def _value(kind: Any, value: Any, path: str, problems: Problems, lax: bool) -> Any:
    bare, metas = without_extras(kind)
    before = len(problems)
    decoded = _bare(bare, metas, value, path, problems, lax)
    if len(problems) > before:
        return None
    for check in _checks(metas):
        try:
            decoded = check(decoded)
        except ValueError as error:
            problems.append({"field": path, "message": str(error)})
            return None
    return decoded


def _bare(bare: Any, metas: list[msgspec.Meta], value: Any, path: str, problems: Problems, lax: bool) -> Any:
    origin = get_origin(bare)
    if isinstance(bare, type) and issubclass(bare, msgspec.Struct):
        return _struct(bare, value, path, problems, lax, frozenset())
    if origin is list and isinstance(value, list):
        _convert(_annotated(list[Any], metas), value, path, problems, lax, metas)
        (item,) = get_args(bare)
        return [_value(item, element, f"{path}[{place}]", problems, lax) for place, element in enumerate(value)]
    if origin is dict and isinstance(value, dict) and get_args(bare) != (str, Any):
        _convert(_annotated(dict[str, Any], metas), value, path, problems, lax, metas)
        key_kind, item = get_args(bare)
        return {
            _value(key_kind, key, f"{path}.{key}", problems, lax): _value(item, element, f"{path}.{key}", problems, lax)
            for key, element in value.items()
        }
    return _convert(_annotated(bare, metas), value, path, problems, lax, metas)


def _convert(kind: Any, value: Any, path: str, problems: Problems, lax: bool, metas: list[msgspec.Meta]) -> Any:
    if isinstance(value, float) and value.is_integer() and without_extras(kind)[0] is int:
        value = int(value)  # JSON has one kind of number: 5.0 is an integer to JSON Schema
    try:
        decoded = msgspec.convert(value, kind, strict=not lax)
        if isinstance(decoded, str) and not all(re.fullmatch(meta.pattern, decoded) for meta in metas if meta.pattern):
            raise msgspec.ValidationError("Expected no line break at the end")  # which `$` lets pass
        return decoded
    except msgspec.ValidationError as error:
        problems.append({"field": path, "message": _message(kind, error, metas)})
        return None


def _message(kind: Any, error: Exception, metas: list[msgspec.Meta]) -> str:
    bare, _ = without_extras(kind)
    if get_origin(bare) is Literal:
        return f"must be {_listed(get_args(bare))}"
    for meta in metas:
        if meta.description:
            return f"must be {meta.description}"
    kind = get_origin(bare) or bare
    if kind in KINDS and ", got " in str(error):
        return f"must be {KINDS[kind]}"
    return str(error).partition(" - at ")[0].replace("Expected", "expected").replace("`", "")


def _listed(values: tuple[str, ...]) -> str:
    return values[0] if len(values) == 1 else f"{', '.join(values[:-1])} or {values[-1]}"


def without_extras(kind: Any) -> tuple[Any, list[msgspec.Meta]]:
    """The type without `Annotated` and `UNSET`, and its metas."""
    metas: list[msgspec.Meta] = []
    while True:
        if get_origin(kind) is Annotated:
            metas += [meta for meta in kind.__metadata__ if isinstance(meta, msgspec.Meta)]
            kind = kind.__origin__
        elif get_origin(kind) in (Union, types.UnionType) and msgspec.UnsetType in get_args(kind):
            others = [part for part in get_args(kind) if part is not msgspec.UnsetType]
            kind = Union[tuple(others)]  # noqa: UP007 - made from a list
        else:
            return kind, metas


def _annotated(bare: Any, metas: list[msgspec.Meta]) -> Any:
    for meta in metas:
        bare = Annotated[bare, meta]
    return bare


def _checks(metas: list[msgspec.Meta]) -> list[Callable[[Any], Any]]:
    return [meta.extra["check"] for meta in metas if meta.extra and "check" in meta.extra]
