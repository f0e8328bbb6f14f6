"""API Gateway and Lambda on this machine: HTTP requests become proxy events for the very function that is deployed,
within AWS's limits, so that what works here works there.

Event formats: AWS, "Set up Lambda proxy integrations in API Gateway" (REST API), and "Create AWS Lambda proxy
integrations for HTTP APIs" (payload format version 1.0). Limits of both: 10 MB and 29 s of API Gateway, 6 MB of a
Lambda payload each way.
"""

import base64
import json
import threading
import time
import uuid
import zlib
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as Late
from functools import partial
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from chalice import Chalice

from chalicelib.api import http_api
from chalicelib.api.operation import error_response, unknown_method
from chalicelib.api.routing import Router
from chalicelib.infrastructure.gateway_responses import GATEWAY_RESPONSES
from chalicelib.infrastructure.gateway_responses import HEADERS as GATEWAY_HEADERS
from chalicelib.infrastructure.gateway_responses import body as gateway_body

LARGEST_REQUEST = 10 * 1024 * 1024  # bytes
LARGEST_PAYLOAD = 6 * 1024 * 1024  # bytes, of the event and of the answer
LONGEST_SECONDS = 29.0
THREADS = 32
STAGE = "api"

StartResponse = Callable[[str, list[tuple[str, str]]], Any]
HttpAnswer = tuple[int, list[tuple[str, str]], bytes]  # status, headers, body


class ThreadSafeChalice(Chalice):  # type: ignore[misc]  # its base has no types
    """Chalice keeps the current request on the application: a Lambda function has one at a time, a server many."""

    _current = threading.local()

    @property
    def current_request(self) -> Any:
        return getattr(self._current, "request", None)

    @current_request.setter
    def current_request(self, request: Any) -> None:
        self._current.request = request

    @property
    def lambda_context(self) -> Any:
        return getattr(self._current, "context", None)

    @lambda_context.setter
    def lambda_context(self, context: Any) -> None:
        self._current.context = context


class Context:
    """What Lambda tells a function about one call of it."""

    function_name = "signal-local"
    memory_limit_in_mb = "1024"

    def __init__(self, seconds: float = LONGEST_SECONDS) -> None:
        self.aws_request_id = str(uuid.uuid4())
        self._ends = time.monotonic() + seconds

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the call is ended."""
        return max(0, int((self._ends - time.monotonic()) * 1000))


class Gateway:
    """What both kinds of gateway do: a WSGI application that calls the product's."""

    def __init__(self, app: Chalice, longest_seconds: float = LONGEST_SECONDS) -> None:
        app.__class__ = ThreadSafeChalice
        self.app = app
        self.longest_seconds = longest_seconds
        self.threads = ThreadPoolExecutor(THREADS, thread_name_prefix="function")

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        status, headers, body = self.answer(environ)
        if environ["REQUEST_METHOD"] == "HEAD":
            body = b""
        if status != 304:
            headers.append(("Content-Length", str(len(body))))
        start_response(f"{status} {HTTPStatus(status).phrase}", headers)
        return [body]

    def answer(self, environ: dict[str, Any]) -> HttpAnswer:
        """Status, headers and body for a request."""
        raise NotImplementedError

    def call(self, function: Callable[..., Any], event: dict[str, Any]) -> dict[str, Any]:
        """What the function answers. Raises Late."""
        context = Context(self.longest_seconds)
        answer: dict[str, Any] = self.threads.submit(function, event, context).result(self.longest_seconds)
        return answer


class RestApi(Gateway):
    """The REST API that Chalice makes."""

    def __init__(self, app: Chalice, longest_seconds: float = LONGEST_SECONDS) -> None:
        super().__init__(app, longest_seconds)
        self.router = Router(app.routes)

    def answer(self, environ: dict[str, Any]) -> HttpAnswer:
        """Status, headers and body for a request."""
        request_id = str(uuid.uuid4())
        matched = self.router.match(path_of(environ))
        if matched is None:
            return refusal("MISSING_AUTHENTICATION_TOKEN", request_id)
        if environ["REQUEST_METHOD"] not in self.app.routes[matched[0]]:
            # CloudFront would stop it before.
            refused = error_response(unknown_method(environ["REQUEST_METHOD"]), request_id)
            return http_answer(refused.to_dict()) or refusal("DEFAULT_5XX", request_id)
        body = read_body(environ)
        if body is None:
            return refusal("REQUEST_TOO_LARGE", request_id)
        if environ.get("HTTP_CONTENT_ENCODING", "").strip().lower() == "gzip":
            body = inflated(body)
            if body is None:
                return refusal("UNSUPPORTED_MEDIA_TYPE", request_id)
        media_type = environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
        event = proxy_event(
            environ, body, request_id, *matched, stage=STAGE, binary=media_type in self.app.api.binary_types
        )
        if too_large(event, body):
            return refusal("REQUEST_TOO_LARGE", request_id)
        try:
            answered = self.call(self.app, event)
        except Late:
            return refusal("INTEGRATION_TIMEOUT", request_id)
        return http_answer(answered) or refusal("INTEGRATION_FAILURE", request_id)


class HttpApi(Gateway):
    """The HTTP API before the entrances for events. It gives everything to its function, whatever the path, and what it
    answers by itself has its own shape."""

    def answer(self, environ: dict[str, Any]) -> HttpAnswer:
        """Status, headers and body for a request."""
        request_id = str(uuid.uuid4())
        body = read_body(environ)
        if body is None:
            return own_words(413, "Request Entity Too Large")
        event = proxy_event(
            environ, body, request_id, "$default", {}, stage="$default", binary=is_binary(environ, body)
        )
        if too_large(event, body):
            return own_words(413, "Request Entity Too Large")
        try:
            answered = self.call(partial(http_api.answer, self.app), event)
        except Late:
            return own_words(503, "Service Unavailable")
        return http_answer(answered) or own_words(500, "Internal Server Error")


def path_of(environ: dict[str, Any]) -> str:
    """The path as it was sent."""
    path: str = environ.get("REQUEST_URI", environ["PATH_INFO"])
    return path.partition("?")[0]


def too_large(event: dict[str, Any], body: bytes) -> bool:
    """Whether Lambda would not take it."""
    return len(body) > LARGEST_PAYLOAD // 2 and len(json.dumps(event)) > LARGEST_PAYLOAD


def is_binary(environ: dict[str, Any], body: bytes) -> bool:
    """Whether an HTTP API hands a body on in base64."""
    media_type = environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
    if not (media_type.startswith("text/") or media_type in ("", "application/json", "application/xml")):
        return True
    try:
        body.decode()
    except UnicodeDecodeError:
        return True
    return False


def read_body(environ: dict[str, Any]) -> bytes | None:
    """The body, or None for one that API Gateway would not take."""
    length = int(environ.get("CONTENT_LENGTH") or 0)
    if length > LARGEST_REQUEST:
        return None
    body: bytes = environ["wsgi.input"].read(length)
    return body


def inflated(body: bytes) -> bytes | None:
    """A gzip body as API Gateway hands it on, with `Content-Encoding` left as it was; None for one that is none."""
    inflater = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        plain = inflater.decompress(body, LARGEST_REQUEST)
    except zlib.error:
        return None
    return plain if inflater.eof else None


def proxy_event(
    environ: dict[str, Any],
    body: bytes,
    request_id: str,
    resource: str,
    path_parameters: dict[str, str],
    *,
    stage: str,
    binary: bool,
) -> dict[str, Any]:
    """The event that a gateway gives to its function: of a REST API, or of an HTTP API in the payload format 1.0."""
    path, method = path_of(environ), environ["REQUEST_METHOD"]
    headers = request_headers(environ)
    query: dict[str, list[str]] = {}
    for name, value in parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True):
        query.setdefault(name, []).append(value)
    return {
        "version": "1.0",
        "resource": resource,
        "path": path,
        "httpMethod": method,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": {name: values[-1] for name, values in query.items()} or None,
        "multiValueQueryStringParameters": query or None,
        "pathParameters": path_parameters or None,
        "stageVariables": None,
        "requestContext": {
            "resourcePath": resource,
            "httpMethod": method,
            "path": path if stage == "$default" else f"/{stage}{path}",
            "stage": stage,
            "requestId": request_id,
            "accountId": "000000000000",
            "apiId": "local",
            "protocol": environ.get("SERVER_PROTOCOL", "HTTP/1.1"),
            "requestTimeEpoch": int(time.time() * 1000),
            "identity": {
                "sourceIp": environ.get("REMOTE_ADDR", "127.0.0.1"),
                "userAgent": headers.get("user-agent"),
            },
        },
        # A text body that is not UTF-8 does not survive a REST API either.
        "body": (base64.b64encode(body).decode("ascii") if binary else body.decode("utf-8", "replace")) or None,
        "isBase64Encoded": binary,
    }


def request_headers(environ: dict[str, Any]) -> dict[str, str]:
    """The request's headers with lower-case names. WSGI has joined repeated ones with commas already."""
    headers = {name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name.startswith("HTTP_")}
    for name, header in (("CONTENT_TYPE", "content-type"), ("CONTENT_LENGTH", "content-length")):
        if environ.get(name):
            headers[header] = environ[name]
    return headers


def http_answer(answer: dict[str, Any]) -> HttpAnswer | None:
    """What API Gateway makes of a function's answer; None for one that is larger than Lambda can give."""
    text = answer.get("body") or ""
    body = base64.b64decode(text) if answer.get("isBase64Encoded") else text.encode()
    if len(body) > LARGEST_PAYLOAD:
        return None
    headers = [(name, str(value)) for name, value in (answer.get("headers") or {}).items()]
    for name, values in (answer.get("multiValueHeaders") or {}).items():
        headers += [(name, str(value)) for value in values]
    return int(answer["statusCode"]), headers, body


def refusal(kind: str, request_id: str) -> HttpAnswer:
    """What the REST API answers by itself, as the template says."""
    response = next(response for response in GATEWAY_RESPONSES if response.type == kind)
    headers = [("Content-Type", "application/json"), ("X-Request-Id", request_id), *GATEWAY_HEADERS.items()]
    return response.status or 502, headers, json.dumps(gateway_body(response, request_id)).encode()


def own_words(status: int, message: str) -> HttpAnswer:
    """What an HTTP API answers by itself, which cannot be changed."""
    return status, [("Content-Type", "application/json")], json.dumps({"message": message}).encode()
