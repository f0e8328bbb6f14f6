"""Events from browsers, from the request to the list of recent events."""

import base64
import os

import pytest
from botocore.exceptions import EndpointConnectionError

from chalicelib import aws

from ..client import Api, path_of

ORIGIN = "https://www.shop.example"


@pytest.fixture
def pipeline(owner):
    """A pipeline for pages of shop.example."""
    return owner.a_pipeline(domain_allowlist=["www.shop.example"])


def sent(api: Api, pipeline, path="/v1/t", **headers):
    body = {"writeKey": pipeline["pipeline_key"], "event": "Bought", "properties": {"price": 5}}
    return api.post(path, body, **{"Origin": ORIGIN} | headers)


def recent(owner, pipeline):
    """The recent events that were accepted, without what was said of them."""
    events = owner.get(path_of(pipeline, "/events?verdict=accepted")).json["events"]
    return [{name: value for name, value in event.items() if name != "verdict"} for event in events]


def test_an_accepted_event_is_among_the_recent_ones(owner, api, pipeline, work):
    reply = sent(api, pipeline)
    assert (reply.status, reply.json) == (200, {"success": True})
    assert recent(owner, pipeline) == []
    work("process")
    (event,) = recent(owner, pipeline)
    assert event == {
        "type": "track",
        "event": "Bought",
        "properties": {"price": 5},
        "messageId": event["messageId"],
        "timestamp": "2026-02-25T10:00:00.000Z",
        "receivedAt": "2026-02-25T10:00:00.000Z",
        "context": {"ip": "127.0.0.1"},
    }


def test_recent_events_come_newest_first_and_go_after_a_day(owner, api, pipeline, work, time):
    for path in ("/v1/p", "/v1/t"):
        assert sent(api, pipeline, path).status == 200
        time.pass_(seconds=1)
    work("process")
    assert [event["type"] for event in recent(owner, pipeline)] == ["track", "page"]
    assert [event["type"] for event in owner.get(path_of(pipeline, "/events?limit=1")).json["events"]] == ["track"]
    time.pass_(days=1)
    assert recent(owner.signed_in("owner@acme.example"), pipeline) == []


def basic(key, secret=""):
    return "Basic " + base64.b64encode(f"{key}:{secret}".encode()).decode()


def signed(api: Api, pipeline, secret):
    """An event that a server sends with the pipeline's secret."""
    return api.post("/v1/t", {"event": "Bought"}, Authorization=basic(pipeline["pipeline_key"], secret))


def test_who_has_the_secret_needs_no_origin(owner, api, pipeline):
    assert signed(api, pipeline, pipeline["pipeline_key_secret"]).status == 200
    reply = signed(api, pipeline, "sk_wrong")
    assert (reply.status, reply.code) == (401, "INVALID_SECRET")
    reply = sent(api, pipeline, Authorization=basic(pipeline["pipeline_key"], "sk_wrong"))
    assert (reply.status, reply.code) == (401, "INVALID_SECRET")


def test_a_rotated_secret_is_invalid_on_the_very_next_event(owner, api, pipeline):
    old = pipeline["pipeline_key_secret"]
    new = owner.post(path_of(pipeline, "/rotate-secret")).json["pipeline_key_secret"]
    assert [signed(api, pipeline, secret).status for secret in (old, new)] == [401, 200]


def test_a_grace_period_keeps_the_old_secret_valid_until_it_ends(owner, api, pipeline, time):
    old = pipeline["pipeline_key_secret"]
    new = owner.post(path_of(pipeline, "/rotate-secret"), {"grace_seconds": 60}).json["pipeline_key_secret"]
    assert [signed(api, pipeline, secret).status for secret in (old, new)] == [200, 200]
    time.pass_(seconds=60)
    assert [signed(api, pipeline, secret).status for secret in (old, new)] == [401, 200]


def test_the_last_use_of_each_secret_is_shown(owner, api, pipeline, time, work):
    def last_uses():
        shown = owner.get(path_of(pipeline)).json["pipeline_key_secrets"]
        return [secret["last_used_at"] for secret in shown]

    old = pipeline["pipeline_key_secret"]
    signed(api, pipeline, old)
    work("process")
    assert last_uses() == ["2026-02-25T10:00:00Z"]
    owner.post(path_of(pipeline, "/rotate-secret"), {"grace_seconds": 600})
    assert last_uses() == [None, "2026-02-25T10:00:00Z"]
    time.pass_(minutes=2)
    signed(api, pipeline, old)
    work("process")
    assert last_uses() == [None, "2026-02-25T10:02:00Z"]


def test_the_last_use_is_not_written_with_every_event(owner, api, pipeline, time, work, monkeypatch):
    from chalicelib.pipelines import usage

    written = []
    monkeypatch.setattr(usage, "_write", lambda *write: written.append(write) or True)
    for _ in range(5):
        signed(api, pipeline, pipeline["pipeline_key_secret"])
        time.pass_(seconds=20)
        work("process")
    assert len(written) == 2


@pytest.mark.parametrize(
    "give",
    [
        pytest.param(lambda key: ({"writeKey": key}, {}, ""), id="in the body"),
        pytest.param(lambda key: ({}, {"Authorization": f"Bearer {key}"}, ""), id="as a bearer token"),
        pytest.param(lambda key: ({}, {"Authorization": basic(key)}, ""), id="as the basic user"),
        pytest.param(lambda key: ({}, {"X_Write_Key": key}, ""), id="in its own header"),
        pytest.param(lambda key: ({}, {}, f"?writeKey={key}"), id="in the query"),
        pytest.param(lambda key: ({}, {}, f"?wk={key}"), id="in the query, short"),
        pytest.param(lambda key: ({"writeKey": key}, {"Authorization": "Bearer x.y.z"}, ""), id="beside another token"),
        pytest.param(lambda key: ({"writeKey": key}, {"Content_Type": "text/plain"}, ""), id="as a beacon sends it"),
        pytest.param(lambda key: ({"writeKey": key}, {}, "/"), id="with a trailing slash"),
    ],
)
def test_the_key_is_taken_from_where_senders_put_it(api, pipeline, give):
    body, headers, rest = give(pipeline["pipeline_key"])
    assert api.post(f"/v1/p{rest}", body, Origin=ORIGIN, **headers).status == 200


@pytest.mark.parametrize("key", [None, "", "dk_unknown", "sk_secret", 5, {"a": 1}, "dk_" + "x" * 5000, "dk_\u0000"])
def test_a_key_that_opens_nothing_is_401(api, moto_aws, key):
    reply = api.post("/v1/t", {"writeKey": key, "event": "x"})
    assert (reply.status, reply.code) == (401, "INVALID_PIPELINE_KEY")


def test_a_refusal_has_the_fields_that_sdks_read(api, pipeline):
    body = sent(api, pipeline, Origin="https://evil.example").json
    assert body["success"] is False
    assert body["code"] == body["error"]["code"] == "ORIGIN_NOT_ALLOWED"
    assert body["message"] == body["error"]["message"]


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"enabled": False}, 403, "PIPELINE_DISABLED"),
        ({"domain_allowlist": ["other.example"]}, 403, "ORIGIN_NOT_ALLOWED"),
    ],
)
def test_a_change_acts_on_the_very_next_event(owner, api, pipeline, change, status, code):
    assert sent(api, pipeline).status == 200
    owner.put(path_of(pipeline), change)
    reply = sent(api, pipeline)
    assert (reply.status, reply.code) == (status, code)


def test_a_deleted_pipeline_takes_nothing_until_it_is_restored(owner, api, pipeline):
    owner.delete(path_of(pipeline))
    reply = sent(api, pipeline)
    assert (reply.status, reply.code) == (401, "PIPELINE_DELETED")
    owner.post(path_of(pipeline, "/restore"))
    assert sent(api, pipeline).status == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b"\xff\xff", 400),
        (b'{"a":' * 10_000, 400),
        (b'{"writeKey": "dk_x", "event": NaN}', 400),
        (b'{"writeKey": "dk_x", "properties": {"a": "' + b"x" * 70_000 + b'"}}', 413),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_bad_body_is_the_senders_mistake(api, moto_aws, body, status):
    reply = api.post("/v1/t", body)
    assert reply.status == status
    assert reply.json["success"] is False


def test_only_an_allowed_page_may_read_the_answer(api, pipeline):
    assert sent(api, pipeline).headers["Access-Control-Allow-Origin"] == ORIGIN
    refused = sent(api, pipeline, Origin="https://evil.example")
    assert "Access-Control-Allow-Origin" not in refused.headers
    assert refused.headers["Vary"] == "Origin"


def test_a_page_can_read_that_its_key_is_wrong(api, moto_aws):
    reply = api.post("/v1/t", {"writeKey": "dk_unknown", "event": "E"}, Origin=ORIGIN)
    assert (reply.status, reply.headers["Access-Control-Allow-Origin"]) == (401, ORIGIN)


@pytest.mark.parametrize("path", ["/v1/t", "/v1/p"])
def test_a_preflight_is_answered_for_any_page(api, moto_aws, path):
    reply = api.request("OPTIONS", path, Origin=ORIGIN, Access_Control_Request_Method="POST")
    assert reply.status == 200
    assert reply.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "POST" in reply.headers["Access-Control-Allow-Methods"]


def test_an_event_is_one_read_and_one_send(api, pipeline, logged):
    sent(api, pipeline)
    assert logged[-1]["aws_calls"] == {"dynamodb": 1, "sqs": 1}


def test_an_event_that_the_queue_did_not_take_is_not_accepted(api, pipeline, monkeypatch):
    def unreachable(**_):
        raise EndpointConnectionError(endpoint_url="https://sqs")

    monkeypatch.setattr(aws.client("sqs"), "send_message", unreachable)
    reply = sent(api, pipeline)
    assert (reply.status, reply.code, reply.json["success"]) == (503, "SERVICE_UNAVAILABLE", False)
    assert int(reply.headers["Retry-After"]) > 0


def test_on_the_queue_each_pipeline_is_a_group_so_that_none_slows_the_others(api, owner):
    """Fair queues take their tenants from the group of a message."""
    pipelines = [owner.a_pipeline(name=name) for name in ("One", "Two")]
    for pipeline in pipelines:
        api.post("/v1/t", {"writeKey": pipeline["pipeline_key"], "event": "Bought"})
    url = os.environ["EVENTS_QUEUE_URL"]
    answer = aws.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10, AttributeNames=["All"])
    assert {each["Attributes"]["MessageGroupId"] for each in answer["Messages"]} == {each["id"] for each in pipelines}
