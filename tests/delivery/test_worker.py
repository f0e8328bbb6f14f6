"""What becomes of accepted events on their way to a vendor: each delivered once, withheld with a reason, or a dead
letter. The table of outcomes is that of docs/delivery.md."""

import re
from pathlib import Path

import pytest

from chalicelib import aws
from chalicelib.delivery import client, retry
from chalicelib.integrations import addresses
from chalicelib.integrations.vendor import Answer
from chalicelib.pipelines.table import PipelineKey
from chalicelib.settings import settings

from ..client import path_of
from ..queue_messages import an_event
from .stub_vendor import HANG, RESET, Reply
from .world import GRANTED, events

DOCUMENT = (Path(__file__).parents[2] / "docs" / "delivery.md").read_text(encoding="utf-8")
ENDED = {"delivered": 0, "withheld": 0, "dead": 0, "pending": 0}


def documented():
    """Answer, outcome, code and requests, a case for each answer in the table."""
    table = DOCUMENT.partition("| the vendor's answer |")[2].partition("\n\n")[0]
    for line in table.splitlines()[2:]:
        answers, outcome, code, requests = (cell.strip().strip("`") for cell in line.strip("|").split("|"))
        for answer in answers.split(", "):
            yield pytest.param(answer, outcome, code, int(requests), id=answer)


def reply(answer):
    """What the stub does, by its word in the table."""
    if answer.isdecimal():
        return Reply(int(answer), {"Location": "http://169.254.169.254/"}, b"" if answer == "204" else b"said so")
    words = {"huge": Reply(200, {}, b"x" * 3_000_000), "slow": Reply(200, {}, b"{}", seconds=0.3)}
    return words.get(answer) or Reply({"hanging": HANG, "reset": RESET}[answer])


@pytest.mark.parametrize(("answer", "outcome", "code", "requests"), list(documented()))
def test_an_answer_means_what_is_documented(world, monkeypatch, answer, outcome, code, requests):
    monkeypatch.setattr(client, "READ_SECONDS", 0.2 if answer == "hanging" else 5.0)
    integration = world.attach()
    world.vendor.otherwise = reply(answer)
    world.accept("a")
    world.deliver_all()
    verdict = outcome.rpartition(" ")[2]
    assert world.counts()[integration] == ENDED | {"handed": 1, verdict: 1}
    assert world.story("a")[-1] == (verdict, code)
    assert len(world.vendor.requests) == requests


def test_the_table_is_there():
    assert len(list(documented())) == 30


def test_what_succeeds_later_is_delivered(world):
    integration = world.attach()
    world.vendor.answer(503, RESET, 429)
    world.accept("a")
    world.deliver_all()
    assert world.vendor.ids() == ["a"]
    assert world.counts()[integration] == ENDED | {"handed": 1, "delivered": 1}


def test_attempts_are_further_and_further_apart(world):
    world.attach()
    world.vendor.otherwise = Reply(503)
    world.accept("a")
    pauses = []
    while world.waiting:
        world.deliver()
        pauses += [due - world.now for due, _ in world.waiting]
        world.clock.pass_(milliseconds=pauses[-1] if world.waiting else 0)
    for pause, longest in zip(pauses, (4, 16, 64, 256), strict=True):
        assert longest / 2 * 1000 <= pause <= longest * 1000


@pytest.mark.parametrize(("asked", "least"), [("90", 90), ("Wed, 25 Feb 2026 10:02:00 GMT", 120), ("86400", 900)])
@pytest.mark.parametrize("status", [408, 425, 429, 503])
def test_a_vendor_that_asks_for_time_gets_it(world, status, asked, least):
    world.attach()
    world.vendor.answer(Reply(status, {"Retry-After": asked}))
    world.accept("a")
    world.deliver()
    ((due, _),) = world.waiting
    assert due - world.now == least * 1000
    world.deliver_all()
    assert world.vendor.ids() == ["a"]


def test_events_reach_the_vendor_with_their_ids(world):
    integration = world.attach()
    world.accept("a", "b")
    world.deliver_all()
    assert world.vendor.ids() == ["a", "b"]
    assert world.counts() == {integration: ENDED | {"handed": 2, "delivered": 2}}
    assert world.story("a") == [("received", ""), ("accepted", ""), ("delivered", "")]


def test_the_id_is_the_same_at_every_attempt(world):
    world.attach()
    world.vendor.answer(500, 500)
    world.accept("a")
    world.deliver_all()
    assert {request.json["messageId"] for request in world.vendor.requests} == {"a"}


def test_what_is_on_its_way_is_pending(world):
    integration = world.attach()
    world.accept("a")
    assert world.counts()[integration] == ENDED | {"handed": 1, "pending": 1}
    assert world.story("a")[-1] == ("pending", "")


def test_a_batch_goes_in_few_requests(world):
    world.attach(config={"url": world.vendor.url, "batch_enabled": True, "batch_size": 100})
    world.accept(*events(250))
    world.deliver_all()
    assert len(world.vendor.requests) == 3
    assert sorted(world.vendor.ids()) == sorted(f"e{number}" for number in range(250))


def test_what_fails_together_is_tried_together_again(world):
    world.attach(config={"url": world.vendor.url, "batch_enabled": True, "batch_size": 100})
    world.vendor.answer(503, 503)
    world.accept(*events(100))
    world.deliver_all()
    assert [len(request.json) for request in world.vendor.requests] == [100, 100, 100]


def test_of_a_batch_that_fails_in_part_only_what_failed_is_sent_again(world):
    world.attach()
    world.vendor.answer(200, 503, 400, 200)
    world.accept("a", "b", "c", "d")
    world.deliver()
    assert [request.json["messageId"] for request in world.vendor.requests] == ["a", "b", "c", "d"]
    world.deliver_all()
    assert world.vendor.ids() == ["a", "d", "b"]
    assert world.story("c")[-1] == ("dead", "REFUSED")


def test_a_duplicate_is_not_handed_over(world):
    integration = world.attach()
    world.accept("a", "a")
    world.deliver_all()
    assert world.vendor.ids() == ["a"]
    assert world.counts()[integration] == ENDED | {"handed": 1, "delivered": 1}


def test_every_integration_gets_its_own(world):
    first, second = world.attach(), world.attach(config={"url": f"{world.vendor.url}/other"})
    world.accept("a")
    world.deliver_all()
    assert sorted(request.path for request in world.vendor.requests) == ["/events", "/other"]
    assert set(world.counts()) == {first, second}


def test_a_pipeline_without_integrations_delivers_nothing(world):
    world.accept("a")
    assert (world.waiting, world.counts()) == ([], {})


CONSENTS = [
    ({}, "withheld"),
    ({"consent": {}}, "withheld"),
    ({"consent": "granted"}, "withheld"),
    ({"consent": {"analytics": True}}, "withheld"),
    ({"consent": {"marketing": False}}, "withheld"),
    ({"consent": {"marketing": "true"}}, "withheld"),
    ({"consent": {"marketing": True}}, "delivered"),
]


@pytest.mark.parametrize(("context", "verdict"), CONSENTS)
def test_without_consent_nothing_is_sent(world, context, verdict):
    integration = world.attach(consent="marketing")
    world.accept(an_event("a", context=context))
    world.deliver_all()
    assert world.counts()[integration] == ENDED | {"handed": 1, verdict: 1}
    assert world.story("a")[-1] == (verdict, "" if verdict == "delivered" else "CONSENT")


def test_consent_is_judged_again_when_it_is_delivered(world):
    integration = world.attach(consent="essential")
    world.accept(an_event("a"), an_event("b", **GRANTED))
    world.use(integration, 2, consent="marketing")
    world.deliver_all()
    assert world.vendor.ids() == ["b"]
    assert world.story("a")[-1] == ("withheld", "CONSENT")


MAPPINGS = [
    pytest.param({"defaults": {"action": "drop"}}, id="not listed"),
    pytest.param({"events": {"a": {"enabled": False}}}, id="switched off"),
    pytest.param({"global": {"filters": [{"source": "user_id", "operator": "exists"}]}}, id="filter"),
]


@pytest.mark.parametrize("mapping", MAPPINGS)
def test_what_the_mapping_drops_is_not_even_queued(world, mapping):
    integration = world.attach(mapping=mapping)
    world.accept("a")
    assert world.waiting == []
    assert world.counts()[integration] == ENDED | {"handed": 1, "withheld": 1}
    assert world.story("a")[-1] == ("withheld", "NOT_MAPPED")


def test_a_missing_parameter_is_never_sent_as_a_placeholder(world, logged):
    integration = world.attach(config={"url": f"{world.vendor.url}/{{{{pipeline_param.path}}}}"})
    world.accept("a")
    world.accept("b")
    world.deliver_all()
    assert world.vendor.requests == []
    assert world.story("a")[-1] == ("dead", "MISSING_PARAMETERS")
    warnings = [line for line in logged if line["message"] == "pipeline parameter missing"]
    told = {"pipeline_id": world.pipeline["id"], "integration_id": integration, "revision": 1, "key": "path"}
    assert [{name: line[name] for name in told} for line in warnings] == [told]


def test_a_parameter_stands_in_the_request(world):
    world.change(parameters={"path": "shop"})
    world.attach(config={"url": f"{world.vendor.url}/{{{{pipeline_param.path}}}}"})
    world.accept("a")
    world.deliver_all()
    assert [request.path for request in world.vendor.requests] == ["/shop"]


def test_a_configuration_that_is_wrong_with_a_parameter_names_the_field(world):
    world.change(parameters={"id": "not one"})
    config = {"measurement_id": "{{pipeline_param.id}}", "api_secret": "s3cret"}
    integration = world.attach("google_analytics_4", config=config, consent="essential")
    world.accept("a")
    world.deliver_all()
    (letter,) = world.owner.get(f"/v1/admin/integrations/{integration}/dead-letters").json["dead_letters"]
    assert letter["code"] == "INVALID_CONFIGURATION"
    assert letter["reason"].startswith("config.measurement_id must be")


def test_what_the_vendor_needs_and_the_event_lacks_is_said(world):
    integration = world.attach("meta_capi", config={"pixel_id": "123456789", "access_token": "s3cret"})
    world.accept("a")
    world.deliver_all()
    assert world.counts()[integration]["dead"] == 1
    assert world.story("a")[-1] == ("dead", "MISSING_DATA")


@pytest.fixture
def stop(world):
    """Stop delivery, in each of the ways that there are."""

    def stop(way, integration):
        from chalicelib.integrations.table import Integration, PipelineIntegration

        of_org, of_pipeline = (world.pipeline["org_id"], integration), (world.pipeline["id"], integration)
        match way:
            case "PIPELINE_DELETED":
                assert world.owner.delete(path_of(world.pipeline)).status == 200
            case "PIPELINE_DISABLED":
                world.change(enabled=False)
            case "INTEGRATION_DELETED":
                Integration(*of_org).update([Integration.deleted_at.set("2026-02-25T10:00:00Z")])
            case "INTEGRATION_DISABLED":
                Integration(*of_org).update([Integration.enabled.set(False)])
            case "NOT_ATTACHED":
                PipelineIntegration(*of_pipeline).delete()
            case "ATTACHMENT_DISABLED":
                PipelineIntegration(*of_pipeline).update([PipelineIntegration.enabled.set(False)])

    return stop


STOPS = [
    *("PIPELINE_DELETED", "PIPELINE_DISABLED", "INTEGRATION_DELETED"),
    *("INTEGRATION_DISABLED", "NOT_ATTACHED", "ATTACHMENT_DISABLED"),
]


@pytest.mark.parametrize("way", STOPS)
def test_what_stops_delivery_stops_it_at_once(world, stop, way):
    integration = world.attach()
    world.accept("before")
    world.deliver_all()
    world.accept("a")
    stop(way, integration)
    world.deliver_all()
    assert world.vendor.ids() == ["before"]
    if way != "PIPELINE_DELETED":
        assert world.story("a")[-1] == ("withheld", way)


def test_a_change_is_live_within_six_seconds_every_time(world):
    integration = world.attach()
    world.accept("first")
    world.deliver_all()
    for number in range(2, 22):
        world.use(integration, number, config={"url": f"{world.vendor.url}/r{number}"})
        world.change(parameters={"p": str(number)})
        world.clock.pass_(seconds=6)
        world.accept(f"a{number}")
        world.deliver_all()
    assert [request.path for request in world.vendor.requests[1:]] == [f"/r{number}" for number in range(2, 22)]


def test_a_parameter_changes_what_is_sent_within_six_seconds_every_time(world):
    world.change(parameters={"path": "r1"})
    world.attach(config={"url": f"{world.vendor.url}/{{{{pipeline_param.path}}}}"})
    world.accept("first")
    world.deliver_all()
    for number in range(2, 22):
        world.change(parameters={"path": f"r{number}"})
        world.clock.pass_(seconds=6)
        world.accept(f"a{number}")
        world.deliver_all()
    assert [request.path for request in world.vendor.requests] == [f"/r{number}" for number in range(1, 22)]


def test_a_slow_vendor_costs_the_others_nothing(world, monkeypatch):
    """After three requests without an answer, one after the other, a vendor is left alone for half a minute."""
    monkeypatch.setattr(client, "READ_SECONDS", 0.1)
    world.attach()
    world.vendor.otherwise = Reply(HANG)
    world.accept(*events(50))
    world.deliver()
    assert len(world.vendor.requests) == 3
    assert len(world.waiting) >= 1


def test_beyond_the_rate_limit_events_wait_and_are_not_tried(world):
    integration = world.attach()
    for start in range(0, 400, 100):
        world.accept(*events(100, start))
    world.deliver()
    assert 100 <= len(world.vendor.requests) <= 110
    world.deliver_all()
    assert world.counts()[integration] == ENDED | {"handed": 400, "delivered": 400}
    assert len(world.vendor.requests) == 400


def test_the_rate_limit_is_that_of_the_revision(world):
    world.attach(requests_per_second=5)
    world.accept(*events(20))
    world.deliver()
    assert len(world.vendor.requests) <= 6
    world.deliver_all()
    assert len(world.vendor.requests) == 20


def test_an_address_that_is_not_public_is_a_dead_letter(world, monkeypatch):
    world.attach(config={"url": "https://rebound.example/"})
    monkeypatch.delenv("DELIVER_TO_PRIVATE_ADDRESSES")
    client.settings.cache_clear()
    monkeypatch.setattr(addresses, "system_resolver", lambda *_: ["93.184.216.34", "10.0.0.1"])
    world.accept("a")
    world.deliver_all()
    assert world.story("a")[-1] == ("dead", "ADDRESS_NOT_ALLOWED")


def test_a_secret_that_the_vendor_repeats_is_in_no_reason(world):
    integration = world.attach(
        config={"url": world.vendor.url, "authentication": "bearer", "auth_token": "t0p-s3cret-t0ken"}
    )
    world.vendor.otherwise = Reply(403, {}, b"invalid token: t0p-s3cret-t0ken")
    world.accept("a")
    world.deliver_all()
    assert world.vendor.requests[0].headers["authorization"] == "Bearer t0p-s3cret-t0ken"
    (letter,) = world.owner.get(f"/v1/admin/integrations/{integration}/dead-letters").json["dead_letters"]
    assert letter["reason"] == "HTTP 403: invalid token: ***"


def test_the_pauses_are_those_of_the_document():
    said = re.search(r"pauses of up to ([\d, ]+) and (\d+) seconds", DOCUMENT)
    longest = [int(each) for each in (*said[1].split(", "), said[2])]
    assert longest == [retry.pause(attempt, 1.0) for attempt in range(1, retry.ATTEMPTS)]


def test_a_key_that_was_just_switched_on_again_delivers(world):
    world.attach()
    world.change(enabled=False)
    world.change(enabled=True)
    assert PipelineKey.get(world.pipeline["pipeline_key"]).enabled
    world.accept("a")
    world.deliver_all()
    assert world.vendor.ids() == ["a"]


def test_what_is_to_be_tried_again_waits_in_the_queue(owner, work, monkeypatch):
    monkeypatch.setattr(client, "send", lambda _request: Answer(503))
    pipeline = owner.a_pipeline()
    integration = owner.an_integration(vendor="webhook", config={"url": "https://hooks.example.com/"})
    assert owner.put(path_of(pipeline, f"/integrations/{integration['id']}"), {}).status == 200
    assert owner.post("/v1/t", {"writeKey": pipeline["pipeline_key"], "event": "Bought"}).status == 200
    assert (work("process"), work("deliver")) == (1, 1)
    asked = {"QueueUrl": settings().deliveries_queue_url, "AttributeNames": ["ApproximateNumberOfMessagesDelayed"]}
    assert aws.client("sqs").get_queue_attributes(**asked)["Attributes"].popitem()[1] == "1"
