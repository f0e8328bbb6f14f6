"""What holds of every event, request and allowlist, whatever is in it."""

import gzip
import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chalicelib import event_shape
from chalicelib.errors import InvalidEvent, InvalidPipelineKey, PayloadTooLarge
from chalicelib.ingestion import body, credentials, event, gate, visitor
from chalicelib.ingestion.signature import signature_of
from chalicelib.pipelines.rules import allowed_domain

from .test_event import RECEIVED

MOST = 64 * 1024
text = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
scalars = (
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | text
)
json_values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4), max_leaves=12
)
json_objects = st.dictionaries(text, json_values, max_size=6)
times = st.sampled_from(["2026-02-20T09:00:00Z", "2026-02-20T09:00:00", "0001-01-01T00:00:00+14:00", "now", ""])
FIELDS = (*event_shape.OBJECTS, *event_shape.TEXTS, "originalTimestamp", "category", "type", "writeKey", "sentAt")
odd_events = st.dictionaries(st.sampled_from(FIELDS), json_values | json_objects, max_size=6)
good_events = st.fixed_dictionaries(
    {"event": text.map("e".__add__), "previousId": text.map("p".__add__)},
    optional={
        "userId": text | st.integers(),
        "traits": json_objects,
        "properties": json_objects,
        "context": st.fixed_dictionaries({}, optional={"page": json_objects, "cookies": json_objects, "locale": text}),
        "timestamp": st.sampled_from(["2026-02-20T09:00:00Z", "2026-02-20T09:00:00", "0001-01-01T00:00:00+14:00"]),
        "category": text,
    },
)
events = good_events | odd_events | st.tuples(good_events, odd_events).map(lambda both: both[0] | both[1])
labels = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True).filter(lambda label: label[2:4] != "--")
hosts = (
    st.lists(labels, min_size=2, max_size=4).map(".".join).filter(lambda host: not host.rpartition(".")[2].isdigit())
)
HEADERS = (
    *("authorization", "x-pipeline-key", "x-write-key", "x-signature", "x-timestamp", "x-challenge-token"),
    *("origin", "referer", "cookie", "user-agent", "x-forwarded-for", "sec-fetch-site"),
)
near_misses = st.sampled_from(["Basic ", "Bearer ", "dk_", "sha256=", "17715816000", "https://", "_dfid="])
noise = st.text(st.characters(codec="latin-1", exclude_categories=["Cc"]), max_size=40)
header_values = noise | st.tuples(near_misses, noise).map("".join)
headers = st.dictionaries(st.sampled_from(HEADERS), header_values, max_size=6)


# Bodies


@given(
    st.binary(max_size=300) | st.binary(max_size=300).map(gzip.compress) | st.binary().map(lambda b: b"\x1f\x8b" + b)
)
def test_a_body_is_read_or_refused(raw):
    try:
        read = body.parsed(body.inflated(raw, MOST))
    except (InvalidEvent, PayloadTooLarge):
        return
    assert isinstance(read, dict)


@given(json_objects)
def test_an_object_is_read_as_it_was_written_compressed_or_not(sent):
    raw = json.dumps(sent, ensure_ascii=False).encode()
    assert body.parsed(body.inflated(raw, MOST)) == body.parsed(body.inflated(gzip.compress(raw), MOST)) == sent


# The envelope


@given(st.sampled_from(event_shape.KINDS) | scalars, events | json_values, times | json_values)
def test_an_event_becomes_a_whole_envelope_or_is_refused(kind, sent, sent_at):
    try:
        envelope = event.normalise(kind, sent, RECEIVED, sent_at)
    except InvalidEvent:
        return
    assert envelope["type"] in event_shape.KINDS
    assert 0 < len(envelope["messageId"].encode()) <= event_shape.LONGEST_ID
    assert envelope["receivedAt"] == "2026-02-20T10:00:00.123Z"
    assert all(isinstance(envelope[field], str) and envelope[field] for field in event_shape.TEXTS if field in envelope)
    assert all(isinstance(envelope[field], dict) for field in event_shape.OBJECTS if field in envelope)
    assert "cookies" not in envelope.get("context", {})
    assert json.loads(json.dumps(envelope)) == envelope


@given(st.sampled_from(event_shape.KINDS), good_events)
def test_an_envelope_that_is_sent_again_is_the_same(kind, sent):
    envelope = event.normalise(kind, sent, RECEIVED)
    assert event.normalise(kind, envelope, RECEIVED) == envelope


@given(st.none() | scalars | text, json_values)
def test_what_was_refused_can_always_be_shown(kind, sent):
    json.dumps(event.sketch(kind if isinstance(kind, str) else None, sent))


@given(json_objects, headers, text, st.integers(0, 3), st.booleans())
def test_a_pages_word_for_its_address_is_never_believed(context, given_headers, source, proxies, anonymize):
    sent = {"context": context | {"ip": "203.0.113.9"}}
    who = visitor.visitor_of(given_headers, source, proxies)
    described = visitor.described(sent, who, anonymize_ip=anonymize)
    assert described.get("context", {}).get("ip") in {None, *([visitor.anonymous(who.ip), who.ip] if who.ip else [])}


# The gate


@given(st.none() | text | st.text(), st.none() | text | st.text(), st.lists(hosts, max_size=3))
@example("https://[", None, ["a.test"])
@example("https://\ud800.example", None, ["a.test"])
def test_no_origin_breaks_the_gate(origin, referer, allowlist):
    rules = gate.Rules(deleted=False, enabled=True, domain_allowlist=tuple(allowlist))
    refused = gate.refusal(rules, gate.Claims(origin, referer))
    assert allowlist or refused is None


@given(hosts, hosts, st.sampled_from(["http", "https", "HTTPS"]), st.sampled_from(["", ":8080", ".", ".:1"]))
def test_a_page_is_let_in_exactly_by_its_own_host_or_a_wildcard_above_it(entry, page, scheme, rest):
    origin = f"{scheme}://{page.upper()}{rest}"
    below = f"{scheme}://shop.{entry}{rest}"

    def lets(allowlist, address):
        rules = gate.Rules(deleted=False, enabled=True, domain_allowlist=(allowed_domain(allowlist),))
        return gate.refusal(rules, gate.Claims(address, None)) is None

    assert lets(entry, origin) == (entry == page)
    assert lets(f"*.{entry}", origin) == page.endswith(f".{entry}")
    assert lets(f"*.{entry}", below)
    assert not lets(entry, below)
    assert not lets(f"*.{entry}", f"{scheme}://{entry}{rest}")


@given(st.lists(st.booleans(), min_size=4, max_size=4), st.sampled_from([None, True, False]), st.booleans())
def test_the_first_check_that_refuses_decides(switches, signed, room):
    deleted, enabled, token_required, signature_required = switches
    rules = gate.Rules(deleted, enabled, ("a.test",), token_required, signature_required)
    claims = gate.Claims("https://b.test", None, None if signed is None else lambda: signed, has_room=lambda: room)
    said = [check(rules, claims) for check in gate.CHECKS]
    assert gate.refusal(rules, claims) is next((each for each in said if each), None)


@given(headers, st.dictionaries(st.sampled_from(["writeKey", "wk"]), text), json_objects, st.binary(max_size=50))
def test_no_headers_break_who_sends(given_headers, query, sent, raw):
    signature = signature_of(given_headers, raw)
    assert signature is None or signature.is_valid(["sk_secret"], 1_771_581_600_000) is False
    try:
        found = credentials.credentials_of(given_headers, query, sent)
    except InvalidPipelineKey:
        return
    assert found.key.startswith("dk_")
    assert credentials.challenge_token(given_headers, sent) != ""


# The whole way


PATHS = ["/v1/t", "/v1/p", "/v1/i", "/v1/g", "/v1/a", "/v1/s", "/v1/batch", "/v1/events", "/v1/challenge"]


@settings(max_examples=150)
@example(path="/v1/t", given_headers={"authorization": "Basic \x80"}, raw=b"{}", with_key=False)
@given(
    path=st.sampled_from(PATHS),
    given_headers=headers,
    raw=st.binary(max_size=100)
    | json_values.map(lambda value: json.dumps(value).encode())
    | events.map(lambda sent: json.dumps(sent).encode())
    | st.lists(events, max_size=3).map(lambda items: json.dumps({"batch": items}).encode()),
    with_key=st.booleans(),
)
def test_no_request_is_answered_with_a_failure_of_ours(api, a_key, path, given_headers, raw, with_key):
    sent = {name: value for name, value in given_headers.items() if not with_key or name != "x-pipeline-key"}
    key = {"X-Pipeline-Key": a_key} if with_key else {}
    reply = api.send("POST", path, sent | key, raw)
    assert reply.status in {200, 400, 401, 403, 413, 429}
    assert reply.json["success"] is (reply.status == 200)


@pytest.fixture
def a_key(owner):
    """The key of a pipeline that takes events from everywhere."""
    return owner.a_pipeline(rate_limit_rps=1_000_000)["pipeline_key"]


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(gzip.compress(b" " * 200_000_000, 9), id="a gzip bomb"),
        pytest.param(b"[" * 100_000, id="depth 100,000"),
        pytest.param(b'{"properties": ' * 100_000 + b"1" + b"}" * 100_000, id="depth 100,000 of objects"),
        pytest.param(b'{"event": "\\ud800"}', id="a lone surrogate"),
        pytest.param(b'{"event": "a", "properties": {"x": NaN}}', id="NaN"),
        pytest.param(b'{"event": "a", "properties": {"x": 1e999}}', id="an infinite number"),
        pytest.param(b'{"event": "a", "properties": {"x": ' + b"9" * 30_000 + b"}}", id="a huge number"),
        pytest.param(b"\x1f\x8b" + b"\x00" * 1000, id="no gzip"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_a_hostile_body_is_refused_everywhere(api, a_key, raw):
    for path in PATHS:
        reply = api.send("POST", path, {"X-Pipeline-Key": a_key}, raw)
        assert reply.status in (400, 401, 413), path
        assert isinstance(reply.json["message"], str)
