"""Decoding what callers send, field by field."""

from typing import Annotated, Any, Literal

import msgspec
import pytest
from msgspec import UNSET, Meta, UnsetType

from chalicelib.api import validation
from chalicelib.errors import InvalidJson, ValidationFailed


def shout(text: str) -> str:
    if text == "no":
        raise ValueError("must not be no")
    return text.upper()


class Inner(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    size: int = 1


class Thing(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    name: Annotated[str, Meta(max_length=5, description="at most 5 characters", extra={"check": shout})]
    kind: Literal["a", "b"] = "a"
    count: Annotated[int, Meta(ge=1)] | UnsetType = UNSET
    tags: Annotated[list[Annotated[str, Meta(max_length=2)]], Meta(max_length=3, description="at most 3 tags")] = []
    inner: Inner = msgspec.field(default_factory=Inner)
    words: dict[Annotated[str, Meta(pattern="^[a-z]+$")], str] = {}
    free: dict[str, Any] = {}
    yes: bool = False


def problems_of(value, **options):
    with pytest.raises(ValidationFailed) as failed:
        validation.decode(Thing, value, **options)
    return {problem["field"]: problem["message"] for problem in failed.value.details}


def test_a_right_value_is_decoded_with_its_defaults():
    thing = validation.decode(Thing, {"name": "x", "words": {"a": "b"}, "free": {"1": [None]}})
    assert thing == Thing(name="X", words={"a": "b"}, free={"1": [None]})


@pytest.mark.parametrize(
    ("value", "field", "message"),
    [
        pytest.param({}, "name", "is required", id="missing"),
        pytest.param({"name": 1}, "name", "must be at most 5 characters", id="wrong type"),
        pytest.param({"name": None}, "name", "must be at most 5 characters", id="null"),
        pytest.param({"name": "no"}, "name", "must not be no", id="its own rule"),
        pytest.param({"name": "x", "kind": "c"}, "kind", "must be a or b", id="not one of a few"),
        pytest.param({"name": "x", "count": True}, "count", "must be a whole number", id="a boolean is no number"),
        pytest.param({"name": "x", "count": 1.5}, "count", "must be a whole number", id="a fraction is no integer"),
        pytest.param({"name": "x", "tags": "ab"}, "tags", "must be at most 3 tags", id="no list"),
        pytest.param({"name": "x", "tags": ["a", "abc"]}, "tags[1]", "expected str of length <= 2", id="an item"),
        pytest.param({"name": "x", "tags": ["a"] * 4}, "tags", "must be at most 3 tags", id="too many items"),
        pytest.param({"name": "x", "inner": []}, "inner", "must be an object", id="no object"),
        pytest.param({"name": "x", "inner": {"size": "1"}}, "inner.size", "must be a whole number", id="inside"),
        pytest.param({"name": "x", "words": {"A": "b"}}, "words.A", "expected str matching regex '^[a-z]+$'", id="key"),
        pytest.param({"name": "x", "free": []}, "free", "must be an object", id="a free object"),
        pytest.param({"name": "x", "yes": "true"}, "yes", "must be true or false", id="no boolean"),
        pytest.param({"name": "x", "words": {"a": 1}}, "words.a", "must be a string", id="a value of an object"),
    ],
)
def test_a_wrong_field_is_named_with_what_would_be_right(value, field, message):
    assert problems_of(value).get(field) == message


def test_all_wrong_fields_are_told_at_once():
    wrong = {"name": "toolong", "kind": 3, "count": 0, "tags": ["abc", 1], "inner": {"x": 1}, "other": 1}
    assert set(problems_of(wrong)) == {"name", "kind", "count", "tags[0]", "tags[1]", "inner.x", "other"}


def test_an_unknown_field_is_told_from_one_that_cannot_be_changed():
    told = problems_of({"name": "x", "id": 1, "nmae": "y"}, read_only=frozenset({"id"}))
    assert told["id"] == "cannot be changed"
    assert told["nmae"].startswith("is not a field here; the fields are name, kind")


def test_a_whole_number_may_be_written_with_a_point():
    assert validation.decode(Thing, {"name": "x", "count": 5.0}).count == 5


def test_numbers_and_booleans_are_read_out_of_text_for_query_parameters():
    assert validation.decode(Thing, {"name": "x", "count": "7"}, lax=True).count == 7


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"{'a': 1}",
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": 1e400}',
        b'{"a": "\\ud800"}',
        b'{"a": "\xff"}',
        b"[" * 100_000,
        b"[" * 40 + b"]" * 40,
        b'{"a": 1}{"b": 2}',
        b'{"a": "\x01"}',
    ],
    ids=lambda body: repr(body[:20]),
)
def test_what_is_not_json_is_refused(body):
    with pytest.raises(InvalidJson):
        validation.parse_json(body)
