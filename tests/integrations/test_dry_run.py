"""What would be sent for an event, and the differences between revisions."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.integrations import catalog

from ..client import WEBHOOK, path_of_integration
from .events import an_event, an_order
from .samples import CONFIGS

BARE = {"type": "track", "event": "Signed up", "userId": "u-1"}


def dry_run(owner, integration, event=BARE, **body):
    reply = owner.post(path_of_integration(integration, "/dry-run"), {"event": event} | body)
    assert reply.status == 200, reply.body
    return reply.json


def of_vendor(owner, key, **fields):
    given = {"name": key, "vendor": key, "config": CONFIGS[key], "mapping": {}} | fields
    return owner.an_integration(**given)


def test_the_request_of_an_event_is_shown_whole(owner, time):
    integration = owner.an_integration(config=WEBHOOK | {"headers": {"X-Shop": "one"}})
    shown = dry_run(owner, integration)
    event = shown["event"]
    assert event == BARE | {
        "messageId": event["messageId"],
        "timestamp": "2026-02-25T10:00:00.000Z",
        "receivedAt": "2026-02-25T10:00:00.000Z",
    }
    assert shown == {
        "revision": 1,
        "event": event,
        "missing": [],
        "problems": [],
        "vendor_event_name": "Signed up",
        "values": {},
        "would_be_sent": True,
        "stopped_by": None,
        "reason": "",
        "requests": [
            {
                "kind": "http",
                "method": "POST",
                "url": "https://hooks.example.com/",
                "headers": {"Content-Type": "application/json", "X-Shop": "one", "Authorization": "Bearer ***"},
                "body": event,
            }
        ],
    }


@pytest.mark.parametrize("key", catalog.all_keys())
def test_every_vendor_shows_its_request_and_no_secret(owner, key):
    preset = next(iter(catalog.known(key).presets))
    integration = of_vendor(owner, key, mapping=catalog.known(key).presets[preset])
    reply = owner.post(path_of_integration(integration, "/dry-run"), {"event": an_order()})
    assert reply.json["would_be_sent"], reply.json
    assert len(reply.json["requests"]) == 1
    assert b"secret-" not in reply.body


@pytest.mark.parametrize("key", catalog.all_keys())
def test_every_vendor_can_be_tried_before_its_parameters_are_known(owner, key):
    secrets = catalog.secret_fields(key)
    texts = {name: "{{pipeline_param.x}}" for name, value in CONFIGS[key].items() if name in secrets}
    preset = next(iter(catalog.known(key).presets))
    integration = of_vendor(owner, key, config=CONFIGS[key] | texts, mapping=catalog.known(key).presets[preset])
    shown = dry_run(owner, integration, an_order())
    assert shown["would_be_sent"]
    assert shown["missing"] == (["x"] if texts else [])
    every = {
        name: "{{pipeline_param.x}}"
        for name, value in CONFIGS[key].items()
        if isinstance(value, str) and name != "authentication"
    }
    assert dry_run(owner, integration, an_order(), config=CONFIGS[key] | every)["would_be_sent"]


def test_parameters_of_a_pipeline_are_put_in(owner):
    integration = of_vendor(
        owner,
        "google_analytics_4",
        config={"measurement_id": "{{pipeline_param.id}}", "api_secret": "{{pipeline_param.secret}}"},
    )
    pipeline = owner.a_pipeline(parameters={"id": "G-1A2BCD345E", "secret": "s3cret/value"})
    shown = dry_run(owner, integration, an_event(), pipeline_id=pipeline["id"])
    url = "https://www.google-analytics.com/mp/collect?measurement_id=G-1A2BCD345E&api_secret=***"
    assert shown["requests"][0]["url"] == url
    assert "s3cret" not in json.dumps(shown)


def test_a_signature_is_not_shown(owner):
    secret = "whsec_" + "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0"
    integration = owner.an_integration(
        config={"url": WEBHOOK["url"], "authentication": "hmac", "signing_secret": secret}
    )
    headers = dry_run(owner, integration, an_event())["requests"][0]["headers"]
    assert headers["webhook-signature"] == "***"
    assert headers["webhook-id"] == "m-1"


def test_a_user_and_password_are_not_shown(owner):
    config = WEBHOOK | {"authentication": "basic", "auth_user": "ada"}
    headers = dry_run(owner, owner.an_integration(config=config))["requests"][0]["headers"]
    assert headers["Authorization"] == "Basic ***"


def test_a_secret_that_is_elsewhere_too_is_not_shown_there(owner):
    config = WEBHOOK | {"headers": {"X-Token": "secret-1"}}
    headers = dry_run(owner, owner.an_integration(config=config))["requests"][0]["headers"]
    assert headers["X-Token"] == "***"


def test_what_is_compressed_is_shown_as_it_was(owner):
    shown = dry_run(owner, of_vendor(owner, "s3"), an_event())["requests"][0]
    assert (shown["kind"], shown["service"], shown["operation"]) == ("aws", "s3", "put_object")
    assert shown["arguments"]["Body"] == an_event()
    shown = dry_run(owner, of_vendor(owner, "firehose"), an_event())["requests"][0]
    assert shown["arguments"]["Records"] == [{"Data": an_event()}]


@pytest.mark.parametrize(
    ("fields", "event", "by", "reason"),
    [
        pytest.param({"consent": "marketing"}, BARE, "consent", "the event has no consent", id="no consent"),
        pytest.param(
            {"consent": "marketing"},
            BARE | {"context": {"consent": {"marketing": False}}},
            "consent",
            "consent to marketing is refused",
            id="consent refused",
        ),
        pytest.param(
            {"mapping": {"defaults": {"action": "drop"}}}, BARE, "mapping", "is not in the mapping", id="not mapped"
        ),
        pytest.param(
            {
                "config": {
                    "url": WEBHOOK["url"],
                    "payload_format": "custom",
                    "payload_template": "{{ event.properties.x }}",
                }
            },
            BARE,
            "vendor",
            "the template makes no JSON",
            id="what the vendor cannot do",
        ),
        pytest.param({"config": {"url": "{{pipeline_param.a}}"}}, BARE, "parameters", "has no a", id="no parameter"),
        pytest.param(
            {"config": {"url": "https://{{pipeline_param.inside}}/"}},
            BARE,
            "configuration",
            "cannot be used",
            id="an address inside",
        ),
    ],
)
def test_the_reason_is_told_why_nothing_would_be_sent(owner, fields, event, by, reason):
    pipeline = owner.a_pipeline(parameters={"inside": "10.0.0.1"})
    shown = dry_run(owner, owner.an_integration(**fields), event, pipeline_id=pipeline["id"])
    assert (shown["would_be_sent"], shown["stopped_by"], shown["requests"]) == (False, by, [])
    assert reason in shown["reason"]
    if by == "configuration":
        assert [problem["field"] for problem in shown["problems"]] == ["config.url"]


def test_what_is_not_saved_can_be_tried(owner):
    integration = owner.an_integration()
    mapping = {"events": {"Signed up": {"vendor_event_name": "SignUp", "mappings": [{"target": "a", "value": 1}]}}}
    config = WEBHOOK | {"auth_token": "***", "payload_format": "mapped", "url": "https://other.example/"}
    shown = dry_run(owner, integration, config=config, mapping=mapping)
    assert (shown["vendor_event_name"], shown["values"]) == ("SignUp", {"a": 1})
    assert (shown["requests"][0]["url"], shown["requests"][0]["body"]) == ("https://other.example/", {"a": 1})
    assert owner.get(path_of_integration(integration)).json["latest_revision"] == 1
    reply = owner.post(path_of_integration(integration, "/dry-run"), {"event": BARE, "config": {}, "preset": "x"})
    assert sorted(reply.wrong_fields) == ["config.url", "preset"]


def test_an_older_revision_can_be_tried(owner):
    integration = owner.an_integration()
    owner.post(path_of_integration(integration, "/revisions"), {"consent": "marketing"})
    assert dry_run(owner, integration)["stopped_by"] == "consent"
    assert dry_run(owner, integration, revision=1)["would_be_sent"]
    reply = owner.post(path_of_integration(integration, "/dry-run"), {"event": BARE, "revision": 3})
    assert reply.wrong_fields == ["revision"]


@pytest.mark.parametrize(
    ("event", "wrong"),
    [
        ({}, ["event.type"]),
        ({"type": "purchase"}, ["event.type"]),
        ({"type": ["track"]}, ["event.type"]),
        ({"type": "track"}, ["event.event"]),
        ({"type": "alias", "userId": "x"}, ["event.previousId"]),
        ({"type": "page", "properties": [1], "userId": 1}, ["event.properties", "event.userId"]),
        ({"type": "page", "timestamp": "yesterday"}, ["event.timestamp"]),
        ({"type": "page", "messageId": "x" * 501}, ["event.messageId"]),
    ],
)
def test_what_is_no_event_is_named(owner, event, wrong):
    reply = owner.post(path_of_integration(owner.an_integration(), "/dry-run"), {"event": event})
    assert (reply.status, reply.wrong_fields) == (422, wrong)


def test_a_dry_run_needs_a_viewer_and_ones_own_pipeline(owner, as_role, stranger):
    integration, foreign = owner.an_integration(), stranger.a_pipeline()
    path = path_of_integration(integration, "/dry-run")
    assert as_role("viewer").post(path, {"event": BARE}).status == 200
    for pipeline_id in (foreign["id"], "pip_00000000000000000000"):
        assert owner.post(path, {"event": BARE, "pipeline_id": pipeline_id}).code == "PIPELINE_NOT_FOUND"
    assert stranger.post(path, {"event": BARE}).code == "INTEGRATION_NOT_FOUND"


@pytest.fixture
def a_webhook(owner):
    return owner.an_integration()


secrets = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=8, max_size=40)


@settings(max_examples=30)
@given(secrets, st.sampled_from(["bearer", "basic", "header"]))
def test_whatever_a_secret_is_it_is_not_shown(owner, a_webhook, secret, authentication):
    config = WEBHOOK | {
        "authentication": authentication,
        "auth_token": secret,
        "auth_user": "ada",
        "auth_header": "X-Token",
    }
    shown = dry_run(owner, a_webhook, config=config)
    headers = shown["requests"][0]["headers"]
    assert {value for name, value in headers.items() if name in ("Authorization", "X-Token")} <= {
        "***",
        "Bearer ***",
        "Basic ***",
    }


# Differences


def difference(owner, integration, number, against=""):
    reply = owner.get(path_of_integration(integration, f"/revisions/{number}/diff{against}"))
    assert reply.status == 200, reply.body
    return reply.json


def test_revisions_are_compared_field_by_field(owner):
    integration = owner.an_integration()
    path = path_of_integration(integration, "/revisions")
    mapping = {"events": {"Signed up": {"enabled": False}}}
    owner.post(path, {"config": WEBHOOK | {"auth_token": "***", "method": "PUT"}, "mapping": mapping})
    owner.post(path, {"config": WEBHOOK | {"auth_token": "secret-2"}, "consent": "analytics"})
    assert difference(owner, integration, 2) == {
        "number": 2,
        "against": 1,
        "differences": [
            {"path": "config.method", "before": "POST", "after": "PUT"},
            {"path": "mapping.events", "after": {"Signed up": {"enabled": False}}},
        ],
    }
    anew = {"path": "config.auth_token", "before": "***", "after": "***", "secret": True}
    consent = {"path": "consent", "before": "essential", "after": "analytics"}
    assert difference(owner, integration, 3)["differences"] == [
        {"path": "config.method", "before": "PUT", "after": "POST"},
        consent,
        anew,
    ]
    assert difference(owner, integration, 1, "?against=3")["against"] == 3
    assert difference(owner, integration, 2, "?against=2")["differences"] == []


def test_the_first_revision_is_compared_with_nothing(owner):
    shown = difference(owner, owner.an_integration(), 1)
    assert shown["against"] is None
    assert [one["path"] for one in shown["differences"]] == ["config", "mapping", "consent", "requests_per_second"]


def test_a_secret_that_comes_or_goes_is_told(owner):
    integration = owner.an_integration()
    owner.post(path_of_integration(integration, "/revisions"), {"config": {"url": WEBHOOK["url"]}})
    shown = {one["path"]: one for one in difference(owner, integration, 2)["differences"]}
    assert shown["config.auth_token"] == {"path": "config.auth_token", "before": "***", "after": "", "secret": True}


@pytest.mark.parametrize(("rest", "status"), [("2/diff", 404), ("1/diff?against=2", 404), ("1/diff?against=0", 422)])
def test_what_is_not_there_is_not_compared(owner, rest, status):
    assert owner.get(path_of_integration(owner.an_integration(), f"/revisions/{rest}")).status == status
