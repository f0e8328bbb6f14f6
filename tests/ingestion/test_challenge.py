"""Challenge tokens: a pipeline that requires them takes no event without one."""

import re

import pytest

import app as application
from chalicelib import aws
from chalicelib.errors import ChallengeTokenRequired, InvalidChallengeToken, InvalidSecret, OriginNotAllowed
from chalicelib.ingestion import gate
from chalicelib.pipelines import secrets
from chalicelib.store import named

from ..client import Api, path_of
from ..functions import send_in_process
from .test_api import basic

ORIGIN = "https://www.shop.example"
ENTRANCES = {
    "/v1/t": {"event": "Bought"},
    "/v1/p": {},
    "/v1/i": {"userId": "u-1"},
    "/v1/g": {"groupId": "acme"},
    "/v1/batch": {"batch": [{"type": "page"}]},
}


@pytest.fixture
def pipeline(owner):
    """A pipeline for pages of shop.example that requires challenge tokens."""
    return owner.a_pipeline(challenge_token_required=True, domain_allowlist=["www.shop.example"])


def asked(api, pipeline, **headers):
    """The answer to a page of shop.example that asks for a token."""
    return api.post("/v1/challenge", {"writeKey": pipeline["pipeline_key"]}, **{"Origin": ORIGIN} | headers)


def of_a_page(owner, api, pipeline):
    return asked(api, pipeline).json["token"]


def of_the_admin_api(owner, api, pipeline):
    return owner.post(path_of(pipeline, "/tokens")).json["token"]


def sent(api, pipeline, token=None, path="/v1/t", **headers):
    """The answer to an event of a page of shop.example with this token in its body."""
    body = {"writeKey": pipeline["pipeline_key"]} | ENTRANCES[path]
    return api.post(path, body | ({} if token is None else {"challengeToken": token}), **{"Origin": ORIGIN} | headers)


# Events


@pytest.mark.parametrize("path", ENTRANCES)
def test_an_event_without_a_token_is_refused(api, pipeline, path):
    reply = sent(api, pipeline, path=path)
    assert (reply.status, reply.code) == (403, "CHALLENGE_TOKEN_REQUIRED")
    assert (reply.json["success"], reply.json["code"]) == (False, "CHALLENGE_TOKEN_REQUIRED")
    assert reply.headers["Access-Control-Allow-Origin"] == ORIGIN


@pytest.mark.parametrize("issued", [of_a_page, of_the_admin_api])
@pytest.mark.parametrize("path", ENTRANCES)
def test_an_event_with_a_token_is_accepted_whoever_issued_it(owner, api, pipeline, issued, path):
    token = issued(owner, api, pipeline)
    assert [sent(api, pipeline, token, path).status for _ in range(2)] == [200, 200]


def test_a_token_opens_the_entrance_of_either_gateway(owner, api, pipeline):
    through_the_rest_api = Api(send_in_process(application.app, http_api=False))
    token = of_a_page(owner, through_the_rest_api, pipeline)
    assert [sent(each, pipeline, token).status for each in (api, through_the_rest_api)] == [200, 200]


def test_a_token_may_be_in_a_header(owner, api, pipeline):
    token = of_a_page(owner, api, pipeline)
    assert sent(api, pipeline, X_Challenge_Token=token).status == 200
    assert sent(api, pipeline, "ct_wrong", X_Challenge_Token=token).code == "INVALID_CHALLENGE_TOKEN"


def test_no_event_of_a_batch_needs_a_token_of_its_own_and_none_opens_it(owner, api, pipeline):
    token = of_a_page(owner, api, pipeline)
    body = {"writeKey": pipeline["pipeline_key"], "batch": [{"type": "page", "challengeToken": token}]}
    assert api.post("/v1/batch", body, Origin=ORIGIN).code == "CHALLENGE_TOKEN_REQUIRED"
    assert api.post("/v1/batch", body | {"challengeToken": token}, Origin=ORIGIN).status == 200


@pytest.mark.parametrize(
    ("token", "code"),
    [
        pytest.param("ct_" + "x" * 43, "INVALID_CHALLENGE_TOKEN", id="made up"),
        pytest.param("x" * 5000, "INVALID_CHALLENGE_TOKEN", id="long"),
        pytest.param("\x00ü日", "INVALID_CHALLENGE_TOKEN", id="odd"),
        pytest.param("", "CHALLENGE_TOKEN_REQUIRED", id="empty"),
        pytest.param(None, "CHALLENGE_TOKEN_REQUIRED", id="null"),
        pytest.param(5, "CHALLENGE_TOKEN_REQUIRED", id="a number"),
        pytest.param(["ct_"], "CHALLENGE_TOKEN_REQUIRED", id="a list"),
        pytest.param({"token": "ct_"}, "CHALLENGE_TOKEN_REQUIRED", id="an object"),
    ],
)
def test_what_is_no_token_is_refused(api, pipeline, token, code):
    body = {"writeKey": pipeline["pipeline_key"], "event": "Bought", "challengeToken": token}
    reply = api.post("/v1/t", body, Origin=ORIGIN)
    assert (reply.status, reply.code) == (403, code)


@pytest.mark.parametrize("issued", [of_a_page, of_the_admin_api])
def test_a_token_is_good_for_an_hour(owner, api, pipeline, time, issued):
    token = issued(owner, api, pipeline)
    time.pass_(seconds=3599)
    assert sent(api, pipeline, token).status == 200
    time.pass_(seconds=1)
    reply = sent(api, pipeline, token)
    assert (reply.status, reply.code) == (403, "INVALID_CHALLENGE_TOKEN")


@pytest.mark.parametrize("issued", [of_a_page, of_the_admin_api])
def test_a_token_of_another_pipeline_opens_nothing(owner, api, pipeline, issued):
    other = owner.a_pipeline(challenge_token_required=True)
    token = issued(owner, api, other)
    assert sent(api, pipeline, token).code == "INVALID_CHALLENGE_TOKEN"
    assert sent(api, other, token).status == 200


def test_a_token_opens_nothing_of_another_organisation(owner, stranger, api, pipeline):
    token = of_the_admin_api(stranger, api, stranger.a_pipeline(challenge_token_required=True))
    assert sent(api, pipeline, token).code == "INVALID_CHALLENGE_TOKEN"


def test_a_token_does_not_replace_an_allowed_origin(owner, api, pipeline):
    token = of_a_page(owner, api, pipeline)
    assert sent(api, pipeline, token, Origin="https://evil.example").code == "ORIGIN_NOT_ALLOWED"


def test_no_token_is_good_for_a_pipeline_that_is_deleted_or_disabled(owner, api, pipeline):
    token = of_a_page(owner, api, pipeline)
    owner.put(path_of(pipeline), {"enabled": False})
    assert sent(api, pipeline, token).code == "PIPELINE_DISABLED"
    owner.delete(path_of(pipeline))
    assert sent(api, pipeline, token).code == "PIPELINE_DELETED"


def test_whether_a_token_is_required_acts_on_the_very_next_event(owner, api, pipeline):
    for required, status in ((False, 200), (True, 403)):
        owner.put(path_of(pipeline), {"challenge_token_required": required})
        assert sent(api, pipeline).status == status


@pytest.mark.parametrize("token", [None, "ct_wrong"])
def test_where_no_token_is_required_none_is_looked_at(owner, api, token, logged):
    pipeline = owner.a_pipeline()
    assert sent(api, pipeline, token).status == 200
    assert logged[-1]["aws_calls"] == {"dynamodb": 1, "sqs": 1}


def test_a_token_costs_one_more_read(owner, api, pipeline, logged):
    token = of_a_page(owner, api, pipeline)
    assert sent(api, pipeline, token).status == 200
    assert logged[-1]["aws_calls"] == {"dynamodb": 2, "sqs": 1}


def test_who_has_the_secret_needs_a_token_too(api, pipeline):
    def signed(secret):
        return api.post("/v1/t", {"event": "Bought"}, Authorization=basic(pipeline["pipeline_key"], secret))

    assert signed(pipeline["pipeline_key_secret"]).code == "CHALLENGE_TOKEN_REQUIRED"
    assert signed("sk_wrong").code == "INVALID_SECRET"
    assert signed("").code == "ORIGIN_NOT_ALLOWED"


@pytest.mark.parametrize(
    ("token", "refusal"),
    [
        pytest.param(None, ChallengeTokenRequired, id="none"),
        pytest.param(False, InvalidChallengeToken, id="a wrong one"),
        pytest.param(True, None, id="a right one"),
    ],
)
def test_the_token_is_checked_last(token, refusal):
    rules = gate.Rules(deleted=False, enabled=True, domain_allowlist=("a.test",), challenge_token_required=True)
    given = None if token is None else lambda: token
    assert gate.refusal(rules, gate.Claims("https://a.test", None, token_is_valid=given)) is refusal
    assert gate.refusal(rules, gate.Claims("https://b.test", None, token_is_valid=given)) is OriginNotAllowed
    assert (
        gate.refusal(rules, gate.Claims("https://a.test", None, lambda: False, token_is_valid=given)) is InvalidSecret
    )
    assert gate.refusal(rules, gate.Claims("https://a.test", None, token_is_valid=given), gate.FOR_A_TOKEN) is None


# The entrance that issues them


def test_a_page_gets_a_token(api, pipeline):
    reply = asked(api, pipeline)
    token = reply.json["token"]
    assert (reply.status, reply.headers["Access-Control-Allow-Origin"]) == (200, ORIGIN)
    assert re.fullmatch(r"ct_[A-Za-z0-9_-]{43}", token)
    assert reply.json == {"success": True, "token": token, "expires_at": "2026-02-25T11:00:00Z", "expires_in": 3600}


def test_a_page_gets_another_token_each_time_and_both_are_good(owner, api, pipeline):
    tokens = {of_a_page(owner, api, pipeline) for _ in range(2)}
    assert [sent(api, pipeline, token).status for token in tokens] == [200, 200]


def test_only_the_hash_of_a_token_is_stored(owner, api, pipeline):
    token = of_a_page(owner, api, pipeline)
    (stored,) = aws.client("dynamodb").scan(TableName=named("challenge-tokens"))["Items"]
    assert secrets.token_hash(token) in str(stored)
    assert token.removeprefix("ct_") not in str(stored)


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "https://shop.example"])
def test_a_page_that_is_not_allowed_gets_no_token(api, pipeline, origin):
    reply = asked(api, pipeline, Origin=origin)
    assert (reply.status, reply.code) == (403, "ORIGIN_NOT_ALLOWED")
    assert "Access-Control-Allow-Origin" not in reply.headers


def test_whoever_says_nothing_of_an_origin_gets_no_token(api, pipeline):
    assert api.post("/v1/challenge", {"writeKey": pipeline["pipeline_key"]}).code == "ORIGIN_NOT_ALLOWED"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        pytest.param(lambda owner, path: owner.put(path, {"enabled": False}), "PIPELINE_DISABLED", id="disabled"),
        pytest.param(lambda owner, path: owner.delete(path), "PIPELINE_DELETED", id="deleted"),
    ],
)
def test_a_pipeline_that_takes_no_events_gives_no_tokens(owner, api, pipeline, change, code):
    change(owner, path_of(pipeline))
    assert asked(api, pipeline).code == code


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        pytest.param({}, 401, "INVALID_PIPELINE_KEY", id="no key"),
        pytest.param({"writeKey": "dk_unknown"}, 401, "INVALID_PIPELINE_KEY", id="unknown key"),
        pytest.param(b"", 400, "INVALID_EVENT", id="no body"),
        pytest.param(b"[]", 400, "INVALID_EVENT", id="a list"),
        pytest.param(b'"' + b"x" * 70_000 + b'"', 413, "PAYLOAD_TOO_LARGE", id="too large"),
    ],
)
def test_a_bad_request_for_a_token_is_refused(api, moto_aws, body, status, code):
    reply = api.post("/v1/challenge", body, Origin=ORIGIN)
    assert (reply.status, reply.code, reply.json["success"]) == (status, code, False)


@pytest.mark.parametrize("path", [*ENTRANCES, "/v1/challenge"])
def test_a_browser_may_ask_for_the_header_of_the_token(api, moto_aws, path):
    reply = api.request("OPTIONS", path, Origin=ORIGIN, Access_Control_Request_Method="POST")
    assert (reply.status, reply.headers["Access-Control-Allow-Origin"]) == (200, ORIGIN)
    assert "X-Challenge-Token" in reply.headers["Access-Control-Allow-Headers"]
