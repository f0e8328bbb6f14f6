"""What is different between two JSON values."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.differences import NOTHING, differences
from chalicelib.integrations.paths import steps_of

from .ingestion.test_properties import json_objects


def found(before, after):
    return [(one.path, one.before, one.after) for one in differences(before, after)]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param({"a": 1}, {"a": 1}, [], id="the same"),
        pytest.param({"a": 1, "b": 2}, {"b": 2, "a": 1}, [], id="in another order"),
        pytest.param({"a": 1}, {"a": 2}, [("a", 1, 2)], id="changed"),
        pytest.param({}, {"a": {"b": 1}}, [("a", NOTHING, {"b": 1})], id="added"),
        pytest.param({"a": None}, {}, [("a", None, NOTHING)], id="removed"),
        pytest.param({"a": 1}, {"a": True}, [("a", 1, True)], id="true is not 1"),
        pytest.param({"a": {"b": 1}}, {"a": []}, [("a", {"b": 1}, [])], id="another kind"),
        pytest.param({"a": [1, 2]}, {"a": [1, 3, 4]}, [("a[1]", 2, 3), ("a[2]", NOTHING, 4)], id="a list"),
        pytest.param(
            {"events": {"Order Completed": {"x": [{"y": 1}]}}},
            {"events": {"Order Completed": {"x": [{"y": 2}]}}},
            [('events["Order Completed"].x[0].y', 1, 2)],
            id="a name with a blank",
        ),
    ],
)
def test_what_is_different_is_told_by_path(before, after, expected):
    assert found(before, after) == expected


def test_a_path_is_one_of_those_that_mappings_have():
    (one,) = differences({"a": {"b c": [{"d": 1}]}}, {"a": {"b c": [{"d": 2}]}})
    assert steps_of(one.path) == one.steps


def applied(value, changes):
    """The value with the differences made: what is removed from the last on, then the others in order, so that places
    in lists stay."""
    value = copy.deepcopy(value)
    removed = [one for one in reversed(changes) if one.after is NOTHING]
    for one in [*removed, *(one for one in changes if one.after is not NOTHING)]:
        *way, last = one.steps
        inside = value
        for step in way:
            inside = inside[step]
        if one.after is NOTHING:
            del inside[last]
        elif isinstance(inside, list) and one.before is NOTHING:
            inside.append(one.after)
        else:
            inside[last] = one.after
    return value


@given(json_objects, json_objects)
def test_the_differences_lead_from_one_to_the_other(before, after):
    assert applied(before, list(differences(before, after))) == after
    assert list(differences(before, before)) == []


@given(json_objects, st.text(max_size=5), st.integers())
def test_one_change_is_one_difference(value, name, number):
    (one,) = differences(value, value | {name: [number, "new"]}) if value.get(name) is None else [None]
    assert one is None or one.after == [number, "new"]
