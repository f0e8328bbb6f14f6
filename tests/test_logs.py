"""Logs: one JSON object a line, with the request's id, and nothing secret."""

import json

from chalicelib import logs

from .client import PASSWORD, path_of


def test_a_request_is_one_line_with_the_id_of_its_answer(owner, logged):
    reply = owner.get("/v1/admin/pipelines?search=x")
    (line,) = logged
    assert line["request_id"] == reply.headers["X-Request-Id"] != ""
    assert {key: line[key] for key in ("level", "message", "method", "route", "status", "aws_calls")} == {
        "level": "INFO",
        "message": "request",
        "method": "GET",
        "route": "/v1/admin/pipelines",
        "status": 200,
        "aws_calls": {"dynamodb": 1},
    }


def test_an_error_answers_and_logs_the_same_id_and_code(owner, logged):
    reply = owner.get(path_of({"id": "pip_x"}))
    assert logged[-1]["request_id"] == reply.json["error"]["request_id"]
    assert logged[-1]["code"] == "PIPELINE_NOT_FOUND"


def test_nothing_secret_is_logged(owner, api, logged, work):
    tokens = api.post("/v1/admin/auth/login", {"email": "owner@acme.example", "password": PASSWORD}).json
    api.post("/v1/admin/auth/refresh", {"refresh_token": tokens["refresh_token"]})
    pipeline = owner.a_pipeline(parameters={"ga4_api_secret": "very-secret-value"})
    rotated = owner.post(path_of(pipeline, "/rotate-secret"), Idempotency_Key="key-of-a-client").json
    challenge = owner.post(path_of(pipeline, "/tokens")).json
    owner.post("/v1/admin/users", {"email": "a@acme.example", "role": "viewer", "password": "another password"})
    owner.post(path_of(pipeline, "/collector/build"))
    work("build")
    api.post("/v1/t", {"writeKey": pipeline["pipeline_key"], "event": "x", "properties": {"email": "person@x.example"}})
    work("process")
    text = json.dumps(logged)
    secrets = [
        PASSWORD,
        owner.token,
        tokens["access_token"],
        tokens["refresh_token"],
        pipeline["pipeline_key_secret"],
        rotated["pipeline_key_secret"],
        challenge["token"],
        "very-secret-value",
        "another password",
        "person@x.example",
        "key-of-a-client",
    ]
    assert [secret for secret in secrets if secret in text] == []


def test_an_unexpected_failure_is_a_500_that_tells_only_its_id(owner, logged, monkeypatch):
    from chalicelib.pipelines import catalogue

    def broken(*_):
        raise RuntimeError("the inside of the product")

    monkeypatch.setattr(catalogue, "list_pipelines", broken)
    reply = owner.get("/v1/admin/pipelines")
    assert (reply.status, reply.code) == (500, "INTERNAL_ERROR")
    assert "inside" not in reply.body.decode()
    failure = next(line for line in logged if line["level"] == "ERROR")
    assert failure["request_id"] == reply.headers["X-Request-Id"]
    assert "the inside of the product" in failure["traceback"]


def test_a_line_is_json_whatever_is_in_it(capsys):
    record = logs.log.makeRecord("signal", 20, "f", 1, "a\nb", (), None, extra={"fields": {"x": "ü\u2028"}})
    line = logs.JsonLines().format(record)
    assert "\n" not in line
    assert json.loads(line)["message"] == "a\nb"
