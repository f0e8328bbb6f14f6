"""Bodies of all kinds: what is JSON is read, whatever it is called; what is not is refused in time and space."""

import gzip
import json
import tracemalloc

import pytest

from chalicelib.errors import ApiError, InvalidEvent, PayloadTooLarge
from chalicelib.ingestion import body

MOST = 64 * 1024
EVENT = {"event": "Größe", "properties": {"list": [1, None, True]}}


def read(raw, largest=MOST):
    return body.parsed(body.inflated(raw, largest))


@pytest.mark.parametrize(
    "raw", [json.dumps(EVENT).encode(), gzip.compress(json.dumps(EVENT).encode())], ids=["plain", "gzip"]
)
def test_an_object_is_read(raw):
    assert read(raw) == EVENT


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"1",
        b"nonsense",
        b"\xff",
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": "\\ud800"}',
        b'{"a": 1} {"a": 2}',
        b'{"a":' * 1000 + b"1" + b"}" * 1000,
        gzip.compress(b"{}", mtime=0)[:-4],
        gzip.compress(b"nonsense", mtime=0),
        b"\x1f\x8b",
        b"\x1f\x8bnonsense",
    ],
    ids=lambda raw: repr(raw[:20]),
)
def test_what_is_no_json_object_is_refused(raw):
    with pytest.raises(InvalidEvent):
        read(raw)


@pytest.mark.parametrize("raw", [b" " * (MOST + 1), gzip.compress(b" " * (MOST + 1))], ids=["plain", "gzip"])
def test_what_is_too_large_is_refused(raw):
    with pytest.raises(PayloadTooLarge):
        read(raw)


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(gzip.compress(b" " * 300_000_000, 9, mtime=0), id="a gzip bomb"),
        pytest.param(b"[" * 100_000 + b"]" * 100_000, id="100,000 levels"),
        pytest.param(b'{"a": ' + b"9" * 100_000 + b"}", id="a huge number"),
    ],
)
def test_hostile_bodies_cost_little_memory(raw):
    tracemalloc.start()
    with pytest.raises(ApiError):
        read(raw, 5 * 1024 * 1024)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 40_000_000
