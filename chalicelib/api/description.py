"""The API's description: the OpenAPI document, and a page to read it on."""

import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec
from chalice.app import Blueprint

from .operation import Answer, Call, operation

if TYPE_CHECKING:
    from markupsafe import Markup

blueprint = Blueprint(__name__)
TAG = "Description"
PAGE_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
    "Cache-Control": "public, max-age=300",
}


@operation(blueprint, "GET", "/v1/openapi.json", tag=TAG, summary="The OpenAPI document", answer=dict[str, Any])
def openapi_document(_: Call[None, None]) -> Answer:
    """This API as OpenAPI 3.1, made of the definitions that validate its requests."""
    return Answer(_document(), headers={"Cache-Control": "public, max-age=300"})


@operation(
    blueprint,
    "GET",
    "/v1/docs",
    tag=TAG,
    summary="The documentation page",
    answer=str,
    media_type="text/html",
)
def documentation(_: Call[None, None]) -> Answer:
    """The OpenAPI document as a page to read."""
    return Answer(_page(), headers=PAGE_HEADERS)


@lru_cache(maxsize=1)
def _document() -> str:
    from .openapi import document

    return msgspec.json.encode(document()).decode()


@lru_cache(maxsize=1)
def _page() -> str:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    from .openapi import document

    environment = Environment(
        loader=PackageLoader("chalicelib.api", "."), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters |= {"type_name": type_name, "prose": prose, "pretty": pretty}
    return environment.get_template("docs.html").render(document=document())


def pretty(value: Any) -> str:
    """JSON to read."""
    return json.dumps(value, indent=2, ensure_ascii=False)


def prose(text: str) -> "Markup":
    """A description with its `code` as code."""
    from markupsafe import Markup, escape

    return Markup(re.sub("`([^`]+)`", r"<code>\1</code>", str(escape(text))))


def type_name(schema: dict[str, Any]) -> str:
    """A schema in a few words: `string`, `list of string`, `PipelineInList`, `web | app | server`."""
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "anyOf" in schema:
        return " or ".join(type_name(option) for option in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(str(value) for value in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {type_name(schema.get('items', {}))}"
    if schema.get("type") == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"object of {type_name(schema['additionalProperties'])}"
    return str(schema.get("type", "any"))
