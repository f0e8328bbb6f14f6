"""An operation of the API: declared once, it checks the caller, decodes the request, answers, logs, and describes
itself for the OpenAPI document."""

import functools
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import msgspec
from chalice.app import Blueprint, Chalice, Request, Response

from .. import auth, aws, logs, metrics
from ..auth import Actor, Caller, Origin
from ..errors import (
    ApiError,
    InternalError,
    MethodNotAllowed,
    ServiceUnavailable,
    ValidationFailed,
    error_body,
)
from . import idempotency, requests
from .idempotency import Once

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
# Answers belong to one caller and may hold secrets: nothing on the way keeps them.
HEADERS = {
    "Content-Type": "application/json",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}

Body = TypeVar("Body")
Query = TypeVar("Query")


@dataclass(slots=True)
class Call(Generic[Body, Query]):
    """One request to an operation, checked and decoded."""

    request: Request
    request_id: str
    body: Body
    query: Query
    signed_in: Caller | None = None
    once: Once | None = None  # when an Idempotency-Key was sent

    @property
    def caller(self) -> Caller:
        """Who calls; only of operations that require a role."""
        if self.signed_in is None:
            raise RuntimeError("this operation requires no role, so it has no caller")
        return self.signed_in

    @property
    def origin(self) -> Origin:
        """By which request and from where it calls."""
        return requests.origin_of(self.request)

    @property
    def actor(self) -> Actor:
        """The caller as one who changes something."""
        return self.origin.actor(self.caller)


@dataclass(slots=True)
class Answer:
    """What an operation answers when it is more than a body with the usual status."""

    body: Any
    status: int = 0  # 0: the operation's
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What is declared of an operation; the OpenAPI document is made of these."""

    method: str
    path: str
    name: str
    tag: str
    summary: str
    description: str
    answer: Any  # the type of the body
    status: int = 200
    role: str | None = None
    body: type[msgspec.Struct] | None = None
    body_required: bool = True
    sends: type[msgspec.Struct] | None = None  # a body that the view reads by itself, as JSON of any content type
    example: dict[str, Any] | None = None  # a body
    read_only: frozenset[str] = frozenset()
    query: type[msgspec.Struct] | None = None
    errors: tuple[type[ApiError], ...] = ()
    idempotent: bool = False
    media_type: str = "application/json"
    conditional: tuple[str, ...] = ()  # the precondition headers it honours


registry: list[Operation] = []


def operation(
    blueprint: Blueprint,
    method: str,
    path: str,
    *,
    answer: Any,
    summary: str,
    tag: str,
    name: str = "",
    **declared: Any,
) -> Callable[[Callable[..., Any]], Callable[..., Response]]:
    """Declare the view below as the operation `method path`, named like the view or as given. The other arguments are
    Operation's fields."""

    def register(view: Callable[..., Any]) -> Callable[..., Response]:
        declaration = Operation(
            method=method,
            path=path,
            name=name or view.__name__,
            tag=tag,
            summary=summary,
            description=" ".join((view.__doc__ or "").split()),
            answer=answer,
            **declared,
        )
        registry.append(declaration)

        @functools.wraps(view)
        def respond(**path_parameters: str) -> Response:
            return _logged(declaration, blueprint.current_request, view, path_parameters)

        methods = ["GET", "HEAD"] if method == "GET" else [method]
        blueprint.route(path, methods=methods, content_types=[], name=declaration.name)(respond)
        return respond

    return register


def refuse_other_methods(app: Chalice) -> None:
    """Answer 405 with `Allow` on every path for the methods it does not take: the gateway alone would say 403."""
    for path, taken in list(app.routes.items()):
        missing = [method for method in METHODS if method not in taken]
        app.route(path, methods=missing, content_types=[])(_refusal(app, ", ".join(sorted(taken))))


def _refusal(app: Chalice, allowed: str) -> Callable[..., Response]:
    def refuse_method(**_: str) -> Response:
        request = app.current_request
        message = f"This path does not take {request.method}; it takes {allowed}"
        return error_response(MethodNotAllowed(message, {"Allow": allowed}), requests.id_of(request))

    return refuse_method


def unknown_method(method: str) -> MethodNotAllowed:
    """For a method, such as TRACE, that no path takes."""
    return MethodNotAllowed(f"{method} is not a method of this API", {"Allow": ", ".join(METHODS)})


def _logged(operation: Operation, request: Request, view: Callable[..., Any], parameters: dict[str, str]) -> Response:
    started = time.perf_counter()
    aws.forget_calls()
    request_id = requests.id_of(request)
    seen: dict[str, Any] = {"request_id": request_id, "method": request.method, "route": operation.path}
    try:
        response = _respond(operation, request, request_id, view, parameters, seen)
    except ApiError as error:
        response = error_response(error, request_id)
        seen["code"] = error.code()
    except Exception as error:
        failure = ServiceUnavailable() if aws.unavailable(error) else InternalError()
        response = error_response(failure, request_id)
        logs.error("request failed", **seen)
        seen["code"] = failure.code()
    spent = round((time.perf_counter() - started) * 1000, 1)
    metrics.report("request", **seen, status=response.status_code, milliseconds=spent, aws_calls=aws.calls())
    return response


def _respond(
    operation: Operation,
    request: Request,
    request_id: str,
    view: Callable[..., Any],
    parameters: dict[str, str],
    seen: dict[str, Any],
) -> Response:
    caller = None
    if operation.role:
        caller = auth.authenticate(request.headers.get("authorization"))
        seen |= {"org_id": caller.org_id, "user_id": caller.user_id}
        auth.require(caller, operation.role)
    call = Call(
        request=request,
        request_id=request_id,
        body=_decoded_body(operation, request),
        query=requests.decode_query(operation.query, request) if operation.query else None,
        signed_in=caller,
    )
    if caller and operation.idempotent:
        call.once = idempotency.begin(request, caller)
    return _response(operation, _answer(call, view, parameters), request_id)


def _decoded_body(operation: Operation, request: Request) -> Any:
    if operation.sends is None:
        requests.refuse_large(request, requests.LARGEST_BODY)
    if operation.body is None:
        return None
    return requests.decode_body(operation.body, request, operation.body_required, operation.read_only)


def _answer(call: Call[Any, Any], view: Callable[..., Any], parameters: dict[str, str]) -> Answer:
    """The view's answer, or the first one again when the request has an Idempotency-Key that was used."""
    replay = call.once.replay() if call.once else None
    if replay is None:
        try:
            answer = view(call, **{name: requests.unquoted(value) for name, value in parameters.items()})
            return answer if isinstance(answer, Answer) else Answer(answer)
        except idempotency.AnsweredMeanwhile:
            replay = call.once.replay() if call.once else None
    if replay is None:
        raise ServiceUnavailable
    return Answer(replay.body, replay.status, replay.headers)


def _response(operation: Operation, answer: Answer, request_id: str) -> Response:
    body = answer.body if isinstance(answer.body, str) else msgspec.json.encode(answer.body).decode()
    headers = HEADERS | {"Content-Type": operation.media_type, "X-Request-Id": request_id} | answer.headers
    status = answer.status or operation.status
    return Response(body="" if status == 304 else body, status_code=status, headers=headers)


def error_response(error: ApiError, request_id: str) -> Response:
    """The answer that tells `error`, in the one shape."""
    details = error.details if isinstance(error, ValidationFailed) else None
    body = error.beside | error_body(error.code(), error.message, request_id, details)
    headers = HEADERS | {"X-Request-Id": request_id} | error.headers
    return Response(body=msgspec.json.encode(body).decode(), status_code=error.status, headers=headers)


def operations() -> Sequence[Operation]:
    """Every operation declared so far."""
    return tuple(registry)
