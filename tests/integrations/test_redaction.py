"""No secret is in what people see, in whatever form it was in a request."""

import base64
import json
import re
from urllib.parse import quote, quote_plus, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.integrations.redaction import Redaction, forms

SECRET = 's3cr/t+"é" &%'
WAYS = {
    "as it is": lambda secret: secret,
    "in a query": lambda secret: urlencode({"a": secret}),
    "percent-encoded": lambda secret: quote(secret, safe=""),
    "with slashes": quote,
    "with plus signs": quote_plus,
    "percent-encoded in lower case": lambda secret: re.sub(
        "%..", lambda found: found[0].lower(), quote(secret, safe="")
    ),
    "as JSON": lambda secret: json.dumps({"a": secret}, ensure_ascii=False),
    "as JSON in ASCII": lambda secret: json.dumps([secret]),
    "as JSON with escaped slashes": lambda secret: json.dumps(secret).replace("/", "\\/"),
    "twice": lambda secret: secret * 2,
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_a_secret_is_taken_out(way):
    text = Redaction([SECRET]).text(f"before {way(SECRET)} after")
    assert not any(form in text for form in forms(SECRET))
    assert "***" in text
    assert text.startswith("before ")
    assert text.endswith(" after")


@pytest.mark.parametrize("user", ["", "a", "ab", "abc"])
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_a_secret_in_base64_is_taken_out_wherever_it_begins(user, encode):
    encoded = encode(f"{user}:{SECRET}:more".encode()).decode()
    shown = Redaction([SECRET]).text(f"Basic {encoded}")
    assert "***" in shown
    assert encode(SECRET.encode()).decode()[4:12] not in shown
    hidden = shown.removeprefix("Basic ").partition("***")[0]
    assert len(base64.urlsafe_b64decode(hidden[: len(hidden) // 4 * 4])) <= len(user) + 1 + 1


def test_names_and_values_at_any_depth_are_redacted():
    value = {SECRET: [{"a": (SECRET, 1, None, True)}], "b": "x"}
    assert Redaction([SECRET]).value(value) == {"***": [{"a": ["***", 1, None, True]}], "b": "x"}


def test_secret_headers_are_hidden_whole():
    headers = Redaction([]).headers(
        {"Webhook-Signature": "v1,abc", "webhook-id": "m-1"}, frozenset({"webhook-signature"})
    )
    assert headers == {"Webhook-Signature": "***", "webhook-id": "m-1"}


def test_without_secrets_nothing_changes():
    assert Redaction(["", "***"]).text("a *** b") == "a *** b"


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.text("ab*", max_size=6)


@given(st.lists(texts, max_size=4), st.lists(st.tuples(texts, st.integers(0, 9), st.integers(0, 3)), max_size=6))
def test_no_secret_is_ever_left(secrets, parts):
    ways = list(WAYS.values())
    text = "".join(
        between + (ways[way](secrets[which % len(secrets)]) if secrets else "") for between, way, which in parts
    )
    (shown,) = Redaction(secrets).value([text])
    for secret in secrets:
        assert not any(form in shown for form in forms(secret) if form.strip("*"))
