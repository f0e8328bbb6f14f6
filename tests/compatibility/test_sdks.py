"""Segment's and RudderStack's SDKs work unchanged: they need a host and a key, nothing else."""

import gzip
import json

import pytest

from ..browser.world import eventually
from ..client import path_of
from ..running import send_over_http
from .sdks import IN_PAGES, OF_SERVERS, run_as_program, run_in_page, ten_minutes_later

pytestmark = pytest.mark.slow
each_sdk = pytest.mark.parametrize("sdk", [*OF_SERVERS, *IN_PAGES], ids=lambda sdk: sdk.name)
each_of_servers = pytest.mark.parametrize("sdk", OF_SERVERS, ids=lambda sdk: sdk.name)
each_in_pages = pytest.mark.parametrize("sdk", IN_PAGES, ids=lambda sdk: sdk.name)

NOBODY = {"id": "pip_nobody", "pipeline_key": "dk_pip_1m85dns0x0aker6144xz"}


@pytest.fixture
def send(to_api, request):
    """Let an SDK send to a pipeline, through `to_api`, until it has been answered so often; what it reports as failed.
    In a page only the answers tell."""

    def run(sdk, pipeline, what="one", *, answered=1, **job):
        job = {"host": to_api.url, "key": pipeline["pipeline_key"], "gzip": True, "send": what} | job
        packages = None if sdk.driver.endswith(".py") else request.getfixturevalue("node_packages")
        if sdk in OF_SERVERS:
            return run_as_program(sdk, {"message_id": f"m-{pipeline['id']}"} | job)
        page = request.getfixturevalue("page")
        run_in_page(sdk, job, page, request.getfixturevalue("world"), packages)
        eventually(lambda: page.evaluate("1") and len(to_api.posts()) >= answered)
        return []

    return run


@pytest.fixture
def arrived(running):
    """The events that arrived at a pipeline, once there are so many."""

    def events(pipeline, count):
        def found():
            shown = running.api.get(path_of(pipeline, "/events")).json["events"]
            return shown if len(shown) >= count else None

        return eventually(found)

    return events


def statuses(to_api):
    """What the SDK was answered, in order; 0 where it heard nothing."""
    return [each.status for each in to_api.posts()]


@each_sdk
def test_every_kind_of_event_arrives_with_what_it_says(running, send, arrived, to_api, sdk):
    pipeline = running.api.a_pipeline(name=sdk.name)
    kinds = {"identify", "page", "screen", "track", "group", "alias"}
    if sdk.name == "rudderstack_browser":
        kinds.remove("screen")  # which is for apps
    assert send(sdk, pipeline, "all", answered=len(kinds)) == []
    events = {event["type"]: event for event in arrived(pipeline, len(kinds))}
    assert set(events) == kinds
    assert {event["verdict"] for event in events.values()} == {"accepted"}
    assert {event["userId"] for event in events.values()} == {"u-4711"}
    assert events["identify"]["traits"]["plan"] == "pro"
    assert (events["page"]["name"], events["page"]["properties"]["section"]) == ("Pricing", "top")
    assert (events["track"]["event"], events["track"]["properties"]["total"]) == ("Order completed", 49.9)
    assert (events["group"]["groupId"], events["group"]["traits"]["seats"]) == ("g-1", 5)
    assert events["alias"]["previousId"] == "a-1"
    assert all("originalTimestamp" in event for event in events.values())  # their own time, corrected by `sentAt`
    assert set(statuses(to_api)) == {200}


@each_of_servers
def test_a_wrong_key_is_told_and_not_tried_again(send, to_api, sdk):
    assert send(sdk, NOBODY)
    assert statuses(to_api) == [401]


@each_in_pages
def test_a_wrong_key_in_a_page_is_not_tried_again(send, to_api, page, sdk):
    send(sdk, NOBODY)
    ten_minutes_later(page, to_api.url)
    assert statuses(to_api) == [401]


@each_sdk
def test_what_is_over_the_limit_is_sent_again_later(running, send, arrived, to_api, sdk):
    pipeline = running.api.a_pipeline(name=sdk.name, rate_limit_rps=1)
    overdraw(to_api.target, pipeline)
    assert send(sdk, pipeline, answered=2) == []
    first, *_, last = statuses(to_api)
    assert (first, last) == (429, 200)
    tracked = [event["verdict"] for event in arrived(pipeline, 5) if event["type"] == "track"]
    assert tracked.count("accepted") == 1


@each_sdk
def test_what_the_queue_did_not_take_is_sent_again(running, send, arrived, to_api, to_queue, sdk):
    pipeline = running.api.a_pipeline(name=sdk.name)
    to_queue.refuse(3)  # which is how often one send is tried
    assert send(sdk, pipeline, answered=2) == []
    assert statuses(to_api) == [503, 200]
    assert [event["verdict"] for event in arrived(pipeline, 2)] == ["accepted", "refused"]


@each_sdk
def test_what_is_sent_twice_because_the_answer_was_lost_counts_once(running, send, arrived, to_api, sdk):
    pipeline = running.api.a_pipeline(name=sdk.name)
    to_api.lose(1)
    assert send(sdk, pipeline, answered=2) == []
    assert statuses(to_api) == [0, 200]
    assert sorted(event["verdict"] for event in arrived(pipeline, 2)) == ["accepted", "duplicate"]
    assert running.api.get(path_of(pipeline, "/metrics")).json["total"]["archived"] == 1


@each_in_pages
def test_a_page_that_is_not_allowed_is_refused(running, send, arrived, to_api, sdk):
    pipeline = running.api.a_pipeline(name=sdk.name, domain_allowlist=["www.example.com"])
    send(sdk, pipeline)
    assert set(statuses(to_api)) == {403}  # RudderStack's may ask again: a page cannot read why it was refused
    assert {event["code"] for event in arrived(pipeline, 1)} == {"ORIGIN_NOT_ALLOWED"}


@each_in_pages
def test_a_page_that_is_allowed_is_let_in(running, send, arrived, sdk):
    pipeline = running.api.a_pipeline(name=sdk.name, domain_allowlist=["shop.localhost"])
    send(sdk, pipeline)
    assert arrived(pipeline, 1)[0]["verdict"] == "accepted"


@each_of_servers
def test_a_server_has_no_origin_and_is_let_in_with_the_secret(running, send, arrived, to_api, sdk):
    pipeline = running.api.a_pipeline(name=sdk.name, type="server", domain_allowlist=["www.example.com"])
    with_secret = {"key": f"{pipeline['pipeline_key']}:{pipeline['pipeline_key_secret']}"}
    assert send(sdk, pipeline)
    assert send(sdk, pipeline, **with_secret) == []
    assert statuses(to_api) == [401, 200]
    assert [event["verdict"] for event in arrived(pipeline, 2)] == ["accepted", "refused"]


@each_of_servers
@pytest.mark.parametrize("compressed", [True, False], ids=["gzip", "plain"])
def test_bodies_are_taken_compressed_and_plain(running, send, to_api, sdk, compressed):
    if compressed and sdk.name == "segment_node":
        pytest.skip("it does not compress")
    pipeline = running.api.a_pipeline(name=sdk.name)
    assert send(sdk, pipeline, gzip=compressed) == []
    (sent,) = to_api.posts()
    assert sent.body.startswith(b"\x1f\x8b") == compressed
    assert json.loads(gzip.decompress(sent.body) if compressed else sent.body)["batch"]


def overdraw(url, pipeline):
    """Send so much at once that the pipeline, which takes one event a second, takes none for two seconds."""
    batch = [{"type": "page"}] * 3
    body = json.dumps({"writeKey": pipeline["pipeline_key"], "batch": batch}).encode()
    assert send_over_http(url)("POST", "/v1/batch", {}, body).status == 200
