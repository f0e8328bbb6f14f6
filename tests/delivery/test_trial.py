"""A test of an integration: one event to the vendor, now."""

import json

import pytest

from chalicelib.delivery import client
from chalicelib.integrations.vendor import Answer

from .stub_vendor import Reply


@pytest.fixture
def test_of(world):
    """Test an integration."""

    def test_of(integration, **wanted):
        reply = world.owner.post(f"/v1/admin/integrations/{integration}/test", wanted)
        assert reply.status == 200, reply.body
        return reply.json

    return test_of


def test_a_webhook_gets_an_event_that_is_made_up(world, test_of):
    integration = world.attach()
    answer = test_of(integration)
    assert (answer["outcome"], answer["checked"], "code" in answer) == ("delivered", False, False)
    assert world.vendor.requests[0].json["event"] == "Test event"


def test_what_the_vendor_says_is_told(world, test_of):
    integration = world.attach()
    world.vendor.answer(Reply(403, {}, b"not you"))
    answer = test_of(integration, event={"type": "page", "name": "Home"})
    assert (answer["outcome"], answer["code"], answer["reason"]) == ("failed", "REFUSED", "HTTP 403: not you")
    assert world.vendor.requests[0].json["type"] == "page"


def test_google_analytics_is_asked_what_is_wrong_and_counts_nothing(world, test_of, monkeypatch):
    config = {"measurement_id": "G-ABC1234567", "api_secret": "s3cret"}
    integration = world.attach("google_analytics_4", config=config)
    asked = []

    def send(request):
        asked.append(request.url)
        messages = [{"validationCode": "NAME_INVALID", "description": "Event has an invalid name"}]
        return Answer(200, json.dumps({"validationMessages": messages}).encode())

    monkeypatch.setattr(client, "send", send)
    answer = test_of(integration)
    assert (answer["outcome"], answer["checked"]) == ("failed", True)
    assert "NAME_INVALID Event has an invalid name" in answer["reason"]
    assert "/debug/mp/collect" in asked[0]


def test_without_a_test_code_meta_is_sent_nothing(world, test_of, monkeypatch):
    config = {"pixel_id": "123456789", "access_token": "s3cret"}
    integration = world.attach("meta_capi", config=config)
    monkeypatch.setattr(client, "send", lambda _request: pytest.fail("nothing is to be sent"))
    event = {
        "type": "track",
        "event": "Order Completed",
        "userId": "u-1",
        "context": {"page": {"url": "https://shop.example/"}, "userAgent": "Mozilla"},
    }
    answer = test_of(integration, event=event)
    assert (answer["outcome"], answer["code"]) == ("failed", "MISSING_DATA")
    assert answer["reason"] == "nothing to test with is configured"


def test_parameters_are_those_of_the_pipeline(world, test_of):
    world.change(parameters={"path": "shop"})
    config = {"url": f"{world.vendor.url}/{{{{pipeline_param.path}}}}"}
    integration = world.attach(config=config)
    assert test_of(integration)["code"] == "MISSING_PARAMETERS"
    assert test_of(integration, pipeline_id=world.pipeline["id"])["outcome"] == "delivered"
    assert [request.path for request in world.vendor.requests] == ["/shop"]


def test_a_mapping_that_drops_the_event_says_so(world, test_of):
    integration = world.attach(mapping={"defaults": {"action": "drop"}})
    answer = test_of(integration)
    assert (answer["outcome"], answer["code"]) == ("failed", "NOT_MAPPED")


WRONG = [
    ({"revision": 7}, (422, "VALIDATION_FAILED")),
    ({"pipeline_id": "pip_none"}, (404, "PIPELINE_NOT_FOUND")),
    ({"event": {"type": "click"}}, (400, "INVALID_EVENT")),
    ({"event": {"type": "track", "event": 5}}, (400, "INVALID_EVENT")),
    ({"event": []}, (422, "VALIDATION_FAILED")),
    ({"revision": 0}, (422, "VALIDATION_FAILED")),
]


@pytest.mark.parametrize(("wanted", "answer"), WRONG, ids=str)
def test_what_cannot_be_tested_is_told(world, wanted, answer):
    integration = world.attach()
    reply = world.owner.post(f"/v1/admin/integrations/{integration}/test", wanted)
    assert (reply.status, reply.code) == answer
    assert world.vendor.requests == []


def test_only_editors_of_the_organisation_test(world, as_role, stranger):
    integration = world.attach()
    path = f"/v1/admin/integrations/{integration}/test"
    assert as_role("viewer").post(path, {}).status == 403
    assert stranger.post(path, {}).code == "INTEGRATION_NOT_FOUND"
    assert as_role("editor").post(path).status == 200


def test_a_test_is_counted_nowhere(world, test_of):
    integration = world.attach()
    test_of(integration)
    assert world.counts() == {}
