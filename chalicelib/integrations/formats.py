"""The forms that a mapping can give to a value: times, numbers, texts. Plain functions."""

import json
import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from .personal_data import hashed

Format = Literal[
    "epoch_seconds",
    "epoch_millis",
    "epoch_micros",
    "iso8601",
    "number",
    "integer",
    "string",
    "boolean",
    "lower",
    "upper",
    "trim",
    "sha256",
]
TRUE, FALSE = frozenset({"true", "1", "yes", "on"}), frozenset({"false", "0", "no", "off"})
# A time as a number is in seconds, milliseconds or microseconds: which, its size says for the years 1973 to 5138.
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLIS_FROM, MICROS_FROM = 10**11, 10**14


def formatted(value: Any, form: Format) -> Any:
    """The value in this form.

    Raises ValueError when it has none, such as a number of "abc".
    """
    try:
        return FORMS[form](value)
    except (ArithmeticError, RecursionError) as error:
        raise ValueError(str(error)) from None


def text_of(value: Any) -> str:
    """A value as a text: what is no text as JSON, a whole number without decimals."""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


def number_of(value: Any) -> int | float:
    """A number, or a text that is one.

    Raises ValueError.
    """
    if isinstance(value, str):
        value = float(value) if any(letter in value for letter in ".eE") else int(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError("not a number")
    return value


def moment_of(value: Any) -> datetime:
    """A time from ISO 8601 (in UTC when it says no zone) or a number since the epoch.

    Raises ValueError, OverflowError.
    """
    if isinstance(value, str) and "-" in value[1:]:
        moment = datetime.fromisoformat(value.strip())
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    number = number_of(value)
    size = 10**6 if abs(number) >= MICROS_FROM else 10**3 if abs(number) >= MILLIS_FROM else 1
    return EPOCH + timedelta(seconds=number / size)


def micros_of(value: Any) -> int:
    """A time as whole microseconds since the epoch.

    Raises ValueError, OverflowError.
    """
    since = moment_of(value) - EPOCH
    return (since.days * 86_400 + since.seconds) * 10**6 + since.microseconds


def _iso(value: Any) -> str:
    return moment_of(value).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _boolean(value: Any) -> bool:
    text = text_of(value).strip().lower()
    if text not in TRUE | FALSE:
        raise ValueError("neither true nor false")
    return text in TRUE


FORMS: dict[Format, Callable[[Any], Any]] = {
    "epoch_seconds": lambda value: micros_of(value) // 10**6,
    "epoch_millis": lambda value: micros_of(value) // 10**3,
    "epoch_micros": micros_of,
    "iso8601": _iso,
    "number": number_of,
    "integer": lambda value: int(number_of(value)),
    "string": text_of,
    "boolean": _boolean,
    "lower": lambda value: text_of(value).lower(),
    "upper": lambda value: text_of(value).upper(),
    "trim": lambda value: text_of(value).strip(),
    "sha256": lambda value: hashed(text_of(value).strip().lower()),
}
