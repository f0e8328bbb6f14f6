"""What events use of AWS: counted from the calls that the product makes, in the units that AWS bills."""

import logging
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
from botocore.client import BaseClient

from chalicelib import logs
from chalicelib.settings import table_prefix

# Units: https://aws.amazon.com/dynamodb/pricing/on-demand/, https://aws.amazon.com/sqs/pricing/
READ_BYTES, WRITE_BYTES, QUEUE_BYTES = 4096, 1024, 64 * 1024
TRANSACTIONAL = 2  # a write in a transaction counts twice
QUEUE_BATCH = 10  # messages that a function takes and deletes with one request each


def units(size: int, of: int) -> int:
    """How many units an item or message of so many bytes is."""
    return max(1, -(-size // of))


def used_by(operation: str, sent: dict[str, Any], answered: dict[str, Any]) -> Counter[str]:
    """What one call uses: in all, and of each table."""
    used: Counter[str] = Counter()
    match operation:
        case "Query":
            _of_table(used, "read units", sent["TableName"], max(1, sum(map(_size, answered["Items"])) // READ_BYTES))
        case "GetItem":
            _of_table(used, "read units", sent["TableName"], units(_size(answered.get("Item")), READ_BYTES))
        case "BatchGetItem":
            for table, asked in sent["RequestItems"].items():
                _of_table(used, "read units", table, len(asked["Keys"]))  # none of the items has 4 KB
        case "UpdateItem":
            _of_table(used, "write units", sent["TableName"], 1)
        case "BatchWriteItem":
            for table, writes in sent["RequestItems"].items():
                for write in writes:
                    _of_table(used, "write units", table, units(_size(write["PutRequest"]["Item"]), WRITE_BYTES))
        case "TransactWriteItems":
            for write in sent["TransactItems"]:
                (action,) = write.values()
                size = _size(action.get("Item"))
                _of_table(used, "write units", action["TableName"], TRANSACTIONAL * units(size, WRITE_BYTES))
                used[_named("bytes put", action["TableName"])] += size
        case "SendMessage":
            used["queue requests"] = units(len(sent["MessageBody"].encode()), QUEUE_BYTES)
        case "PutObject":
            used["objects written"] = 1
        case "ReceiveMessage" | "DeleteMessage":
            pass  # Lambda's own, which does both for all messages of a call at once
        case _:
            raise ValueError(f"{operation} is not known here")
    return used


def _of_table(used: Counter[str], unit: str, table: str, count: int) -> None:
    used[unit] += count
    used[_named(unit, table)] += count


def _named(unit: str, table: str) -> str:
    """Such as `write units, counters`."""
    return f"{unit}, {table.removeprefix(table_prefix())}"


@contextmanager
def counted() -> Iterator[Counter[str]]:
    """Counts what the calls made meanwhile use."""
    real, used = BaseClient._make_api_call, Counter[str]()

    def call(client: Any, operation: str, sent: dict[str, Any]) -> Any:
        answered = real(client, operation, sent)
        used.update(used_by(operation, sent, answered))
        return answered

    BaseClient._make_api_call = call
    logs.log.addHandler(lines := _Lines(used))
    try:
        yield used
    finally:
        BaseClient._make_api_call = real
        logs.log.removeHandler(lines)


class _Lines(logging.Handler):
    """Counts the bytes of what is logged, as CloudWatch bills them; times as long as those assumed, whatever they were,
    so that the same is counted each time."""

    def __init__(self, used: Counter[str]) -> None:
        super().__init__()
        self.setFormatter(logs.JsonLines())
        self._used = used

    def emit(self, record: logging.LogRecord) -> None:
        line = re.sub(r'"milliseconds":[0-9.]+', '"milliseconds":16.0', self.format(record))
        line = re.sub(r'"VendorLatency":\[[^]]+', lambda found: re.sub(r"\d+", "100", found[0]), line)
        self._used["log bytes"] += len(line.encode()) + 1


def of_events(
    send: Callable[[list[dict[str, Any]]], Any],
    process: Callable[[], int],
    batch: int,
    deliver: Callable[[], int] = lambda: 0,
    pipelines: int = 1,
) -> dict[str, float]:
    """What an event uses on its whole way, when so many are sent at once, to so many pipelines in turn. A function
    takes ten small messages together, as when the queue is busy, and large ones one by one; deliveries are taken one by
    one."""
    messages = QUEUE_BATCH if batch <= QUEUE_BATCH else 1
    for number in range(pipelines):
        send([an_event(f"{batch}-first-{number}")])  # after which the processes know the pipeline
    _finish(process, deliver)
    with counted() as used:
        for number in range(messages):
            send([an_event(f"{batch}-{number}-{index}") for index in range(batch)])
        used.update({"API requests": messages, "function calls": messages + 1, "queue requests": 2})
        if process() != messages:
            raise RuntimeError("the queue does not have one message for each request")
        while deliver():
            used.update({"function calls": 1, "delivery calls": 1, "queue requests": 2})
    return {name: count / (messages * batch) for name, count in used.items()}


def _finish(*consumers: Callable[[], int]) -> None:
    for consume in consumers:
        while consume():
            pass


def an_event(message_id: str) -> dict[str, Any]:
    """A page view as Datafly.js sends it, of usual size."""
    return {
        "type": "page",
        "messageId": f"5f0c1d2e-{message_id:0>27}",
        "anonymousId": "0a7d9c1e-8a4f-4d0e-9a59-3f1b2c4d5e6f",
        "timestamp": "2026-02-25T10:00:00.000Z",
        "properties": {"section": "shop"},
        "context": {
            "page": {
                "url": "https://www.example.com/shop/shoes?utm_source=newsletter&utm_campaign=spring",
                "title": "Shoes – Example Shop",
                "referrer": "https://www.example.com/",
            },
            "library": {"name": "datafly.js"},
            "locale": "en-GB",
            "timezone": "Europe/London",
            "screen": {"width": 1440, "height": 900},
        },
    }


def _size(item: dict[str, Any] | None) -> int:
    return len(msgspec.json.encode(item)) if item else 0
