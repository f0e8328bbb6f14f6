"""Whoever keeps a copy of pipelines' configuration learns what changed."""

import pytest

from chalicelib import clock
from chalicelib.pipelines import changes

from ..client import path_of


@pytest.fixture
def seen(owner, time):
    """The ids of the pipelines that changed since the test began."""
    time.pass_(minutes=5)
    began = clock.milliseconds()
    time.pass_(minutes=5)
    return lambda: {pipeline_id for _, pipeline_id in changes.since(began)}


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda api, path: api.put(path, {"parameters": {"a": "b"}}), id="parameters"),
        pytest.param(lambda api, path: api.put(path, {"enabled": False}), id="disabled"),
        pytest.param(lambda api, path: api.delete(path), id="deleted"),
        pytest.param(lambda api, path: api.delete(path) and api.post(f"{path}/restore"), id="restored"),
    ],
)
def test_a_change_is_noted(owner, seen, change):
    one, _ = owner.a_pipeline(), owner.a_pipeline()
    change(owner, path_of(one))
    assert seen() == {one["id"]}


def test_what_changes_nothing_is_not_noted(owner, seen):
    pipeline = owner.a_pipeline()
    owner.put(path_of(pipeline), {"enabled": True})
    owner.post(path_of(pipeline, "/rotate-secret"))
    assert seen() == set()


def test_a_change_is_told_for_a_while_after_it_was_read(owner, time):
    pipeline = owner.a_pipeline()
    owner.put(path_of(pipeline), {"enabled": False})
    time.pass_(seconds=20)
    assert len(changes.since(clock.milliseconds())) == 1  # one that was under way may be written late
    time.pass_(seconds=20)
    assert changes.since(clock.milliseconds()) == set()
