"""The gateway's stand-in: API Gateway's events and limits."""

import base64
import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from chalice import Chalice, Response
from werkzeug.test import Client

from chalicelib.api.routing import Router
from local.gateway import LARGEST_PAYLOAD, LARGEST_REQUEST, RestApi

EVERY = ["GET", "HEAD", "POST"]


def client_of(view, longest_seconds=5.0, binary=()):
    """A client of an application with one view at /a/{b}."""
    app = Chalice("test", configure_logs=False)
    app.api.binary_types.extend(binary)
    app.route("/a/{b}", methods=EVERY, content_types=[])(lambda b: view(app))
    return Client(RestApi(app, longest_seconds))


def event_of(path="/a/x", **request):
    """The event that a request becomes."""
    seen = []
    binary = request.pop("binary", ())

    def view(app):
        seen.append(app.current_request.to_original_event())
        return {}

    client_of(view, binary=binary).open(path, **{"method": "POST"} | request)
    return seen[0]


def test_a_request_becomes_a_proxy_event():
    event = event_of("/a/x?q=1&q=2&r=", headers={"X-Thing": "1", "Content-Type": "text/plain"}, data=b"body")
    context = event["requestContext"]
    assert event["headers"]["x-thing"] == "1"
    assert event["multiValueHeaders"]["x-thing"] == ["1"]
    assert event["multiValueQueryStringParameters"] == {"q": ["1", "2"], "r": [""]}
    assert event["queryStringParameters"] == {"q": "2", "r": ""}
    assert event["pathParameters"] == {"b": "x"}
    assert (event["body"], event["isBase64Encoded"]) == ("body", False)
    assert (event["path"], context["path"], context["resourcePath"]) == ("/a/x", "/api/a/x", "/a/{b}")
    assert len(context["requestId"]) == 36


@pytest.mark.parametrize(
    ("request_", "field", "value"),
    [
        pytest.param({}, "multiValueQueryStringParameters", None, id="no query is null"),
        pytest.param({}, "body", None, id="no body is null"),
        pytest.param({"path": "/a/b%2Fc"}, "pathParameters", {"b": "b%2Fc"}, id="a path part stays encoded"),
        pytest.param({"path": "/a/x/"}, "pathParameters", {"b": "x"}, id="a trailing slash does not count"),
        pytest.param({"data": b"\xff"}, "body", "\ufffd", id="bytes that are no text do not survive"),
        pytest.param(
            {"data": b"\xff", "content_type": "image/png; x=y", "binary": ["image/png"]},
            "body",
            base64.b64encode(b"\xff").decode(),
            id="but as a binary type they do",
        ),
    ],
)
def test_the_event_has_api_gateways_details(request_, field, value):
    assert event_of(**request_)[field] == value


def code_of(answer):
    return json.loads(answer.data)["error"]["code"]


def test_an_unknown_path_is_told_in_the_one_shape():
    answer = client_of(lambda app: {}).get("/nothing")
    assert (answer.status_code, code_of(answer)) == (404, "NOT_FOUND")
    assert json.loads(answer.data)["error"]["request_id"] == answer.headers["X-Request-Id"]


def test_a_method_that_api_gateway_does_not_know_is_405():
    answer = client_of(lambda app: {}).open("/a/x", method="TRACE")
    assert (answer.status_code, code_of(answer)) == (405, "METHOD_NOT_ALLOWED")
    assert answer.headers["Allow"]


@pytest.mark.parametrize("size", [LARGEST_REQUEST + 1, LARGEST_PAYLOAD])
def test_a_body_that_aws_would_not_take_is_413(size):
    answer = client_of(lambda app: {}).post("/a/x", data=b"x" * size)
    assert (answer.status_code, code_of(answer)) == (413, "PAYLOAD_TOO_LARGE")


def test_an_answer_that_lambda_could_not_give_is_502():
    answer = client_of(lambda app: Response("x" * (LARGEST_PAYLOAD + 1))).get("/a/x")
    assert (answer.status_code, code_of(answer)) == (502, "BAD_GATEWAY")


def test_an_answer_that_takes_too_long_is_504():
    ended = threading.Event()
    answer = client_of(lambda app: ended.wait(10) and {}, longest_seconds=0.05).get("/a/x")
    ended.set()
    assert (answer.status_code, code_of(answer)) == (504, "GATEWAY_TIMEOUT")


def test_the_function_is_told_how_much_time_it_has():
    left = []
    client_of(lambda app: left.append(app.lambda_context.get_remaining_time_in_millis()) or {}).get("/a/x")
    assert 0 < left[0] <= 5000


def test_head_has_headers_but_no_body():
    answer = client_of(lambda app: {"a": 1}).head("/a/x")
    assert (answer.status_code, answer.data) == (200, b"")


def test_several_values_of_a_header_are_kept():
    answer = client_of(lambda app: Response("", headers={"Set-Cookie": ["a=1", "b=2"]})).get("/a/x")
    assert answer.headers.getlist("Set-Cookie") == ["a=1", "b=2"]


def test_requests_side_by_side_do_not_see_each_other():
    client = client_of(lambda app: {"seen": app.current_request.query_params["n"]})

    def ask(number):
        return json.loads(client.get(f"/a/x?n={number}").data)["seen"] == str(number)

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(ask, range(800)))


@pytest.mark.parametrize(
    ("path", "matched"),
    [
        ("/v1/p", ("/v1/p", {})),
        ("/v1/p/", ("/v1/p", {})),
        ("/v1/pipelines/x", ("/v1/pipelines/{id}", {"id": "x"})),
        ("/v1/pipelines/all", ("/v1/pipelines/all", {})),
        ("/v1/pipelines/x/y", ("/v1/pipelines/{id}/y", {"id": "x"})),
        ("/v1/pipelines/all/y", ("/v1/pipelines/{id}/y", {"id": "all"})),
        ("/v1", None),
        ("/v1/pipelines//y", None),
        ("/v1/pipelines/x/z", None),
        ("/", None),
    ],
)
def test_a_path_leads_to_its_resource(path, matched):
    resources = ["/v1/p", "/v1/pipelines/{id}", "/v1/pipelines/all", "/v1/pipelines/{id}/y"]
    assert Router(resources).match(path) == matched
