"""Every entrance: what it takes, whom it lets in, and what other makers' SDKs find there."""

import base64
import gzip
import hashlib
import hmac
import json

import pytest

import app as application
from chalicelib import clock
from chalicelib.activity import recent
from chalicelib.activity.tally import tally

from ..client import Api, path_of
from ..functions import send_in_process

ORIGIN = "https://www.shop.example"
EVENTS = {
    "track": {"event": "Bought"},
    "page": {"name": "Cart"},
    "screen": {"name": "Cart"},
    "identify": {"userId": "u-1"},
    "group": {"groupId": "acme"},
    "alias": {"userId": "u-1", "previousId": "a-1"},
}
PATHS = {
    "track": ["/v1/t", "/v1/track"],
    "page": ["/v1/p", "/v1/page"],
    "screen": ["/v1/s", "/v1/screen"],
    "identify": ["/v1/i", "/v1/identify"],
    "group": ["/v1/g", "/v1/group"],
    "alias": ["/v1/a", "/v1/alias"],
}


@pytest.fixture(params=["HTTP API", "REST API"])
def api(request, moto_aws):
    """The API as nobody in particular, through either gateway: nobody can tell which."""
    return Api(send_in_process(application.app, http_api=request.param == "HTTP API"))


@pytest.fixture
def pipeline(owner):
    """A pipeline for pages of shop.example."""
    return owner.a_pipeline(domain_allowlist=["www.shop.example"])


@pytest.fixture
def arrived(owner, pipeline, work):
    """The events that have arrived, the oldest first."""

    def look():
        work("process")
        return owner.get(path_of(pipeline, "/events")).json["events"][::-1]

    return look


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize(("kind", "path"), [(kind, path) for kind, paths in PATHS.items() for path in paths])
def test_an_event_of_each_kind_has_its_paths(api, pipeline, arrived, kind, path, slash):
    body = {"writeKey": pipeline["pipeline_key"], "messageId": "m-1"} | EVENTS[kind]
    reply = api.post(path + slash, body, Origin=ORIGIN)
    assert (reply.status, reply.json) == (200, {"success": True})
    (event,) = arrived()
    assert event["type"] == kind
    assert event.items() >= EVENTS[kind].items()


@pytest.mark.parametrize("path", ["/v1/batch", "/v1/b", "/v1/import", "/v1/batch/"])
def test_a_batch_has_its_paths(api, pipeline, arrived, path):
    batch = [{"type": kind} | fields for kind, fields in EVENTS.items()]
    reply = api.post(path, {"writeKey": pipeline["pipeline_key"], "batch": batch}, Origin=ORIGIN)
    assert (reply.status, reply.json) == (200, {"success": True, "accepted": 6})
    assert sorted(event["type"] for event in arrived()) == sorted(EVENTS)


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-8"]
)
@pytest.mark.parametrize("compressed", [False, True])
def test_json_is_taken_by_whatever_name(api, pipeline, arrived, content_type, compressed):
    body = json.dumps({"writeKey": pipeline["pipeline_key"], "event": "Größe"}).encode()
    encoding = {"Content_Encoding": "gzip"} if compressed else {}
    sent = gzip.compress(body) if compressed else body
    assert api.post("/v1/t", sent, Origin=ORIGIN, Content_Type=content_type, **encoding).status == 200
    assert arrived()[0]["event"] == "Größe"


def test_what_is_called_gzip_and_is_none_is_refused_by_the_gateway_or_read_as_it_is(api, pipeline):
    event = {"writeKey": pipeline["pipeline_key"], "event": "Bought"}
    assert api.post("/v1/t", event, Content_Encoding="gzip", Origin=ORIGIN).status in (200, 415)


# Servers


def signed(pipeline, body, *, at=None, secret=None):
    """The headers of a signed request."""
    timestamp = str(at or clock.milliseconds())
    key = (secret or pipeline["pipeline_key_secret"]).encode()
    made = hmac.new(key, f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
    return {
        "X_Pipeline_Key": pipeline["pipeline_key"],
        "X_Timestamp": timestamp,
        "X_Signature": f"sha256={made}",
    }


SERVER_EVENT = b'{"type": "track", "event": "Shipped"}'


def test_a_signed_event_needs_no_origin(api, pipeline, arrived):
    assert api.post("/v1/events", SERVER_EVENT, **signed(pipeline, SERVER_EVENT)).status == 200
    (event,) = arrived()
    assert (event["type"], event["event"]) == ("track", "Shipped")


def test_a_signed_event_that_is_repeated_has_one_id(api, pipeline, arrived, time):
    headers = signed(pipeline, SERVER_EVENT)
    for _ in range(2):
        assert api.post("/v1/events", SERVER_EVENT, **headers).status == 200
        time.pass_(seconds=10)
    assert len({event["messageId"] for event in arrived()}) == 1


def test_the_events_of_a_signed_batch_have_ids_of_their_own(api, pipeline, arrived):
    body = json.dumps({"batch": [{"type": "page"}, {"type": "page"}]}).encode()
    assert api.post("/v1/batch", body, **signed(pipeline, body)).json == {"success": True, "accepted": 2}
    assert len({event["messageId"] for event in arrived()}) == 2


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"X_Signature": "sha256=" + "0" * 64}, "INVALID_SIGNATURE"),
        ({"X_Signature": "nonsense"}, "INVALID_SIGNATURE"),
        ({"X_Timestamp": "1"}, "INVALID_SIGNATURE"),
        ({"X_Pipeline_Key": "dk_unknown"}, "INVALID_PIPELINE_KEY"),
    ],
)
def test_a_wrong_signature_is_401(api, pipeline, change, code):
    reply = api.post("/v1/events", SERVER_EVENT, **signed(pipeline, SERVER_EVENT) | change)
    assert (reply.status, reply.code) == (401, code)


def test_events_of_servers_must_be_signed(api, pipeline):
    body = {"type": "track", "event": "Shipped", "writeKey": pipeline["pipeline_key"]}
    reply = api.post("/v1/events", body, Origin=ORIGIN)
    assert (reply.status, reply.code) == (401, "SIGNATURE_REQUIRED")


def test_a_signature_is_a_use_of_its_secret(owner, api, pipeline, time, work):
    new = owner.post(path_of(pipeline, "/rotate-secret"), {"grace_seconds": 600}).json
    for _ in range(3):
        api.post("/v1/events", SERVER_EVENT, **signed(pipeline, SERVER_EVENT))
        time.pass_(seconds=30)
    api.post("/v1/events", SERVER_EVENT, **signed(pipeline, SERVER_EVENT, secret=new["pipeline_key_secret"]))
    api.post("/v1/events", SERVER_EVENT, **signed(pipeline, SERVER_EVENT, secret="sk_wrong"))
    work("process")
    tally.write()
    in_use = owner.get(path_of(pipeline)).json["pipeline_key_secrets"]
    assert [secret["last_used_at"] for secret in in_use] == ["2026-02-25T10:01:30Z", "2026-02-25T10:01:30Z"]
    prefixes = [secret["prefix"] for secret in in_use]
    assert recent.requests_by(pipeline["id"], prefixes) == {prefixes[0]: 1, prefixes[1]: 3}
    time.pass_(minutes=61)
    assert recent.requests_by(pipeline["id"], prefixes) == {prefixes[0]: 0, prefixes[1]: 0}


def test_the_secret_itself_is_as_good_as_a_signature(api, pipeline):
    pair = f"{pipeline['pipeline_key']}:{pipeline['pipeline_key_secret']}"
    for user in (pair, f"{pair}:"):  # an SDK that was given the pair for a key adds a colon
        basic = base64.b64encode(user.encode()).decode()
        assert api.post("/v1/events", SERVER_EVENT, Authorization=f"Basic {basic}").status == 200
    assert api.post("/v1/events", SERVER_EVENT, X_Write_Key=pair).status == 200


@pytest.mark.parametrize("path", ["/v1/t", "/v1/batch"])
def test_a_pipeline_for_servers_takes_nothing_unsigned(owner, api, path):
    pipeline = owner.a_pipeline(type="server")
    body = json.dumps({"event": "E", "batch": [{"type": "page"}], "writeKey": pipeline["pipeline_key"]}).encode()
    assert api.post(path, body).code == "SIGNATURE_REQUIRED"
    assert api.post(path, body, **signed(pipeline, body)).status == 200


def test_an_old_secret_signs_while_it_is_kept(owner, api, pipeline, time):
    owner.post(path_of(pipeline, "/rotate-secret"), {"grace_seconds": 600})
    assert api.post("/v1/events", SERVER_EVENT, **signed(pipeline, SERVER_EVENT)).status == 200
    time.pass_(seconds=601)
    assert api.post("/v1/events", SERVER_EVENT, **signed(pipeline, SERVER_EVENT)).code == "INVALID_SIGNATURE"


# The image


def test_an_image_brings_an_event(api, pipeline, arrived):
    query = (
        f"wk={pipeline['pipeline_key']}&e=Opened&uid=u-1&aid=a-1&p.mail=spring&t.plan=pro&ts=1772013600000&mid=m-1&cb=5"
    )
    reply = api.get(f"/v1/pixel/track?{query}", Referer=ORIGIN)
    assert (reply.status, reply.headers["Content-Type"]) == (200, "image/gif")
    assert reply.body.startswith(b"GIF89a")
    assert reply.headers["Cache-Control"] == "no-store, no-cache, must-revalidate"
    (event,) = arrived()
    assert event == {
        "type": "track",
        "event": "Opened",
        "userId": "u-1",
        "anonymousId": "a-1",
        "properties": {"mail": "spring"},
        "traits": {"plan": "pro"},
        "timestamp": "2026-02-25T10:00:00.000Z",
        "messageId": "m-1",
        "receivedAt": event["receivedAt"],
        "context": {"ip": "127.0.0.1"},
        "verdict": "accepted",
    }


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("track?wk=dk_unknown&e=E", 401),
        ("track?e=E", 401),
        ("track?wk={key}", 400),
        ("track?wk={key}&e=E&ts=soon", 400),
        ("track?wk={key}&e=E&ts=" + "9" * 400, 400),
        ("other?wk={key}&e=E", 404),
    ],
)
def test_an_image_for_nothing_is_an_error(api, pipeline, path, status):
    reply = api.get(f"/v1/pixel/{path.format(key=pipeline['pipeline_key'])}", Referer=ORIGIN)
    assert (reply.status, reply.headers["Content-Type"]) == (status, "application/json")


# The rate limit


def test_over_the_limit_the_sender_is_told_when_to_come_again(owner, api, time):
    pipeline = owner.a_pipeline(rate_limit_rps=10)
    body = {"writeKey": pipeline["pipeline_key"], "batch": [{"type": "page"}] * 35}
    assert api.post("/v1/batch", body).json["accepted"] == 35
    reply = api.post("/v1/p", {"writeKey": pipeline["pipeline_key"]}, Origin=ORIGIN)
    assert (reply.status, reply.code) == (429, "RATE_LIMITED")
    told = {name: reply.headers[name] for name in ("Retry-After", "RateLimit", "RateLimit-Policy")}
    assert told == {"Retry-After": "3", "RateLimit": '"pipeline";r=0;t=3', "RateLimit-Policy": '"pipeline";q=10;w=1'}
    assert set(told) <= {name.strip() for name in reply.headers["Access-Control-Expose-Headers"].split(",")}
    time.pass_(seconds=3)
    assert api.post("/v1/p", {"writeKey": pipeline["pipeline_key"]}).status == 200


def test_what_is_refused_takes_nothing_of_the_limit(owner, api):
    pipeline = owner.a_pipeline(rate_limit_rps=1, domain_allowlist=["www.shop.example"])
    for _ in range(5):
        assert api.post("/v1/p", {"writeKey": pipeline["pipeline_key"]}, Origin="https://evil.example").status == 403
    assert api.post("/v1/p", {"writeKey": pipeline["pipeline_key"]}, Origin=ORIGIN).status == 200


# Browsers and SDKs


@pytest.mark.parametrize(
    "path", ["/v1/t", "/v1/track", "/v1/batch", "/v1/events", "/v1/challenge", "/v1/pixel/track", "/sourceConfig"]
)
def test_a_preflight_lets_sdks_send_whatever_headers_they_ask_for(api, moto_aws, path):
    asked = "anonymousid,authorization,content-type,rsa-retry-attempt,x-retry-count"
    reply = api.request("OPTIONS", path, Origin=ORIGIN, Access_Control_Request_Headers=asked)
    assert reply.headers["Access-Control-Allow-Headers"] == asked
    assert (reply.status, reply.headers["Access-Control-Max-Age"]) == (200, "7200")


@pytest.mark.parametrize("asked", [None, "", "no name", "a,,b", "a\u00a0b", "x" * 3000, "a," * 60 + "a"])
def test_a_preflight_that_asks_for_nothing_sensible_is_told_the_usual_headers(api, moto_aws, asked):
    headers = {} if asked is None else {"Access_Control_Request_Headers": asked}
    allowed = api.request("OPTIONS", "/v1/t", Origin=ORIGIN, **headers).headers["Access-Control-Allow-Headers"]
    assert {name.strip() for name in allowed.split(",")} >= {"Authorization", "Content-Type", "X-Write-Key"}


def test_segments_browser_sdk_is_told_where_to_send(api, moto_aws):
    reply = api.get("/v1/projects/dk_pip_1/settings", Origin=ORIGIN)
    assert reply.headers["Access-Control-Allow-Origin"] == "*"
    own = reply.json["integrations"]["Segment.io"]
    assert own == {"apiKey": "dk_pip_1", "apiHost": "data.example.com/v1", "protocol": "https"}


@pytest.mark.parametrize("path", ["/sourceConfig?writeKey=dk_pip_1", "/sourceConfig/?writeKey=dk_pip_1&p=npm&v=3"])
def test_rudderstacks_browser_sdk_finds_a_source(api, moto_aws, path):
    reply = api.get(path, Origin=ORIGIN)
    assert reply.headers["Access-Control-Allow-Origin"] == "*"
    source = reply.json["source"]
    assert (source["id"], source["enabled"], source["destinations"]) == ("pip_1", True, [])
