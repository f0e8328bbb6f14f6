"""CPU of an admin request, against the same handler written bare on Chalice and boto3, in one run."""

import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import jwt
from boto3.dynamodb.types import TypeDeserializer
from chalice import Chalice
from chalice.app import Response

from chalicelib.settings import settings
from chalicelib.store import named

from .engine import Function
from .figure import RATIO, Figure

ROUNDS, REQUESTS = 9, 60
ONE = "/v1/admin/pipelines/{pipeline_id}"


def bare_app() -> Chalice:
    """What the get would be without the product: token, item, JSON."""
    import json

    app, dynamodb, deserializer = Chalice("bare"), boto3.client("dynamodb"), TypeDeserializer()

    @app.route(ONE, methods=["GET"])
    def get_pipeline(pipeline_id: str) -> Response:
        token = app.current_request.headers["authorization"].partition(" ")[2]
        caller = jwt.decode(token, settings().jwt_secret, algorithms=["HS256"])
        answer = dynamodb.get_item(
            TableName=named("pipelines"),
            Key={"org_id": {"S": caller["org_id"]}, "id": {"S": pipeline_id}},
            ConsistentRead=True,
        )
        item = {name: deserializer.deserialize(value) for name, value in answer["Item"].items()}
        return Response(json.dumps(item, default=str), headers={"Content-Type": "application/json"})

    return app


def measure(function: Function) -> Iterator[Figure]:
    """The ratio of the two, as the median over rounds that take turns."""
    created = function.call("POST", "/v1/admin/pipelines", {"name": "Measured", "type": "web"})
    event = function.event("GET", ONE, {"pipeline_id": created["id"]}, None, None)
    bare = bare_app()
    ratios = []
    for app in (function.app, bare):  # warm
        spent(lambda app=app: app(event, None))  # type: ignore[misc]  # mypy infers no lambda with a default
    for _ in range(ROUNDS):
        ours = spent(lambda: function.app(event, None))
        ratios.append(ours / spent(lambda: bare(event, None)))
    method = f"process_time, {ROUNDS} rounds of {REQUESTS} in turn, median"
    name = "CPU of a get, against bare Chalice + boto3"
    yield Figure(name, statistics.median(ratios), 1.5, "×", method, fails_at=RATIO)


def spent(call: Callable[[], Any]) -> float:
    """CPU seconds of a round of calls."""
    started = time.process_time()
    for _ in range(REQUESTS):
        call()
    return time.process_time() - started
