"""Templates: how values become text for people. Everything is escaped unless it is markup of ours."""

import json
import operator
from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from msgspec import UNSET

from .. import clock
from . import assets, charts, wording
from .pages import url

FOLDED = 90  # characters of JSON that stay on a line


def render(template: str, **values: Any) -> str:
    """A template with these values."""
    return _environment().get_template(template).render(**values)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("chalicelib.console"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"as_json": as_json, "field_name": wording.field, "number": number, "plural": plural}
    environment.filters |= {"pretty": pretty, "short": short, "size": size, "when": when, "zip": zip}
    environment.globals |= {"asset": assets.address, "bars": charts.bars, "deed": wording.deed, "url": url}
    environment.globals["unset"] = UNSET
    environment.filters |= {"combined": operator.or_, "folded": folded}
    for macros in ("parts", "fields"):
        environment.globals[macros] = environment.get_template(f"{macros}.html").module
    return environment


def number(value: float) -> str:
    """`12,345`."""
    return f"{int(value):,}"


def size(count: int) -> str:
    """Bytes as people read them: `4.2 kB`."""
    return f"{count / 1000:.1f} kB" if count >= 1000 else f"{count} B"


def plural(count: int, one: str, many: str = "") -> str:
    """`1 pipeline`, `2 pipelines`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def when(moment: str | float | None, absent: str = "never", form: str = "") -> Markup:
    """A time in ISO 8601, or in seconds since the epoch. The page's script puts it into the viewer's zone, as the time
    of day alone in the form `clock`; the exact time in UTC is there to hover over."""
    if not moment:
        return Markup("<span>{}</span>").format(absent)
    iso = moment if isinstance(moment, str) else clock.iso_seconds(moment)
    at = datetime.fromisoformat(iso)
    shown = f"{at:%d %b %Y, %H:%M}"
    exact = f"{at:%Y-%m-%d %H:%M:%S}"
    return Markup('<time datetime="{}" data-form="{}" title="{} UTC">{} UTC</time>').format(iso, form, exact, shown)


def pretty(value: Any) -> str:
    """JSON to read."""
    return json.dumps(value, indent=2, ensure_ascii=False)


def as_json(value: Any) -> str:
    """What the API would answer, as JSON to read."""
    return msgspec.json.format(msgspec.json.encode(value)).decode()


def short(value: Any, most: int = 4000) -> str:
    """A value in one piece: a text as it is, anything else as JSON; of many characters the first."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= most else f"{text[:most]} …"


def folded(value: Any, indent: str = "") -> str:
    """JSON to read and to edit, with what is short on one line: a mapping has hundreds of small objects."""
    short = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or len(short) + len(indent) <= FOLDED:
        return short
    deeper = f"{indent}  "
    if isinstance(value, dict):
        inner = [
            f"{deeper}{json.dumps(name, ensure_ascii=False)}: {folded(each, deeper)}" for name, each in value.items()
        ]
        return "{\n" + ",\n".join(inner) + f"\n{indent}}}"
    return "[\n" + ",\n".join(f"{deeper}{folded(each, deeper)}" for each in value) + f"\n{indent}]"
