"""What holds of every vendor."""

import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.api.validation import decode
from chalicelib.errors import ValidationFailed
from chalicelib.integrations import catalog, payloads
from chalicelib.integrations.mapping import EventMapping, mapped
from chalicelib.integrations.vendor import Answer, HttpRequest, Outgoing, Sending
from chalicelib.integrations.vendors import VENDORS

from ..ingestion.test_properties import json_objects, json_values, text
from .samples import CONFIGS, SHOP

vendors = pytest.mark.parametrize("vendor", VENDORS.values(), ids=VENDORS)


def config_of(vendor):
    return catalog.decoded(vendor.key, CONFIGS[vendor.key])


@vendors
def test_a_vendor_says_what_it_is(vendor):
    assert VENDORS[vendor.key] is vendor
    assert catalog.vendor_of(vendor.key) is vendor
    assert vendor.name
    assert vendor.description.endswith(".")
    assert vendor.documentation.startswith("https://")
    assert vendor.config.__doc__
    assert vendor.config.__struct_config__.forbid_unknown_fields


def test_personal_data_goes_nowhere_without_consent():
    assert {vendor.key: vendor.consent for vendor in VENDORS.values()} == {
        "google_analytics_4": "analytics",
        "meta_capi": "marketing",
        "google_ads": "marketing",
        "tiktok": "marketing",
        "webhook": "essential",
        "s3": "essential",
        "firehose": "essential",
    }


@vendors
def test_a_configuration_is_described_and_its_secrets_are_write_only(vendor):
    schema = catalog.json_schema(vendor.key)
    assert set(schema["properties"]) == {field.encode_name for field in msgspec.structs.fields(vendor.config)}
    marked = {name for name, field in schema["properties"].items() if field.get("writeOnly")}
    assert marked == catalog.secret_fields(vendor.key)
    assert json.dumps(schema)


@pytest.mark.parametrize(
    ("key", "secrets"),
    [
        ("google_analytics_4", {"api_secret"}),
        ("meta_capi", {"access_token"}),
        ("google_ads", {"oauth_client_secret", "oauth_refresh_token", "developer_token"}),
        ("tiktok", {"access_token"}),
        ("webhook", {"auth_token", "signing_secret"}),
        ("s3", set()),
        ("firehose", set()),
    ],
)
def test_secrets_are_known(key, secrets):
    assert catalog.secret_fields(key) == secrets


@vendors
def test_every_text_may_be_a_parameter(vendor):
    texts = {name for name, value in CONFIGS[vendor.key].items() if isinstance(value, str) and name != "authentication"}
    catalog.decoded(vendor.key, CONFIGS[vendor.key] | dict.fromkeys(texts, "{{pipeline_param.x}}"))


def test_what_depends_on_another_field_is_told_like_any_other_problem():
    with pytest.raises(ValidationFailed) as refused:
        catalog.decoded("webhook", {"url": "https://x.example.com/", "authentication": "bearer"})
    assert refused.value.details == [{"field": "auth_token", "message": "is required with authentication bearer"}]


@vendors
def test_a_preset_makes_requests_of_what_happens_in_a_shop(vendor):
    for preset in vendor.presets.values():
        mapping = decode(EventMapping, dict(preset))
        outgoing = [found for event in SHOP if isinstance(found := mapped(mapping, event), Outgoing)]
        assert outgoing
        assert [vendor.missing(config_of(vendor), one) for one in outgoing] == [""] * len(outgoing)
        sendings = vendor.requests(config_of(vendor), outgoing, "token")
        assert sorted(place for sending in sendings for place in sending.places) == list(range(len(outgoing)))


@vendors
def test_a_test_request_is_another_one(vendor):
    if vendor.test_requests is None:
        assert vendor.key in ("webhook", "s3", "firehose")
        return
    outgoing = [Outgoing(SHOP[2], "purchase")]
    (real,), (test,) = (made(config_of(vendor), outgoing, "token") for made in (vendor.requests, vendor.test_requests))
    assert real.request != test.request


@vendors
def test_what_is_secret_in_a_request_is_told(vendor):
    outgoing = [Outgoing(SHOP[2], "purchase", {"user": {"email": "a@example.com"}})]
    (sending,) = vendor.requests(config_of(vendor), outgoing, "secret-of-the-token")
    if not isinstance(sending.request, HttpRequest):
        return
    shown = f"{sending.request.url} {dict(sending.request.headers)} {sending.request.body.decode()}"
    for secret in sending.request.secrets:
        shown = shown.replace(secret, "***")
    assert "secret-" not in shown


@vendors
@pytest.mark.parametrize(
    "status", [200, 204, 301, 400, 401, 403, 404, 408, 410, 413, 422, 425, 429, 500, 502, 503, 504]
)
def test_every_answer_has_an_outcome_for_every_event(vendor, status):
    sending = Sending(HttpRequest("POST", "https://vendor.example.com/"), (0, 1, 2))
    for body in (b"", b"{}", b"[]", b"null", b"<html>", b"\xff", b'{"error": [], "code": "x"}', b"x" * 70_000):
        outcomes = vendor.outcomes(sending, Answer(status, body))
        assert len(outcomes) == 3
        assert all(outcome.verdict in ("delivered", "again", "refused") for outcome in outcomes)
        assert all(bool(outcome.reason) == (outcome.verdict != "delivered") for outcome in outcomes)
        if status >= 300:
            assert all(outcome.verdict != "delivered" for outcome in outcomes)
        if status in (408, 425, 429, 500, 502, 503, 504):
            assert all(outcome.verdict == "again" for outcome in outcomes)


odd_values = json_objects | st.fixed_dictionaries(
    {},
    optional={
        "params": json_objects | json_values,
        "user_properties": json_objects | json_values,
        "user_data": st.dictionaries(st.sampled_from(["em", "ph", "fn", "zp", "country", "external_id"]), json_values),
        "user": st.dictionaries(st.sampled_from(["email", "phone", "first_name", "country", "postcode"]), json_values),
        "custom_data": json_values,
        "properties": json_values,
        "page": json_values,
        "items": json_values,
        "gclid": json_values,
        "action_source": json_values,
        "conversion_action_id": json_values,
    },
)
contexts = json_objects | st.fixed_dictionaries(
    {},
    optional={
        "page": json_values | st.fixed_dictionaries({"url": json_values}),
        "consent": json_values,
        "vendor_ids": json_values | st.dictionaries(st.sampled_from(["gclid", "fbclid", "ga_client_id"]), json_values),
        "ip": json_values,
        "userAgent": json_values,
        "locale": json_values,
    },
)
odd_events = st.fixed_dictionaries(
    {
        "type": st.just("track"),
        "event": text.map("e".__add__),
        "messageId": text.map("m".__add__),
        "receivedAt": st.just("2026-02-20T10:06:41.000Z"),
        "timestamp": st.sampled_from(["2026-02-20T09:00:00Z", "2026-02-20T09:00:00", "0001-01-01T00:00:00+14:00"]),
    },
    optional={
        "properties": json_objects,
        "traits": json_objects,
        "context": contexts,
        "userId": text,
        "anonymousId": text,
    },
)


@vendors
@settings(max_examples=60)
@given(data=st.data())
def test_no_event_is_too_odd_for_a_vendor(vendor, data):
    events = data.draw(st.lists(odd_events, max_size=3))
    outgoing = [Outgoing(event, event["event"], data.draw(odd_values)) for event in events]
    config = config_of(vendor)
    sendings = vendor.requests(config, outgoing, "token")
    sent = [place for sending in sendings for place in sending.places]
    assert len(sent) == len(set(sent))
    assert all(bool(vendor.missing(config, one)) == (place not in sent) for place, one in enumerate(outgoing))


DOCUMENT = (Path(__file__).parents[2] / "docs" / "vendors.md").read_text(encoding="utf-8")


@vendors
def test_the_document_names_every_vendor_and_field(vendor):
    assert f"| {vendor.name} | `{vendor.key}` | {vendor.consent} |" in DOCUMENT
    section = DOCUMENT.partition(f"\n## {vendor.name}\n")[2].partition("\n## ")[0]
    missing = [
        field.encode_name for field in msgspec.structs.fields(vendor.config) if f"`{field.encode_name}`" not in section
    ]
    assert not missing


@pytest.mark.parametrize("key", ["google_analytics_4", "meta_capi", "tiktok"])
def test_the_document_names_what_the_preset_sends(key):
    names = {
        one["vendor_event_name"] for one in VENDORS[key].presets["e_commerce"]["events"].values() if one.get("mappings")
    }
    table = DOCUMENT.partition("| event | Google Analytics 4 |")[2].partition("\n\n")[0]
    assert all(f"| {name} |" in table for name in names)


def test_the_document_s_mapping_is_one():
    example = DOCUMENT.partition("```json\n")[2].partition("```")[0]
    found = mapped(decode(EventMapping, json.loads(example)), SHOP[2])
    assert isinstance(found, Outgoing)
    assert found.values["custom_data"]["contents"] == [{"id": "SKU-1"}, {}]


def test_the_document_s_template_is_one():
    template = DOCUMENT.partition("```jinja\n")[2].partition("```")[0]
    assert json.loads(payloads.rendered(template, {"event": SHOP[2]})) == {
        "id": "m-1",
        "order": "o-99",
        "items": ["SKU-1", None],
    }
