"""The gate's checks."""

import pytest

from chalicelib.errors import InvalidSecret, OriginNotAllowed, PipelineDeleted, PipelineDisabled
from chalicelib.ingestion import gate


def rules(*, allowlist=(), enabled=True, deleted=False):
    return gate.Rules(deleted=deleted, enabled=enabled, domain_allowlist=tuple(allowlist))


def claims(origin=None, referer=None, secret=None):
    return gate.Claims(origin, referer, None if secret is None else lambda: secret)


@pytest.mark.parametrize(
    ("pipeline", "request_", "refusal"),
    [
        pytest.param(rules(), claims(), None, id="no allowlist lets all pass"),
        pytest.param(rules(deleted=True, enabled=False), claims(), PipelineDeleted, id="deleted comes first"),
        pytest.param(rules(enabled=False, allowlist=["a.test"]), claims(), PipelineDisabled, id="then disabled"),
        pytest.param(rules(allowlist=["a.test"]), claims(secret=False), InvalidSecret, id="then a wrong secret"),
        pytest.param(rules(allowlist=["a.test"]), claims("https://b.test"), OriginNotAllowed, id="then the origin"),
        pytest.param(rules(allowlist=["a.test"]), claims(secret=True), None, id="which a right secret replaces"),
        pytest.param(rules(enabled=False), claims(secret=True), PipelineDisabled, id="but nothing else"),
    ],
)
def test_the_first_refusal_wins(pipeline, request_, refusal):
    assert gate.refusal(pipeline, request_) is refusal


@pytest.mark.parametrize(
    ("allowlist", "request_", "allowed"),
    [
        pytest.param(["example.com"], claims("https://example.com"), True, id="listed"),
        pytest.param(["example.com"], claims("http://example.com:8080"), True, id="scheme and port do not count"),
        pytest.param(["example.com"], claims("https://EXAMPLE.com"), True, id="case does not count"),
        pytest.param(["example.com"], claims("https://example.com."), True, id="nor the trailing dot"),
        pytest.param(["example.com"], claims("https://www.example.com"), False, id="no subdomain by itself"),
        pytest.param(["example.com"], claims("https://notexample.com"), False, id="no suffix"),
        pytest.param(["example.com"], claims("https://example.com.evil.test"), False, id="no prefix"),
        pytest.param(["*.example.com"], claims("https://a.b.example.com"), True, id="any subdomain"),
        pytest.param(["*.example.com"], claims("https://example.com"), False, id="not the apex"),
        pytest.param(["*.example.com"], claims("https://notexample.com"), False, id="not a suffix"),
        pytest.param(["xn--bcher-kva.example"], claims("https://bücher.example"), True, id="Unicode"),
        pytest.param(["a.test", "b.test"], claims("https://b.test"), True, id="any entry will do"),
        pytest.param(["a.test"], claims(None, "https://a.test/page?x=1#y"), True, id="the referer when no origin"),
        pytest.param(["a.test"], claims("https://b.test", "https://a.test/"), False, id="an origin beats the referer"),
        pytest.param(["a.test"], claims("null", "https://a.test/"), False, id="even the origin null"),
        pytest.param(["a.test"], claims(), False, id="neither"),
        pytest.param(["a.test"], claims("https://user@a.test"), True, id="a user before the host"),
        pytest.param(["a.test"], claims("https://a.test@evil.test"), False, id="a host as the user"),
        pytest.param(["127.0.0.1"], claims("http://127.0.0.1:8084"), True, id="an address"),
        pytest.param(["::1"], claims("http://[::1]:8084"), True, id="an IPv6 address"),
    ],
)
def test_the_page_is_checked_against_the_allowlist(allowlist, request_, allowed):
    assert (gate.refusal(rules(allowlist=allowlist), request_) is None) == allowed


@pytest.mark.parametrize(
    "origin",
    [
        "",
        "null",
        "https://",
        "https://[",
        "://",
        "file://",
        "javascript:1",
        "https://a b",
        "\x00",
        "a.test",
        "https://%00",
    ],
)
def test_an_odd_origin_is_refused_and_breaks_nothing(origin):
    assert gate.refusal(rules(allowlist=["a.test"]), claims(origin)) is OriginNotAllowed
