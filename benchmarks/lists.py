"""A list at 100, 1,000 and 10,000 pipelines in one organisation, never read before and read again."""

import statistics
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
from .figure import COUNT, RATIO, Figure

ROUNDS = 5
SIZES = (100, 1_000, 10_000)
PAGE = 1_000_000  # bytes of rows that DynamoDB gives in one page


def measure(function: Function) -> Iterator[Figure]:
    """Cost and calls of lists."""
    org_id, cold, present = owner_of(function.token), {}, 0
    row_bytes = 0
    for size in SIZES:
        row_bytes = seed(org_id, present, size)
        present = size
        cold[size], calls = listed_first(function)
        pages = -(-size * row_bytes // PAGE)
        yield Figure(f"list of {size:,}, first: store calls", calls, pages, method="one for each MB", fails_at=COUNT)
        again, calls = listed(function)
        yield Figure(f"list of {size:,}, again: store calls", calls, 1, method="what changed since", fails_at=COUNT)
    yield Figure("list of 10,000, first: CPU", cold[10_000] * 1000, 1000, "ms", "process_time, one core")
    method = f"process_time, {ROUNDS} rounds in turn, median"
    name, ratio = "list of 10,000, first: CPU, against a bare query", against_bare(function, org_id)
    yield Figure(name, ratio, 1, "×", method, fails_at=RATIO)
    name = "list of 10,000, again against first: CPU"
    yield Figure(name, again / cold[10_000], 1, "×", "process_time", fails_at=RATIO)
    name = "list of 10,000 against 100: CPU"
    yield Figure(name, cold[10_000] / cold[100], 100, "×", "linear would be 100", fails_at=RATIO)
    yield Figure("bytes of a row", row_bytes, 300, "B", "a name of 20 characters, two labels", fails_at=COUNT)


def owner_of(token: str) -> str:
    """The organisation of a token."""
    return str(jwt.decode(token, options={"verify_signature": False})["org_id"])


def listed_first(function: Function) -> tuple[float, int]:
    """CPU seconds and store calls of one list, as if never read before: the median time, the most calls."""
    lists = []
    for _ in range(ROUNDS):
        catalogue.forget()
        lists.append(listed(function))
    return statistics.median(seconds for seconds, _ in lists), max(calls for _, calls in lists)


def listed(function: Function) -> tuple[float, int]:
    """CPU seconds and store calls of one list."""
    started = time.process_time()
    function.call("GET", "/v1/admin/pipelines", query={"label": ["env:production"], "search": ["shop"]})
    return time.process_time() - started, function.lines[-1]["aws_calls"]["dynamodb"]


def against_bare(function: Function, org_id: str) -> float:
    """CPU of a list never read before, against only reading its rows with boto3."""
    ratios, dynamodb = [], boto3.client("dynamodb")
    for _ in range(ROUNDS):
        catalogue.forget()
        own, _ = listed(function)
        started = time.process_time()
        read_bare(dynamodb, org_id)
        ratios.append(own / (time.process_time() - started))
    return statistics.median(ratios)


def read_bare(dynamodb: Any, org_id: str) -> None:
    """Read every row."""
    values = {":org": {"S": org_id}}
    pages = dynamodb.get_paginator("query").paginate(
        TableName=named("pipeline-list"),
        KeyConditionExpression="o = :org",
        ExpressionAttributeValues=values,
        ConsistentRead=True,
    )
    rows = sum(len(page["Items"]) for page in pages)
    if rows < SIZES[-1]:
        raise RuntimeError(f"only {rows} rows were read")


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
