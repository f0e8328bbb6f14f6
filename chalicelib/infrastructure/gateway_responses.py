"""What API Gateway answers by itself, without asking a function, in the product's one shape of an error.

Pure data, so that the local gateway can answer the same.
"""

from typing import NamedTuple


class GatewayResponse(NamedTuple):
    """One kind of answer: its name at API Gateway, and what the caller gets."""

    type: str
    status: int | None  # None leaves API Gateway's own, which differs within a DEFAULT_ type
    code: str
    message: str


GATEWAY_RESPONSES = (
    GatewayResponse("MISSING_AUTHENTICATION_TOKEN", 404, "NOT_FOUND", "There is nothing at this path."),
    GatewayResponse("REQUEST_TOO_LARGE", 413, "PAYLOAD_TOO_LARGE", "The request body is too large."),
    GatewayResponse("UNSUPPORTED_MEDIA_TYPE", 415, "UNSUPPORTED_MEDIA_TYPE", "Send the body as application/json."),
    GatewayResponse("THROTTLED", 429, "RATE_LIMITED", "Too many requests; wait a second and repeat the request."),
    GatewayResponse("INTEGRATION_FAILURE", 502, "BAD_GATEWAY", "The answer was lost; repeat the request."),
    GatewayResponse("INTEGRATION_TIMEOUT", 504, "GATEWAY_TIMEOUT", "The answer took too long; repeat the request."),
    GatewayResponse("DEFAULT_4XX", None, "BAD_REQUEST", "The request cannot be understood."),
    GatewayResponse("DEFAULT_5XX", None, "BAD_GATEWAY", "Something went wrong on our side; repeat the request."),
)

# So that a script in a page learns what went wrong; nothing secret is in these answers.
HEADERS = {"Access-Control-Allow-Origin": "*"}


def body(response: GatewayResponse, request_id: str) -> dict[str, dict[str, str]]:
    """The JSON that the caller gets; the shape is that of `chalicelib.errors`."""
    return {"error": {"code": response.code, "message": response.message, "request_id": request_id}}
