"""Events: the CPU that one costs, against the same written bare on Chalice and boto3, and how many a core takes."""

import gzip
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
from .figure import RATIO, Figure
from .usage import an_event

ROUNDS, REQUESTS = 7, 60
BATCHES = {1: 100.0, 10: 700.0, 100: 2000.0, 500: 2500.0}  # events a second on one core, at least
AGAINST_BARE = {1: 1.5, 100: 3.0}
SECONDS = 2.0
SETTLED_AT_LEAST = 200.0
SETTLED, SETTLED_ROUNDS = 100, 11
SETTLED_AGAINST_BARE = 3.0


def measure(function: Function) -> Iterator[Figure]:
    """The figures of events on their way in."""
    pipeline = function.call("POST", "/v1/admin/pipelines", {"name": "Measured events", "type": "web"})
    function.call("PUT", "/v1/admin/pipelines/{pipeline_id}", {"rate_limit_rps": 1_000_000}, pipeline_id=pipeline["id"])
    yield from against_bare(function, pipeline["pipeline_key"])
    for batch, least in BATCHES.items():
        yield rate(function, pipeline["pipeline_key"], batch, least)
    yield from processed(pipeline["id"])


def against_bare(function: Function, key: str) -> Iterator[Figure]:
    """CPU of one event, and of a batch."""
    bare, own = bare_app(), function.app
    method = f"process_time, {ROUNDS} rounds of {REQUESTS} in turn, median"
    for batch, budget in AGAINST_BARE.items():
        ratio = ratio_of(own, bare, requests_of(function, key, batch)())
        what = "an event" if batch == 1 else f"a batch of {batch}"
        yield Figure(f"CPU of {what}, against bare Chalice + boto3", ratio, budget, "×", method, fails_at=RATIO)


def ratio_of(own: Chalice, bare: Chalice, request: dict[str, Any]) -> float:
    """The CPU of the one against the other's, as the median over rounds that take turns."""
    rounds = [(spent(lambda: own(request, None)), spent(lambda: bare(request, None))) for _ in range(ROUNDS)]
    return statistics.median(ours / theirs for ours, theirs in rounds)


def bare_app() -> Chalice:
    """What taking an event would be without the product: key, message, answer."""
    app, dynamodb, sqs = Chalice("bare"), boto3.client("dynamodb"), boto3.client("sqs")

    @app.route("/v1/p", methods=["POST"])
    @app.route("/v1/batch", methods=["POST"], name="batch")
    def take() -> Response:
        sent = json.loads(app.current_request.raw_body)
        key = {"pipeline_key": {"S": sent["writeKey"]}}
        answer = dynamodb.get_item(TableName=named("pipeline-keys"), Key=key, ConsistentRead=True)
        if not answer["Item"]["enabled"]["BOOL"]:
            return Response("{}", status_code=403)
        message = json.dumps({"pipeline": answer["Item"]["pipeline_id"]["S"], "events": sent.get("batch", [sent])})
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


def requests_of(function: Function, key: str, batch: int) -> Callable[[], dict[str, Any]]:
    """Makes requests with so many events each."""
    return lambda: an_event_of(function, key) if batch == 1 else a_batch_of(function, key, batch)


def rate(function: Function, key: str, batch: int, least: float) -> Figure:
    """Events a second that one core lets in, the client of AWS included."""
    make = requests_of(function, key, batch)
    requests = [make() for _ in range(max(4, 200 // batch))]
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


def processed(pipeline_id: str) -> Iterator[Figure]:
    """Events that one core settles: archived, counted, known for a day."""
    clients = boto3.client("dynamodb"), boto3.client("s3")
    rounds = [settled(pipeline_id, [a_settled_event() for _ in range(SETTLED)], clients) for _ in range(SETTLED_ROUNDS)]
    method = f"process_time, ten messages of ten, {SETTLED_ROUNDS} times in turn"
    per_second = SETTLED / statistics.median(own for own, _ in rounds)
    yield Figure("events settled a second and core", per_second, SETTLED_AT_LEAST, "/s", method, more_is_better=True)
    name, ratio = "CPU of settling events, against bare boto3", statistics.median(own / bare for own, bare in rounds)
    yield Figure(name, ratio, SETTLED_AGAINST_BARE, "×", method, fails_at=RATIO)


def settled(pipeline_id: str, events: list[dict[str, Any]], clients: tuple[Any, Any]) -> tuple[float, float]:
    """CPU seconds of settling these events, and of the bare calls."""
    from chalicelib.delivery import processor
    from chalicelib.queues import Message, packed

    about = {"org_id": "org_bench", "pipeline_id": pipeline_id}
    parts = [events[at : at + 10] for at in range(0, len(events), 10)]
    messages = [Message(f"bench-{next(_numbers)}", packed(about | {"events": part}), 1) for part in parts]

    def settle() -> None:
        if processor.process(messages):
            raise RuntimeError("messages were not settled")

    return spent(settle, times=1), spent(lambda: settle_bare(events, *clients), times=1)


def a_settled_event() -> dict[str, Any]:
    """An event as the queue has it."""
    times = {"timestamp": "2026-02-25T10:00:00.000Z", "receivedAt": "2026-02-25T10:00:00.000Z"}
    return an_event(f"p-{next(_numbers)}") | times


def settle_bare(events: list[dict[str, Any]], dynamodb: Any, s3: Any) -> None:
    """What settling would be without the product: looked up, archived, and written in two transactions."""
    table = named("seen-events")
    ids = [{"S": f"bare#{event['messageId']}"} for event in events]
    dynamodb.batch_get_item(RequestItems={table: {"Keys": [{"id": each} for each in ids], "ConsistentRead": True}})
    lines = "\n".join(json.dumps(event) for event in events)
    s3.put_object(Bucket=settings().events_bucket, Key=f"bare/{ids[0]['S']}", Body=gzip.compress(lines.encode()))
    items = [{"id": each, "verdict": {"S": "accepted"}, "place": {"S": "bare#000"}} for each in ids]
    for part in (items[:98], items[98:]):
        puts = [{"Put": {"TableName": table, "Item": item}} for item in part]
        dynamodb.transact_write_items(TransactItems=puts)


def spent(call: Callable[[], Any], times: int = REQUESTS) -> float:
    """CPU seconds of a round of calls."""
    started = time.process_time()
    for _ in range(times):
        call()
    return time.process_time() - started
