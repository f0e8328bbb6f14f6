"""What an operation reads of an HTTP request."""

from typing import Any, TypeVar, get_origin
from urllib.parse import unquote

import msgspec
from chalice.app import Request

from ..auth import Origin
from ..client_address import client_address
from ..errors import BadRequest, InvalidJson, PayloadTooLarge, UnsupportedMediaType
from ..settings import settings
from .validation import decode, parse_json, without_extras

LARGEST_BODY = 1_000_000  # bytes
LONGEST_USER_AGENT = 500  # characters that are recorded
REPLACED = "\ufffd".encode()  # what API Gateway makes of bytes that are not UTF-8

T = TypeVar("T", bound=msgspec.Struct)


def id_of(request: Request) -> str:
    """The id API Gateway gave the request; it is in the answer and in every log line."""
    return str(request.context.get("requestId", ""))


def source_of(request: Request) -> str:
    """The address of who connected: the caller, or a proxy before us."""
    return str((request.context.get("identity") or {}).get("sourceIp") or "")


def origin_of(request: Request) -> Origin:
    """The request as the audit trail names it."""
    forwarded = request.headers.get("x-forwarded-for", "")
    return Origin(
        id_of(request),
        client_address(forwarded, source_of(request), settings().trusted_proxies),
        request.headers.get("user-agent", "")[:LONGEST_USER_AGENT],
    )


def refuse_large(request: Request, largest: int) -> None:
    """Raises PayloadTooLarge."""
    if len(request.raw_body) > largest:
        raise PayloadTooLarge(f"The body has {len(request.raw_body):,} bytes; at most {largest:,} are taken")


def decode_body(kind: type[T], request: Request, required: bool, read_only: frozenset[str]) -> T:
    """The JSON body as a `kind`. An empty body is as good as `{}` where none is required.

    Raises UnsupportedMediaType, InvalidJson, BadRequest, ValidationFailed.
    """
    body = bytes(request.raw_body)
    if not body and not required:
        return decode(kind, {})
    media_type = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise UnsupportedMediaType(f"Send the body as application/json, not as {media_type[:100]!r}")
    if not body:
        raise InvalidJson("The body is empty; send a JSON object")
    if REPLACED in body:
        raise InvalidJson("The body is not UTF-8, or has the character U+FFFD, which stands for what was not")
    value = parse_json(body)
    if not isinstance(value, dict):
        raise BadRequest("The body must be a JSON object")
    return decode(kind, value, read_only=read_only)


def decode_query(kind: type[T], request: Request, *, of_form: bool = False) -> T:
    """The query parameters as a `kind`; one that may repeat is declared as a list. Unknown ones are ignored, and of a
    form those that were left empty.

    Raises ValidationFailed.
    """
    given = request.query_params
    values: dict[str, Any] = {}
    for field in msgspec.structs.fields(kind):
        if given is not None and field.encode_name in given:
            sent = [text for text in given.getlist(field.encode_name) if text or not of_form]
            repeats = get_origin(without_extras(field.type)[0]) is list
            if sent:
                values[field.encode_name] = sent if repeats else sent[-1]
    return decode(kind, values, lax=True)


def unquoted(parameter: str) -> str:
    """A path parameter as it was meant: API Gateway hands it on still percent-encoded."""
    return unquote(parameter)
