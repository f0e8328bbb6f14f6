"""The OpenAPI 3.1 document, made of the declared operations and the types that validate their requests."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import msgspec

from .. import errors
from ..errors import ApiError
from .operation import Operation, operations

VERSION = "1.0.0"
REF = "#/components/schemas/{name}"
DESCRIPTION = (
    "Datafly Signal collects an organisation's own customer events on its own domain and AWS account. "
    "The admin API manages pipelines and where their events go; pages and servers send events with a pipeline's key."
)
BODY_ERRORS: tuple[type[ApiError], ...] = (
    errors.InvalidJson,
    errors.BadRequest,
    errors.UnsupportedMediaType,
    errors.ValidationFailed,
)
TAGS = (
    "Pipelines",
    "Collector",
    "Integrations",
    "Deliveries",
    "Events in",
    "Activity",
    "Signing in",
    "Users",
    "Audit",
    "Health",
    "Description",
)
PRECONDITIONS = {
    "If-Match": "Change only this version: the ETag of an earlier answer. Otherwise 412.",
    "If-None-Match": "The ETag that is known already; 304 when it is still the one.",
}


class ErrorDetail(msgspec.Struct, kw_only=True):
    """One wrong field and what would be right."""

    field: str
    message: str


class ErrorContent(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What went wrong; `details` names every wrong field of a 422."""

    code: str
    message: str
    request_id: str
    details: list[ErrorDetail] | msgspec.UnsetType = msgspec.UNSET


class Error(msgspec.Struct, kw_only=True):
    """The one shape of an error. Ingestion adds `success`, `code` and `message` beside it."""

    error: ErrorContent


@lru_cache(maxsize=1)
def document() -> dict[str, Any]:
    """The whole document."""
    known = operations()
    schemas = _schemas(known)
    paths: dict[str, Any] = {}
    for operation in known:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Datafly Signal", "version": VERSION, "description": DESCRIPTION},
        "servers": [{"url": "/", "description": "This installation"}],
        "tags": [{"name": tag} for tag in TAGS],
        "paths": paths,
        "components": {
            "schemas": schemas["components"],
            "securitySchemes": {
                "accessToken": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "The access_token of /v1/admin/auth/login, valid for 15 minutes.",
                }
            },
        },
    }


def _schemas(known: Sequence[Operation]) -> dict[str, Any]:
    types: list[Any] = [Error]
    for operation in known:
        candidates = (operation.body, operation.sends, operation.answer)
        types += [kind for kind in candidates if kind not in (None, str) and kind not in types]
    refs, components = msgspec.json.schema_components(types, ref_template=REF)
    return {"refs": dict(zip(types, refs, strict=True)), "components": components}


def _operation(operation: Operation, schemas: dict[str, Any]) -> dict[str, Any]:
    role = f" Required role: {operation.role} or above." if operation.role else ""
    described: dict[str, Any] = {
        "operationId": operation.name,
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": operation.description + role,
        "parameters": list(_parameters(operation)),
        "responses": _responses(operation, schemas),
        "security": [{"accessToken": []}] if operation.role else [],
    }
    if operation.role:
        described["x-required-role"] = operation.role
    sent = operation.body or operation.sends
    if sent:
        media_types = ("application/json",) if operation.body else ("application/json", "text/plain")
        described["requestBody"] = {
            "required": operation.body_required,
            "content": {
                media_type: {"schema": schemas["refs"][sent], "example": operation.example}
                for media_type in media_types
            },
        }
    return described


def _parameters(operation: Operation) -> Iterable[dict[str, Any]]:
    for name in re.findall(r"{(\w+)}", operation.path):
        yield {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
    if operation.query:
        for field in msgspec.structs.fields(operation.query):
            schema = msgspec.json.schema(field.type)
            if not field.required and field.default not in (msgspec.NODEFAULT, msgspec.UNSET):
                schema["default"] = field.default
            yield {"name": field.encode_name, "in": "query", "required": field.required, "schema": schema}
    if operation.idempotent:
        description = "The same request with the same key within 24 hours gets the first answer again."
        schema = {"type": "string", "pattern": "^[!-~]{1,255}$"}
        yield {"name": "Idempotency-Key", "in": "header", "description": description, "schema": schema}
    for name in operation.conditional:
        yield {"name": name, "in": "header", "description": PRECONDITIONS[name], "schema": {"type": "string"}}


def _responses(operation: Operation, schemas: dict[str, Any]) -> dict[str, Any]:
    schema = {"type": "string"} if operation.answer is str else schemas["refs"][operation.answer]
    headers = {"X-Request-Id": _header("The id of this request, also in the log")}
    if operation.conditional:
        headers["ETag"] = _header("The version of what is answered")
    if operation.status == 201:
        headers["Location"] = _header("Where the new resource is")
    responses: dict[str, Any] = {
        str(operation.status): {
            "description": operation.summary,
            "headers": headers,
            "content": {operation.media_type: {"schema": schema}},
        }
    }
    if "If-None-Match" in operation.conditional:
        responses["304"] = {"description": "Not changed since the version in If-None-Match."}
    by_status: dict[int, list[type[ApiError]]] = {}
    for error in dict.fromkeys(_errors(operation)):
        by_status.setdefault(error.status, []).append(error)
    for status, of_status in sorted(by_status.items()):
        responses[str(status)] = _error_response(of_status, schemas)
    return responses


def _errors(operation: Operation) -> Iterable[type[ApiError]]:
    if operation.role:
        yield from (errors.InvalidToken, errors.ExpiredToken, errors.Forbidden)
    if operation.body:
        yield from BODY_ERRORS
    if operation.query:
        yield errors.ValidationFailed
    if operation.idempotent:
        yield from (errors.ValidationFailed, errors.IdempotencyKeyReused)
    yield from operation.errors
    yield from (errors.PayloadTooLarge, errors.InternalError, errors.ServiceUnavailable)


def _error_response(of_status: list[type[ApiError]], schemas: dict[str, Any]) -> dict[str, Any]:
    described = [f"`{error.code()}`: {(error.__doc__ or '').partition(chr(10))[0]}" for error in of_status]
    response: dict[str, Any] = {
        "description": " ".join(described),
        "headers": {"X-Request-Id": _header("The id of this request, also in the log")},
        "content": {"application/json": {"schema": schemas["refs"][Error]}},
    }
    if any(error in (errors.ServiceUnavailable, errors.AccountLocked) for error in of_status):
        response["headers"]["Retry-After"] = _header("Seconds to wait")
    return response


def _header(description: str) -> dict[str, Any]:
    return {"description": description, "schema": {"type": "string"}}
