"""The configuration that a process keeps: read once, asked every five seconds, in force while nothing else is known."""

import pytest
from botocore.exceptions import EndpointConnectionError

from chalicelib import aws
from chalicelib.delivery import configuration as module
from chalicelib.delivery.configuration import configuration


def fail(*_, **__):
    raise EndpointConnectionError(endpoint_url="https://aws")


@pytest.fixture
def of(world):
    """What is attached to the pipeline, as integration and revision, and how many calls that took."""

    def of(pipeline=None):
        pipeline = pipeline or world.pipeline
        aws.forget_calls()
        found = configuration.of(pipeline["org_id"], pipeline["id"])
        return [int(each.revision.number) for each in found], dict(aws.calls())

    return of


def test_a_pipeline_is_read_once(world, of):
    world.attach()
    assert of() == ([1], {"dynamodb": 3, "s3": 1})  # what is attached, the pipeline, the revision; and the copy
    assert of() == ([1], {})


def test_what_has_nothing_attached_costs_one_read(of):
    assert of() == ([], {"dynamodb": 1})
    assert of() == ([], {})


def test_unchanged_configuration_costs_one_read_however_many_pipelines(world, of):
    pipelines = [world.owner.a_pipeline(name=f"P{number}") for number in range(20)]
    for pipeline in pipelines:
        of(pipeline)
    world.clock.pass_(minutes=2)
    of(pipelines[0])
    world.clock.pass_(seconds=5)
    calls = [of(pipeline)[1] for pipeline in pipelines]
    assert calls == [{"dynamodb": 1}] + [{}] * 19


def test_only_what_changed_is_read_again(world, of):
    integration = world.attach()
    others = [world.owner.a_pipeline(name=f"P{number}") for number in range(3)]
    world.clock.pass_(minutes=2)
    for pipeline in (world.pipeline, *others):
        of(pipeline)
    world.use(integration, 2)
    world.clock.pass_(seconds=5)
    assert of(others[0]) == ([], {"dynamodb": 1})
    assert of(others[1]) == ([], {})
    assert of() == ([2], {"dynamodb": 3, "s3": 1})


def test_a_poll_that_fails_leaves_what_is_known_and_is_made_up_for(world, of, monkeypatch):
    integration = world.attach()
    of()
    world.use(integration, 2)
    with monkeypatch.context() as down:
        down.setattr(module.changes, "since", fail)
        for _ in range(3):
            world.clock.pass_(seconds=5)
            assert of()[0] == [1]
        world.clock.pass_(minutes=10)
    world.clock.pass_(seconds=5)
    assert of()[0] == [2]


def test_a_pipeline_that_cannot_be_read_again_stays_as_it_was_and_is_tried_later(world, of, monkeypatch):
    integration = world.attach()
    of()
    world.use(integration, 2)
    with monkeypatch.context() as down:
        down.setattr(module.attachments, "of_pipeline", fail)
        world.clock.pass_(seconds=5)
        assert of()[0] == [1]
        assert of() == ([1], {})  # nobody waits for it again at once
    world.clock.pass_(seconds=5)
    assert of()[0] == [2]


def test_a_process_that_starts_while_nothing_answers_takes_the_copy(world, of, monkeypatch):
    world.attach()
    of()
    configuration.forget()
    with monkeypatch.context() as down:
        down.setattr(module.attachments, "of_pipeline", fail)
        assert of()[0] == [1]
    world.clock.pass_(seconds=5)
    assert of()[0] == [1]


def test_without_a_copy_nothing_is_attached_until_it_can_be_read(world, of, monkeypatch):
    world.attach()
    with monkeypatch.context() as down:
        down.setattr(module.attachments, "of_pipeline", fail)
        with pytest.raises(EndpointConnectionError):
            of()
    assert of()[0] == [1]


def test_a_missing_parameter_is_told_once_for_each_load(world, of, logged):
    world.attach(config={"url": f"{world.vendor.url}/{{{{pipeline_param.b}}}}/{{{{pipeline_param.a}}}}"})

    def told():
        return [line["key"] for line in logged if line["message"] == "pipeline parameter missing"]

    for _ in range(5):
        of()
    assert told() == ["a", "b"]
    world.change(parameters={"a": "1"})
    world.clock.pass_(seconds=5)
    of()
    assert told() == ["a", "b", "b"]


def test_what_is_switched_off_is_not_attached(world, of):
    world.attach(enabled=False)
    assert of()[0] == []
