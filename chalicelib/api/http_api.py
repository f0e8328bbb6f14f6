"""What comes through the HTTP API, which costs $1.00 a million requests where the REST API costs $3.50: its events,
payload format 1.0, become those of the REST API, so that the application cannot tell them apart.

The HTTP API has a single route, `$default`, so which resource a path is, is decided here. The product's answers for
what is not there stay ours that way: an HTTP API's own cannot be changed.

Source: AWS, "Create AWS Lambda proxy integrations for HTTP APIs", payload format version 1.0.
"""

from functools import lru_cache
from typing import Any

from chalice import Chalice

from ..errors import NotFound
from .operation import METHODS, error_response, unknown_method
from .routing import Router

# What people do with their accounts comes through the REST API, in another function with other rights.
ELSEWHERE = ("/v1/admin/", "/console")


def answer(app: Chalice, event: dict[str, Any], context: Any) -> Any:
    """What the application answers to an event of the HTTP API."""
    request_id = event["requestContext"]["requestId"]
    matched = _router(app).match(event["path"])
    if matched is None:
        return error_response(NotFound(), request_id).to_dict()
    resource, path_parameters = matched
    if event["httpMethod"] not in METHODS:
        return error_response(unknown_method(event["httpMethod"]), request_id).to_dict()
    told = event["requestContext"] | {"resourcePath": resource}
    return app(
        event | {"resource": resource, "pathParameters": path_parameters or None, "requestContext": told}, context
    )


@lru_cache(maxsize=1)
def _router(app: Chalice) -> Router:
    return Router(path for path in app.routes if not path.startswith(ELSEWHERE))
