"""Deliveries: the CPU of one, against the same written bare on boto3 and urllib3; what it costs to know the
configuration of many pipelines, and to put parameters in their places."""

import base64
import gzip
import itertools
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import Any

import boto3
import urllib3

from chalicelib import aws, clock, identifiers
from chalicelib.delivery import worker
from chalicelib.delivery.configuration import Configuration
from chalicelib.integrations import catalog, parameters
from chalicelib.integrations.resolution import Template
from chalicelib.integrations.table import Integration, PipelineIntegration, Revision
from chalicelib.pipelines.table import Pipeline
from chalicelib.queues import Message, packed
from chalicelib.settings import settings
from chalicelib.store import Table, named

from .engine import Function
from .events import a_settled_event
from .figure import COUNT, RATIO, Figure

ROUNDS = 15
MESSAGES = {1: 20, 100: 2}  # in a round, by the events in each
AT_LEAST = {1: 100.0, 100: 2000.0}  # events a second on one core
AGAINST_BARE = {1: 2.0, 100: 3.0}
INTEGRATIONS = 8  # in turn, because each has its limit of requests a second
LIMITER_WRITES_EVERY = 2  # requests, at that limit
SIZES = (10, 1_000, 10_000)
READ = 300  # pipelines whose cost is measured, of those that there are
CALLS, POLLS = {"dynamodb": 2, "s3": 1}, 1
LOAD_AT_MOST, UNCHANGED_AT_MOST = 50.0, 100.0  # milliseconds of CPU
RESOLUTIONS = {"small": 1_000, "large": 5}  # in a round
RESOLVED_AT_LEAST = {"small": 10_000.0, "large": 100.0}
AGAINST_JSON, ONE_MORE_AGAINST_JSON = 2.0, 0.5
TIME = "2026-02-25T10:00:00Z"
_numbers = itertools.count()


def measure(function: Function) -> Iterator[Figure]:
    """The figures of events on their way out."""
    os.environ["DELIVER_TO_PRIVATE_ADDRESSES"] = "yes"
    settings.cache_clear()
    try:
        with answering() as url:
            yield from delivered(function, url)
        yield from configuration_load()
        yield from resolution()
    finally:
        del os.environ["DELIVER_TO_PRIVATE_ADDRESSES"]
        settings.cache_clear()


@contextmanager
def answering() -> Iterator[str]:
    """The address of a vendor that answers at once."""
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.answering"], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait()


def delivered(function: Function, url: str) -> Iterator[Figure]:
    """Events that one core delivers, and the CPU of one against the bare calls."""
    pipeline = function.call("POST", "/v1/admin/pipelines", {"name": "Measured deliveries", "type": "web"})
    org_id, pipeline_id, key = pipeline["org_id"], pipeline["id"], pipeline["pipeline_key"]
    ids = [identifiers.new_id("int") for _ in range(INTEGRATIONS)]
    for each in ids:
        config = {"url": url, "batch_enabled": True}
        for row in integrated(org_id, each, "webhook", config, {"defaults": {"action": "pass"}}):
            row.save()
        attached(org_id, pipeline_id, each).save()
    bare, turns = Bare(url, org_id, pipeline_id, key), itertools.cycle(ids)
    for batch, messages in MESSAGES.items():
        rounds = []
        for number in range(ROUNDS + 1):
            to = [next(turns) for _ in range(messages)]
            own = [message(org_id, pipeline_id, each, batch) for each in to]
            alike = [message(org_id, pipeline_id, each, batch) for each in to]
            times = spent(deliver, function, own, batch), spent(bare.deliver, alike)
            rounds += [times] if number else []  # the first one opens connections and reads the configuration
        method = f"process_time, {ROUNDS} rounds of {messages} messages in turn, median"
        what = "one at once" if batch == 1 else f"{batch} in one request"
        per_second = batch * messages / statistics.median(own for own, _ in rounds)
        name = f"events delivered a second and core, {what}"
        yield Figure(name, per_second, AT_LEAST[batch], "/s", method, more_is_better=True)
        ratio = statistics.median(own / bare for own, bare in rounds)
        name = f"CPU of delivering {what}, against bare"
        yield Figure(name, ratio, AGAINST_BARE[batch], "×", method, fails_at=RATIO)


def message(org_id: str, pipeline_id: str, integration_id: str, events: int) -> str:
    """A message of the deliveries queue."""
    about = {"org_id": org_id, "pipeline_id": pipeline_id, "integration_id": integration_id}
    about |= {"watched": False, "attempt": 1, "since": clock.milliseconds()}
    name = f"bench-delivery-{next(_numbers)}"
    placed = [{"place": f"{name}#{place:03d}", "event": a_settled_event()} for place in range(events)]
    return packed(about | {"events": placed})


def deliver(function: Function, bodies: list[str], batch: int) -> None:
    """Let the worker deliver messages, one by one as the function gets them."""
    for body in bodies:
        if worker.deliver([Message("bench", body, 1)]) or function.lines[-1].get("delivered") != batch:
            raise RuntimeError(f"the events were not delivered: {function.lines[-1]}")


class Bare:
    """What delivering would be without the product: read what was settled and where the pipeline stands, send, settle
    with the counts, and count against the rate limit as often."""

    def __init__(self, url: str, org_id: str, pipeline_id: str, pipeline_key: str) -> None:
        self._url, self._org_id, self._pipeline_id, self._key = url, org_id, pipeline_id, pipeline_key
        self._dynamodb, self._http = boto3.client("dynamodb"), urllib3.PoolManager()
        self._requests = 0

    def deliver(self, bodies: list[str]) -> None:
        """Deliver messages, one by one."""
        for body in bodies:
            plain = body if body.startswith("{") else gzip.decompress(base64.b64decode(body))
            self._deliver(json.loads(plain))

    def _deliver(self, content: dict[str, Any]) -> None:
        integration_id = content["integration_id"]
        block = {"block": {"S": content["events"][0]["place"]}, "integration_id": {"S": integration_id}}
        keys = {
            "deliveries": block,
            "pipeline-keys": {"pipeline_key": {"S": self._key}},
            "integrations": {"org_id": {"S": self._org_id}, "id": {"S": integration_id}},
            "pipeline-integrations": {
                "pipeline_id": {"S": self._pipeline_id},
                "integration_id": {"S": integration_id},
            },
        }
        asked = {named(table): {"Keys": [key], "ConsistentRead": True} for table, key in keys.items()}
        found = self._dynamodb.batch_get_item(RequestItems=asked)["Responses"]
        if found[named("deliveries")] or not found[named("integrations")][0]["enabled"]["BOOL"]:
            raise RuntimeError("it was delivered before")
        if self._requests % LIMITER_WRITES_EVERY == 0:
            self._count("rate-buckets", {"id": {"S": "bare"}})
        self._requests += 1
        sent = json.dumps([each["event"] for each in content["events"]])
        headers = {"Content-Type": "application/json"}
        if self._http.request("POST", self._url, body=sent, headers=headers).status != 200:
            raise RuntimeError("the vendor refused")
        states = {"states": {"S": "d" * len(content["events"])}, "settled_at": {"N": str(clock.milliseconds())}}
        new = "attribute_not_exists(states)"
        put = {"TableName": named("deliveries"), "Item": block | states, "ConditionExpression": new}
        slots = [{"pipeline_id": {"S": "bare"}, "slot": {"S": span}} for span in ("minute", "hour")]
        updates = [{"Update": self._counting("counters", slot, len(content["events"]))} for slot in slots]
        self._dynamodb.transact_write_items(TransactItems=[{"Put": put}, *updates])

    def _count(self, table: str, key: dict[str, Any]) -> None:
        self._dynamodb.update_item(**self._counting(table, key, 1))

    def _counting(self, table: str, key: dict[str, Any], count: int) -> dict[str, Any]:
        return {
            "TableName": named(table),
            "Key": key,
            "UpdateExpression": "ADD delivered :count",
            "ExpressionAttributeValues": {":count": {"N": str(count)}},
        }


def configuration_load() -> Iterator[Figure]:
    """What it costs a process to know the configuration of so many pipelines, and to learn that nothing changed."""
    org_id, integration_id = "org_loaded", identifiers.new_id("int")
    config, mapping = typical()
    for row in integrated(org_id, integration_id, "google_analytics_4", config, mapping):
        row.save()
    ids: list[str] = []
    for size in SIZES:
        ids += seed(org_id, integration_id, size - len(ids))
        known = Configuration()
        with at(clock.now()):
            seconds, calls = loaded(known, org_id, ids[:READ])
        read = min(size, READ)
        what, method = f"configuration of {size:,}", f"process_time, {read:,} read for the first time"
        yield Figure(f"{what}, cold: CPU for each", seconds * 1000 / read, LOAD_AT_MOST, "ms", method)
        for service, most in CALLS.items():
            most *= read
            most += 1 if service == "dynamodb" else 0  # the revision, which they share
            name, made = f"{what}, cold: calls to {service}", calls.get(service, 0)
            yield Figure(name, made, most, method=method, fails_at=COUNT)
        known._pipelines |= dict.fromkeys(ids[READ:], known._pipelines[ids[0]])
        with at(clock.after(6)):
            seconds, calls = loaded(known, org_id, ids)
        method = "all of them asked for after six seconds"
        yield Figure(f"{what}, unchanged: store calls", sum(calls.values()), POLLS, method=method, fails_at=COUNT)
        yield Figure(f"{what}, unchanged: CPU", seconds * 1000, UNCHANGED_AT_MOST, "ms", method)


def loaded(known: Configuration, org_id: str, ids: list[str]) -> tuple[float, dict[str, int]]:
    """CPU seconds and AWS calls of asking for the configuration of all of these."""
    aws.forget_calls()
    started = time.process_time()
    for pipeline_id in ids:
        (found,) = known.of(org_id, pipeline_id)
        if found.obstacle:
            raise RuntimeError(f"it cannot deliver: {found.obstacle}")
    return time.process_time() - started, dict(aws.calls())


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """The clock stands still."""
    real = clock.now
    clock.now = lambda: moment
    try:
        yield
    finally:
        clock.now = real


def resolution() -> Iterator[Figure]:
    """Configurations that one core resolves in a second, and the CPU of that against writing and reading them as
    JSON."""
    values = {"ga_id": "G-1A2BCD345E", "ga_secret": "s3cret", "currency": "EUR"}
    config, mapping = typical()
    for size, wanted in (("small", [config, mapping["global"]]), ("large", [config, mapping])):
        times = RESOLUTIONS[size]
        resolve = partial(repeated, times, partial(parameters.resolve, wanted, values))
        as_json = partial(repeated, times, lambda wanted=wanted: json.loads(json.dumps(wanted)))
        rounds = [(spent(resolve), spent(as_json)) for _ in range(ROUNDS)]
        method = f"process_time, {ROUNDS} rounds of {times:,} in turn, {len(json.dumps(wanted)):,} bytes"
        per_second = times / statistics.median(own for own, _ in rounds)
        name = f"{size} configurations resolved a second and core"
        yield Figure(name, per_second, RESOLVED_AT_LEAST[size], "/s", method, more_is_better=True)
        ratio = statistics.median(own / bare for own, bare in rounds)
        name = f"CPU of resolving a {size} one, against JSON and back"
        yield Figure(name, ratio, AGAINST_JSON, "×", method, fails_at=RATIO)
    template = Template(catalog.known("google_analytics_4"), config, mapping)
    template.resolved(values)

    def one_more() -> None:
        template.resolved(values | {"ga_id": f"G-{next(_numbers):010d}"})

    ratio = statistics.median(spent(repeated, times, one_more) / spent(as_json) for _ in range(ROUNDS))
    name = "CPU of a large one for a pipeline more, against JSON"
    yield Figure(name, ratio, ONE_MORE_AGAINST_JSON, "×", method, fails_at=RATIO)


def typical() -> tuple[dict[str, Any], dict[str, Any]]:
    """A shop's configuration and mapping, with the parameters that differ from shop to shop."""
    mapping = dict(catalog.known("google_analytics_4").presets["e_commerce"])
    always = [{"value": "{{pipeline_param.currency}}", "target": "currency"}]
    mapping["global"] = mapping.get("global", {}) | {"mappings": always}
    return {"measurement_id": "{{pipeline_param.ga_id}}", "api_secret": "{{pipeline_param.ga_secret}}"}, mapping


def integrated(
    org_id: str, integration_id: str, vendor: str, config: dict[str, Any], mapping: dict[str, Any]
) -> tuple[Table, Table]:
    """The rows of an integration of one revision."""
    integration = Integration(
        org_id,
        integration_id,
        version=1,
        name=integration_id,
        description="",
        vendor=vendor,
        enabled=True,
        latest_revision=1,
        created_at=TIME,
        updated_at=TIME,
    )
    revision = Revision(
        integration_id,
        1,
        org_id=org_id,
        vendor=vendor,
        config=config,
        secrets={},
        parameters=parameters.keys_in([config, mapping]),
        mapping=mapping,
        requests_per_second=100,
        consent="essential",
        note="",
        created_at=TIME,
        created_by="usr_1",
    )
    return integration, revision


def attached(org_id: str, pipeline_id: str, integration_id: str) -> PipelineIntegration:
    """That a pipeline's events go there."""
    return PipelineIntegration(
        pipeline_id,
        integration_id,
        org_id=org_id,
        revision=1,
        enabled=True,
        attached_at=TIME,
        updated_at=TIME,
    )


def seed(org_id: str, integration_id: str, count: int) -> list[str]:
    """Put pipelines with the integration straight into the tables; their ids."""
    ids = [identifiers.new_id("pip") for _ in range(count)]
    values = {"ga_secret": "s3cret", "currency": "EUR"}
    rows: list[Table] = [attached(org_id, each, integration_id) for each in ids]
    rows += [Pipeline(org_id, each, parameters=values | {"ga_id": f"G-{each[-10:].upper()}"}) for each in ids]
    dynamodb = boto3.client("dynamodb")

    def put(batch: list[Table]) -> None:
        requests: dict[str, list[Any]] = {}
        for row in batch:
            put = {"PutRequest": {"Item": row.serialize(null_check=False)}}
            requests.setdefault(row.Meta.table_name, []).append(put)
        dynamodb.batch_write_item(RequestItems=requests)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(put, [rows[start : start + 25] for start in range(0, len(rows), 25)]))
    return ids


def repeated(times: int, call: Callable[[], Any]) -> None:
    """Call so often."""
    for _ in range(times):
        call()


def spent(call: Callable[..., Any], *arguments: Any) -> float:
    """CPU seconds of a call."""
    started = time.process_time()
    call(*arguments)
    return time.process_time() - started
