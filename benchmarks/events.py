"""Events: the CPU that one costs, against the same written bare on Chalice and boto3, and how many a core takes."""

import itertools
import json
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

import boto3
from chalice import Chalice
from chalice.app import Response

from chalicelib.settings import settings
from chalicelib.store import named

from .engine import Function
from .figure import Figure
from .usage import an_event

ROUNDS, REQUESTS = 7, 60
BATCHES = {1: 100.0, 10: 700.0, 100: 2000.0, 500: 2500.0}  # events a second on one core, at least
SECONDS = 2.0
PROCESSED_AT_LEAST = 200.0
EVENTS_PROCESSED = 1000


def measure(function: Function) -> Iterator[Figure]:
    """The figures of events on their way in."""
    pipeline = function.call("POST", "/v1/admin/pipelines", {"name": "Measured events", "type": "web"})
    function.call("PUT", "/v1/admin/pipelines/{pipeline_id}", {"rate_limit_rps": 1_000_000}, pipeline_id=pipeline["id"])
    yield against_bare(function, pipeline["pipeline_key"])
    for batch, least in BATCHES.items():
        yield rate(function, pipeline["pipeline_key"], batch, least)
    yield processed(pipeline["id"])


def against_bare(function: Function, key: str) -> Figure:
    """CPU of one event."""
    bare, own = bare_app(), function.app
    ratios = []
    for _ in range(ROUNDS):
        ours, theirs = (spent(lambda app=app: app(an_event_of(function, key), None)) for app in (own, bare))  # type: ignore[misc]
        ratios.append(ours / theirs)
    method = f"process_time, {ROUNDS} rounds of {REQUESTS} in turn, median"
    return Figure("CPU of an event, against bare Chalice + boto3", statistics.median(ratios), 1.5, "×", method)


def bare_app() -> Chalice:
    """What taking an event would be without the product: key, message, answer."""
    app, dynamodb, sqs = Chalice("bare"), boto3.client("dynamodb"), boto3.client("sqs")

    @app.route("/v1/p", methods=["POST"])
    def page() -> Response:
        sent = json.loads(app.current_request.raw_body)
        key = {"pipeline_key": {"S": sent["writeKey"]}}
        answer = dynamodb.get_item(TableName=named("pipeline-keys"), Key=key, ConsistentRead=True)
        if not answer["Item"]["enabled"]["BOOL"]:
            return Response("{}", status_code=403)
        message = json.dumps({"pipeline": answer["Item"]["pipeline_id"]["S"], "events": [sent]})
        sqs.send_message(QueueUrl=settings().events_queue_url, MessageBody=message)
        return Response('{"success": true}', headers={"Content-Type": "application/json"})

    return app


_numbers = itertools.count()


def an_event_of(function: Function, key: str) -> dict[str, Any]:
    """A request with one event."""
    return function.event("POST", "/v1/p", {}, {"writeKey": key, **an_event(f"m-{next(_numbers)}")}, None)


def a_batch_of(function: Function, key: str, events: int) -> dict[str, Any]:
    """A request with so many."""
    batch = [an_event(f"m-{next(_numbers)}") for _ in range(events)]
    return function.event("POST", "/v1/batch", {}, {"writeKey": key, "batch": batch}, None)


def rate(function: Function, key: str, batch: int, least: float) -> Figure:
    """Events a second that one core lets in, the client of AWS included."""
    make = an_event_of if batch == 1 else lambda function, key: a_batch_of(function, key, batch)
    requests = [make(function, key) for _ in range(max(4, 200 // batch))]
    started, taken = time.process_time(), 0
    for request in itertools.cycle(requests):
        answer = function.app(request, None)
        if answer["statusCode"] != 200:
            raise RuntimeError(f"an event was answered {answer['statusCode']}: {answer['body']}")
        taken += batch
        if time.process_time() - started > SECONDS:
            break
    per_second = taken / (time.process_time() - started)
    return Figure(
        f"events a second and core, {batch} at once",
        per_second,
        least,
        "/s",
        f"in process, {SECONDS:.0f} s of CPU",
        more_is_better=True,
    )


def processed(pipeline_id: str) -> Figure:
    """Events a second that one core settles: archived, counted, known for a day."""
    from chalicelib.delivery import processor
    from chalicelib.queues import Message, packed

    about = {"org_id": "org_bench", "pipeline_id": pipeline_id}
    times = {"timestamp": "2026-02-25T10:00:00.000Z", "receivedAt": "2026-02-25T10:00:00.000Z"}
    events = [an_event(f"p-{number}") | times for number in range(EVENTS_PROCESSED)]
    messages = [
        Message(f"bench-{at}", packed(about | {"events": events[at : at + 10]}), 1)
        for at in range(0, EVENTS_PROCESSED, 10)
    ]
    started = time.process_time()
    for at in range(0, len(messages), 10):
        if processor.process(messages[at : at + 10]):
            raise RuntimeError("messages were not settled")
    per_second = EVENTS_PROCESSED / (time.process_time() - started)
    method = f"{EVENTS_PROCESSED} events in messages of ten, ten together"
    return Figure("events settled a second and core", per_second, PROCESSED_AT_LEAST, "/s", method, more_is_better=True)


def spent(call: Callable[[], Any]) -> float:
    """CPU seconds of a round of calls."""
    started = time.process_time()
    for _ in range(REQUESTS):
        call()
    return time.process_time() - started
