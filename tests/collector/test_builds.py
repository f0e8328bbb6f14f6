"""Builds and publications one after the other: what was asked for last is what is served."""

import hashlib

import pytest

from chalicelib.collector import builder

from ..client import path_of
from .test_api import build, built, history, published, status, work_all, worker_again

CHANGES = {"A": {"page_views": "load"}, "B": {"page_views": "hash"}}  # what builds are asked for with


def publish(owner, pipeline, build_id):
    reply = owner.post(path_of(pipeline, f"/collector/builds/{build_id}/publish"))
    assert reply.status == 200, reply.body


def served(pipeline):
    """The version that pages get."""
    content = published(f"collectors/{pipeline['pipeline_key']}/d.js")["Body"].read()
    return hashlib.sha256(content).hexdigest()[:8]


@pytest.fixture
def shop(owner, work):
    """A pipeline with a build of A and one of B, and its version of each; B is current."""
    pipeline, found = owner.a_pipeline(), {}
    for name, change in CHANGES.items():
        owner.put(path_of(pipeline), {"js_builder_config": change})
        found[name] = built(owner, work, pipeline)
    return pipeline, found


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param(["publish A"], id="a publication"),
        pytest.param(["publish A", "publish B"], id="two publications"),
        pytest.param(["publish A", "build B"], id="a build after a publication"),
        pytest.param(["build B", "publish A"], id="a publication after a build"),
        pytest.param(["build B", "publish A", "build B"], id="the same build again after a publication"),
        pytest.param(["build B", "publish A", "build B", "build B"], id="and joined"),
        pytest.param(["publish B", "publish A", "publish B", "publish A"], id="to and fro"),
    ],
)
@pytest.mark.parametrize("in_between", [True, False], ids=["worked on at once", "worked on in the end"])
def test_what_was_asked_for_last_is_served(owner, work, shop, steps, in_between):
    pipeline, versions = shop
    for step in steps:
        action, _, name = step.partition(" ")
        if action == "publish":
            publish(owner, pipeline, versions[name]["build_id"])
        else:
            build(owner, pipeline)
        if in_between:
            work_all(work)
    work_all(work)
    assert served(pipeline) == status(owner, pipeline)["version_hash"] == versions[steps[-1][-1]]["version_hash"]
    assert [each["current"] for each in history(owner, pipeline)].count(True) == 1


def test_a_build_that_no_publication_came_after_is_joined(owner, work, shop):
    pipeline, versions = shop
    publish(owner, pipeline, versions["A"]["build_id"])
    for _ in range(3):
        build(owner, pipeline)
    work_all(work)
    assert len(history(owner, pipeline)) == 3


def test_what_is_published_after_a_build_that_failed_is_the_status(owner, work, shop, monkeypatch):
    def broken(_):
        raise RuntimeError("a bug")

    pipeline, versions = shop
    with monkeypatch.context() as patched:
        patched.setattr(builder, "build", broken)
        owner.put(path_of(pipeline), {"js_builder_config": {"retry": False}})
        assert built(owner, work, pipeline)["status"] == "failed"
    publish(owner, pipeline, versions["A"]["build_id"])
    work_all(work)
    found = status(owner, pipeline)
    assert (found["status"], found["build_id"], found["stale"]) == ("ready", versions["A"]["build_id"], True)
    assert build(owner, pipeline).status == 200
    assert status(owner, pipeline)["status"] == "building"


def test_what_was_published_before_a_build_that_failed_does_not_hide_that(owner, work, shop, monkeypatch):
    def broken(_):
        raise RuntimeError("a bug")

    pipeline, versions = shop
    publish(owner, pipeline, versions["A"]["build_id"])
    owner.put(path_of(pipeline), {"js_builder_config": {"retry": False}})
    monkeypatch.setattr(builder, "build", broken)
    assert built(owner, work, pipeline)["status"] == "failed"
    assert served(pipeline) == versions["A"]["version_hash"]


def test_a_message_that_comes_again_after_a_change_does_not_build_what_is_ready_anew(owner, work):
    pipeline = owner.a_pipeline()
    ready = built(owner, work, pipeline)
    owner.put(path_of(pipeline), {"js_builder_config": {"page_views": "load"}})
    assert worker_again(pipeline, owner) == ready | {"stale": True}
    assert served(pipeline) == ready["version_hash"]


def test_a_publication_to_another_address_leaves_what_is_at_the_first(owner, work):
    pipeline = owner.a_pipeline()
    first = built(owner, work, pipeline)
    owner.put(path_of(pipeline), {"js_builder_config": {"script_filename": "new.js"}})
    second = built(owner, work, pipeline)
    publish(owner, pipeline, first["build_id"])
    work_all(work)
    assert status(owner, pipeline)["url"] == first["url"] != second["url"]
    assert served(pipeline) == first["version_hash"]


def test_a_build_of_another_pipeline_is_not_published(owner, stranger, work):
    pipeline, foreign = owner.a_pipeline(), stranger.a_pipeline()
    theirs = built(stranger, work, foreign)
    for caller, about, code in (
        (owner, pipeline, "BUILD_NOT_FOUND"),
        (owner, foreign, "PIPELINE_NOT_FOUND"),
        (stranger, pipeline, "PIPELINE_NOT_FOUND"),
    ):
        reply = caller.post(path_of(about, f"/collector/builds/{theirs['build_id']}/publish"))
        assert (reply.status, reply.code) == (404, code)
