"""The allowlist and the gate, asked without an event."""

import pytest

from ..client import path_of

CHECKS = [
    "key_known",
    "not_deleted",
    "enabled",
    "secret_valid",
    "signature_valid",
    "origin_allowed",
    "challenge_met",
    "within_limit",
]


@pytest.fixture
def pipeline(owner):
    """A pipeline for shop.example and its subdomains."""
    return owner.a_pipeline(domain_allowlist=["shop.example", "*.cdn.example"])


@pytest.mark.parametrize(
    ("origin", "allowed", "host", "matched", "said"),
    [
        ("https://shop.example", True, "shop.example", "shop.example", "matches the entry shop.example"),
        ("http://SHOP.example:8080", True, "shop.example", "shop.example", "matches the entry"),
        ("shop.example", True, "shop.example", "shop.example", "matches the entry"),
        ("https://a.b.cdn.example", True, "a.b.cdn.example", "*.cdn.example", "matches the entry *.cdn.example"),
        (
            "https://cdn.example",
            False,
            "cdn.example",
            None,
            "*.cdn.example is any subdomain, but not cdn.example itself",
        ),
        ("https://www.shop.example", False, "www.shop.example", None, "matches none of the 2 entries"),
        ("null", False, None, None, "not the origin of a page"),
        ("file:///page.html", False, None, None, "not the origin of a page"),
        ("https://", False, None, None, "not the origin of a page"),
    ],
)
def test_the_allowlist_says_which_entry_decides(owner, pipeline, origin, allowed, host, matched, said):
    verdict = owner.post(path_of(pipeline, "/allowlist/test"), {"origin": origin}).json
    assert (verdict["allowed"], verdict["host"], verdict["matched"]) == (allowed, host, matched)
    assert said in verdict["message"]


def test_an_empty_allowlist_lets_every_page(owner):
    pipeline = owner.a_pipeline()
    assert owner.post(path_of(pipeline, "/allowlist/test"), {"origin": "https://any.example"}).json["allowed"] is True


def explained(owner, pipeline, *, body=None, path="/v1/t", **headers):
    text = body if body is not None else f'{{"writeKey": "{pipeline["pipeline_key"]}"}}'
    told = {"path": path, "headers": headers, "body": text}
    return owner.post(path_of(pipeline, "/gate/explain"), told).json


def test_a_request_that_passes_passes_every_check(owner, pipeline):
    answer = explained(owner, pipeline, Origin="https://shop.example")
    assert (answer["allowed"], answer["status"], "code" in answer) == (True, 200, False)
    assert [(each["check"], each["outcome"]) for each in answer["checks"]] == [(name, "passed") for name in CHECKS]
    assert all(each["rule"].endswith(".") for each in answer["checks"])


@pytest.mark.parametrize(
    ("request_", "change", "check", "code"),
    [
        ({"body": "{}"}, {}, "key_known", "INVALID_PIPELINE_KEY"),
        ({"body": "nonsense"}, {}, "key_known", "INVALID_PIPELINE_KEY"),
        ({"body": '{"writeKey": "dk_pip_other"}'}, {}, "key_known", "INVALID_PIPELINE_KEY"),
        ({}, {"enabled": False}, "enabled", "PIPELINE_DISABLED"),
        ({"X-Write-Key": "dk_x:sk_wrong"}, {}, "key_known", "INVALID_PIPELINE_KEY"),
        ({"X-Timestamp": "1", "X-Signature": "sha256=0"}, {}, "signature_valid", "INVALID_SIGNATURE"),
        ({"path": "/v1/events"}, {}, "signature_valid", "SIGNATURE_REQUIRED"),
        ({"Origin": "https://evil.example"}, {}, "origin_allowed", "ORIGIN_NOT_ALLOWED"),
        ({}, {}, "origin_allowed", "ORIGIN_NOT_ALLOWED"),
        (
            {"Origin": "https://shop.example"},
            {"challenge_token_required": True},
            "challenge_met",
            "CHALLENGE_TOKEN_REQUIRED",
        ),
    ],
)
def test_the_first_check_that_refuses_decides(owner, pipeline, request_, change, check, code):
    if change:
        owner.put(path_of(pipeline), change)
    answer = explained(owner, pipeline, **request_)
    assert (answer["allowed"], answer["code"]) == (False, code)
    outcomes = {each["check"]: each["outcome"] for each in answer["checks"]}
    assert outcomes[check] == "refused"
    after = CHECKS[CHECKS.index(check) + 1 :]
    assert {outcomes[name] for name in after} <= {"not_reached"}


def test_nothing_is_sent_and_the_limit_is_not_touched(owner, pipeline, work):
    owner.put(path_of(pipeline), {"rate_limit_rps": 1})
    for _ in range(3):
        assert explained(owner, pipeline, Origin="https://shop.example")["allowed"] is True
    assert work("process") == 0


@pytest.mark.parametrize("rest", ["/allowlist/test", "/gate/explain"])
def test_viewers_and_strangers_get_nothing(as_role, stranger, pipeline, rest):
    body = {"origin": "https://shop.example"} if "allowlist" in rest else {}
    assert as_role("viewer").post(path_of(pipeline, rest), body).status == 403
    assert stranger.post(path_of(pipeline, rest), body).status == 404
    assert as_role("editor").post(path_of(pipeline, rest), body).status == 200
