"""A list at 100, 1,000 and 10,000 pipelines in one organisation, never read before and read again."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import jwt

from chalicelib import identifiers
from chalicelib.pipelines import catalogue
from chalicelib.store import named

from .engine import Function
from .figure import Figure

SIZES = (100, 1_000, 10_000)
PAGE = 1_000_000  # bytes of rows that DynamoDB gives in one page


def measure(function: Function) -> Iterator[Figure]:
    """Cost and calls of lists."""
    org_id, cold, present = owner_of(function.token), {}, 0
    row_bytes = 0
    for size in SIZES:
        row_bytes = seed(org_id, present, size)
        present = size
        catalogue.forget()
        seconds, calls = listed(function)
        cold[size] = seconds
        pages = -(-size * row_bytes // PAGE)
        yield Figure(f"list of {size:,}, first: store calls", calls, pages, method="one for each MB", counted=True)
        again, calls = listed(function)
        yield Figure(f"list of {size:,}, again: store calls", calls, 1, method="what changed since", counted=True)
    yield Figure("list of 10,000, first: CPU", cold[10_000] * 1000, 1000, "ms", "process_time, one core")
    yield Figure("list of 10,000, again against first: CPU", again / cold[10_000], 1, "×", "process_time")
    yield Figure("list of 10,000 against 100: CPU", cold[10_000] / cold[100], 100, "×", "linear would be 100")
    yield Figure("bytes of a row", row_bytes, 300, "B", "a name of 20 characters, two labels", counted=True)


def owner_of(token: str) -> str:
    """The organisation of a token."""
    return str(jwt.decode(token, options={"verify_signature": False})["org_id"])


def listed(function: Function) -> tuple[float, int]:
    """CPU seconds and store calls of one list."""
    started = time.process_time()
    function.call("GET", "/v1/admin/pipelines", query={"label": ["env:production"], "search": ["shop"]})
    return time.process_time() - started, function.lines[-1]["aws_calls"]["dynamodb"]


def seed(org_id: str, first: int, last: int) -> int:
    """Put rows straight into the list's table, as if changed a day ago; the bytes of one of them."""
    rows = [row(org_id, number) for number in range(first, last)]
    dynamodb, table = boto3.client("dynamodb"), named("pipeline-list")

    def put(batch: list[dict[str, Any]]) -> None:
        dynamodb.batch_write_item(RequestItems={table: [{"PutRequest": {"Item": item}} for item in batch]})

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(put, [rows[start : start + 25] for start in range(0, len(rows), 25)]))
    return max(sum(len(name) + len(str(next(iter(value.values())))) for name, value in row.items()) for row in rows)


def row(org_id: str, number: int) -> dict[str, Any]:
    """One row of the list."""
    return {
        "o": {"S": org_id},
        "i": {"S": identifiers.new_id("pip")},
        "h": {"N": str(int(time.time() * 1000) - 86_400_000)},
        "n": {"S": f"Marketing shop {number:05}"},
        "s": {"S": f"marketing-shop-{number:05}"},
        "t": {"S": "web"},
        "l": {"S": "env:production\nbrand:marketing"},
        "e": {"BOOL": True},
        "c": {"S": "2026-02-20T10:00:00Z"},
        "u": {"S": "2026-02-25T14:30:00Z"},
    }
