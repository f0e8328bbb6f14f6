"""Store calls of each operation, as the product's own log lines count them."""

from collections.abc import Iterator
from typing import Any

from .engine import Function
from .figure import Figure

PIPELINES = "/v1/admin/pipelines"
ONE = PIPELINES + "/{pipeline_id}"
METHOD = "aws_calls of the request's log line"


def measure(function: Function) -> Iterator[Figure]:
    """The store calls of the operations that have a budget."""
    created = function.call("POST", PIPELINES, {"name": "Counted", "type": "web"})
    yield store(function, "create", 2)
    pipeline = {"pipeline_id": created["id"]}
    steps: list[tuple[str, int, tuple[Any, ...]]] = [
        ("get", 1, ("GET", ONE)),
        ("update", 2, ("PUT", ONE, {"name": "Changed", "slug": "changed"})),
        ("rotate", 2, ("POST", ONE + "/rotate-secret", {"grace_seconds": 60})),
        ("list, a few pipelines", 1, ("GET", PIPELINES)),
    ]
    for name, budget, request in steps:
        function.call(*request, **(pipeline if "{" in request[1] else {}))
        yield store(function, name, budget)
    event = {"writeKey": created["pipeline_key"], "event": "Counted"}
    function.call("POST", "/v1/t", event)
    yield store(function, "ingest one event: reads", 1)
    yield Figure("ingest one event: queue sends", last(function).get("sqs", 0), 1, method=METHOD, counted=True)
    function.call("DELETE", ONE, **pipeline)
    yield store(function, "delete", 2)


def store(function: Function, operation: str, budget: int) -> Figure:
    """The calls to DynamoDB of the last request."""
    calls = last(function).get("dynamodb", 0)
    return Figure(f"store calls: {operation}", calls, budget, method=METHOD, counted=True)


def last(function: Function) -> dict[str, int]:
    """The AWS calls of the last request, by service."""
    calls: dict[str, int] = function.lines[-1]["aws_calls"]
    return calls
