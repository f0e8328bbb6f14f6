"""What an entry says of changes: paths, masks and cuts."""

import json

import pytest

from chalicelib.audit.actions import ACTIONS, GROUPS, action_or_group, matches
from chalicelib.audit.changes import LARGEST_CHANGES, LONGEST_VALUE, REST, recorded
from chalicelib.differences import differences


def changes(before, after):
    return {path: (change["old"], change["new"]) for path, change in recorded(differences(before, after)).items()}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param({"a": 1}, {"a": 1}, {}, id="nothing"),
        pytest.param({"name": "A"}, {"name": "B"}, {"name": ("A", "B")}, id="a field"),
        pytest.param({}, {"labels": ["x"]}, {"labels": (None, ["x"])}, id="a new field, whole"),
        pytest.param({"labels": ["x"]}, {"labels": ["x", "y"]}, {"labels[1]": (None, "y")}, id="an item of a list"),
        pytest.param({"j": {"f": "a"}}, {"j": {"f": "b"}}, {"j.f": ("a", "b")}, id="a field in a field"),
        pytest.param({"p": {"GA_KEY": "1"}}, {"p": {"GA_KEY": "2"}}, {"p.GA_KEY": ("***", "***")}, id="a secret"),
        pytest.param({}, {"p": {"a": {"token": ["s"]}}}, {"p": (None, {"a": {"token": ["***"]}})}, id="secret inside"),
        pytest.param({"key": {"a": 1}}, {"key": {"a": 2}}, {"key.a": ("***", "***")}, id="inside of a secret"),
        pytest.param(
            {"token_required": False}, {"token_required": True}, {"token_required": (False, True)}, id="no secret"
        ),
    ],
)
def test_changes_are_told_field_by_field_without_secrets(before, after, expected):
    assert changes(before, after) == expected


def test_what_is_long_is_cut_so_that_one_sees_it():
    (old, new) = changes({"a": "x" * 5000}, {"a": ["y" * 2000]})["a"]
    assert old == "x" * LONGEST_VALUE + "… (5,000 characters)"
    assert new.endswith("… (2,004 characters)")
    (path,) = changes({}, {"x" * 5000: 1})
    assert path.endswith("… (5,000 characters)")


def test_an_entry_stays_small_whatever_was_changed():
    told = recorded(differences({}, {f"field {number}": "ж" * 900 for number in range(200)}))
    assert told[REST]["old"] is None
    assert told[REST]["new"] == f"{200 - len(told) + 1} more fields"
    assert len(json.dumps(told)) < LARGEST_CHANGES + 100


def test_a_group_of_actions_is_what_stands_before_the_dot():
    assert "dead_letters." in GROUPS
    assert [action for action in ACTIONS if matches(action, "auth.")] == [
        "auth.login",
        "auth.login_failed",
        "auth.logout",
    ]
    assert matches("auth.login", "auth.login")
    assert not matches("auth.login_failed", "auth.login")
    with pytest.raises(ValueError, match="must be an action such as"):
        action_or_group("auth")
