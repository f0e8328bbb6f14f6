"""Store calls of each operation, as the product's own log lines count them."""

import json
import time
from collections.abc import Iterator
from typing import Any

from .engine import Function
from .figure import COUNT, Figure

PIPELINES = "/v1/admin/pipelines"
ONE = PIPELINES + "/{pipeline_id}"
EVENTS = 500
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
    yield Figure("ingest one event: queue sends", last(function).get("sqs", 0), 1, method=METHOD, fails_at=COUNT)
    yield from batches(function, created["pipeline_key"])
    yield limiter_writes(function, event)
    function.call("DELETE", ONE, **pipeline)
    yield store(function, "delete", 2)


def batches(function: Function, key: str) -> Iterator[Figure]:
    """Calls for batches: one read, a write of the limiter for its block, and no more sends than the bytes need."""
    for events in (10, 100, 500):
        batch = [
            {"type": "page", "name": "Pricing", "context": {"page": {"url": "https://a.test/" + "x" * 700}}}
        ] * events
        sent = len(json.dumps(batch))
        function.call("POST", "/v1/batch", {"writeKey": key, "batch": batch})
        calls = last(function)
        yield Figure(f"ingest a batch of {events}: store calls", calls["dynamodb"], 2, method=METHOD, fails_at=COUNT)
        sends = -(-sent // (256 * 1024))
        yield Figure(f"ingest a batch of {events}: queue sends", calls["sqs"], sends, method=METHOD, fails_at=COUNT)
        time.sleep(1)  # the bucket fills again


def limiter_writes(function: Function, event: dict[str, str]) -> Figure:
    """Writes of the limiter for each event, at a load that its limit lets in."""
    writes = 0
    for _ in range(EVENTS):
        function.call("POST", "/v1/t", event)
        writes += last(function)["dynamodb"] - 1
    return Figure("limiter writes for each event", writes / EVENTS, 0.05, method=f"{EVENTS} events", fails_at=COUNT)


def store(function: Function, operation: str, budget: int) -> Figure:
    """The calls to DynamoDB of the last request."""
    calls = last(function).get("dynamodb", 0)
    return Figure(f"store calls: {operation}", calls, budget, method=METHOD, fails_at=COUNT)


def last(function: Function) -> dict[str, int]:
    """The AWS calls of the last request, by service."""
    calls: dict[str, int] = function.lines[-1]["aws_calls"]
    return calls
