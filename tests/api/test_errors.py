"""Errors: one shape everywhere."""

import pytest

from ..client import Api, path_of

PIPELINES = "/v1/admin/pipelines"


def shape(reply):
    body = reply.json
    assert set(body) == {"error"}
    assert {"code", "message", "request_id"} <= set(body["error"])
    return reply.status, reply.code


@pytest.mark.parametrize(
    ("body", "content_type", "expected"),
    [
        pytest.param(b"{", "application/json", (400, "INVALID_JSON"), id="not JSON"),
        pytest.param(b"", "application/json", (400, "INVALID_JSON"), id="nothing"),
        pytest.param(b'{"name": NaN}', "application/json", (400, "INVALID_JSON"), id="NaN"),
        pytest.param(b"\xff\xfe", "application/json", (400, "INVALID_JSON"), id="not UTF-8"),
        pytest.param(b'{"name": "caf\xe9", "type": "web"}', "application/json", (400, "INVALID_JSON"), id="Latin-1"),
        pytest.param(b"[" * 100_000, "application/json", (400, "INVALID_JSON"), id="nested without end"),
        pytest.param(b"[1]", "application/json", (400, "BAD_REQUEST"), id="no object"),
        pytest.param(b"null", "application/json", (400, "BAD_REQUEST"), id="null"),
        pytest.param(b"a=1", "application/x-www-form-urlencoded", (415, "UNSUPPORTED_MEDIA_TYPE"), id="a form"),
        pytest.param(b"{}", "text/plain", (415, "UNSUPPORTED_MEDIA_TYPE"), id="JSON called text"),
        pytest.param(b'"' + b"x" * 1_000_000 + b'"', "application/json", (413, "PAYLOAD_TOO_LARGE"), id="too large"),
        pytest.param(b"{}", "application/json; charset=utf-8", (422, "VALIDATION_FAILED"), id="a charset is fine"),
    ],
)
def test_a_bad_body_is_told_in_the_one_shape(owner, body, content_type, expected):
    assert shape(owner.post(PIPELINES, body, Content_Type=content_type)) == expected


def test_a_wrong_method_is_told_with_those_allowed(owner):
    reply = owner.request("PATCH", path_of(owner.a_pipeline()))
    assert shape(reply) == (405, "METHOD_NOT_ALLOWED")
    assert reply.headers["Allow"] == "DELETE, GET, HEAD, PUT"


@pytest.mark.parametrize(
    ("authorization", "code"),
    [
        (None, "INVALID_TOKEN"),
        ("", "INVALID_TOKEN"),
        ("Bearer", "INVALID_TOKEN"),
        ("Bearer ", "INVALID_TOKEN"),
        ("Bearer nonsense", "INVALID_TOKEN"),
        ("Bearer a.b.c", "INVALID_TOKEN"),
        ("Basic b3duZXI6eA==", "INVALID_TOKEN"),
        ("Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.", "INVALID_TOKEN"),
    ],
)
def test_a_missing_or_foreign_token_is_401(api: Api, authorization, code):
    headers = {"Authorization": authorization} if authorization is not None else {}
    reply = api.get(PIPELINES, **headers)
    assert shape(reply) == (401, code)
    assert reply.headers["WWW-Authenticate"].startswith("Bearer")


def test_no_other_credential_works_as_an_access_token(owner, api):
    created = owner.a_pipeline()
    signed_in = api.post(
        "/v1/admin/auth/login", {"email": "owner@acme.example", "password": "correct horse battery staple"}
    ).json
    challenge = owner.post(path_of(created, "/tokens")).json["token"]
    for other in (created["pipeline_key"], created["pipeline_key_secret"], signed_in["refresh_token"], challenge):
        assert api.get(PIPELINES, Authorization=f"Bearer {other}").status == 401
    assert api.post("/v1/admin/auth/refresh", {"refresh_token": owner.token}).status == 401


def test_answers_are_not_kept_on_the_way(owner):
    assert owner.get(PIPELINES).headers["Cache-Control"] == "no-store"
