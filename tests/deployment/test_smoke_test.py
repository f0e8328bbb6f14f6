"""A smoke test that fails says at which step, what it expected and got, and where to look; and it cleans up."""

import io
import json
import threading

import pytest

from deployment.failure import DeploymentFailed
from deployment.sign_in import SignIn
from deployment.smoke_test import SmokeTest
from deployment.terminal import Terminal
from local.server import Server

from .canned import a_clock

PIPELINE = "/v1/admin/pipelines/pip_1"
SCRIPT = "/dk_pip_1/d.js"
COUNTED = {"total": {"archived": 1}}


class Stage:
    """A stage's API and CDN, which say what they are told to."""

    def __init__(self):
        self.asked = []
        self.broken = {}
        self.message_id = None
        self.authorization = {}
        self.server = Server(self, 0)
        threading.Thread(target=self.server.run).start()

    def __call__(self, environ, start_response):
        asked = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}"
        self.asked.append(asked)
        self.authorization[asked] = environ.get("HTTP_AUTHORIZATION")
        body = environ["wsgi.input"].read()
        if asked == "POST /v1/t":
            self.message_id = json.loads(body)["messageId"]
        status, answer = self.broken.get(asked) or self.right(asked)
        start_response(f"{status} .", [("Content-Type", "text/plain")])
        return [answer.encode() if isinstance(answer, str) else json.dumps(answer).encode()]

    def right(self, asked):
        """What a stage says with which nothing is wrong."""
        return {
            "GET /v1/ready": (200, {}),
            "POST /v1/admin/auth/login": (200, {"access_token": "token"}),
            "POST /v1/admin/pipelines": (201, {"id": "pip_1", "pipeline_key": "dk_pip_1"}),
            f"POST {PIPELINE}/collector/build": (200, {}),
            f"GET {PIPELINE}/collector/status": (200, {"status": "ready", "url": f"https://data.example.com{SCRIPT}"}),
            f"GET {SCRIPT}": (200, 'var key = "dk_pip_1"'),
            "POST /v1/t": (200, {"success": True}),
            f"GET {PIPELINE}/events": (200, {"events": [{"messageId": self.message_id}]}),
            f"GET {PIPELINE}/metrics": (200, COUNTED),
            f"DELETE {PIPELINE}": (200, {}),
        }[asked]


@pytest.fixture
def stage():
    made = Stage()
    yield made
    made.server.stop()


def walk(stage, out=None):
    """Walk through the stage."""
    clock = a_clock()
    address = f"http://127.0.0.1:{stage.server.port}"
    terminal = Terminal(clock, out or io.StringIO())
    SmokeTest(address, SignIn("a@b.example", "secret"), "/aws/lambda/signal-prod-{}".format, terminal, clock).walk()


def test_each_step_is_told_as_it_passes(stage):
    out = io.StringIO()
    walk(stage, out)
    assert len(out.getvalue().splitlines()) == 9
    assert out.getvalue().startswith("  ok The API answers\n  ok A user signs in\n")


def test_the_event_is_sent_as_a_page_would_without_the_users_token(stage):
    walk(stage)
    assert stage.authorization["POST /v1/t"] is None
    assert stage.authorization[f"GET {SCRIPT}"] is None
    assert stage.authorization[f"GET {PIPELINE}/events"] == "Bearer token"


@pytest.mark.parametrize(
    ("asked", "answer", "step", "expected", "got", "function"),
    [
        (
            "GET /v1/ready",
            (502, "no"),
            "The API answers",
            "status 200 from GET /v1/ready within 180",
            "502: no",
            "ingest",
        ),
        (
            "POST /v1/admin/auth/login",
            (401, {"error": 1}),
            "A user signs in",
            "status 200 from POST /v1/admin/auth/login",
            'status 401: {"error": 1}',
            "api",
        ),
        ("POST /v1/admin/pipelines", (500, ""), "A pipeline is created", "status 201", "status 500", "api"),
        (
            f"GET {PIPELINE}/collector/status",
            (200, {"status": "building"}),
            "Its collector is built",
            "status ready from GET /v1/admin/pipelines/pip_1/collector/status within 120 s",
            '{"status": "building"}',
            "build",
        ),
        (
            f"GET {SCRIPT}",
            (404, "nothing"),
            "The CDN serves the script",
            "a script with dk_pip_1",
            "404: nothing",
            "build",
        ),
        (f"GET {SCRIPT}", (200, "another"), "The CDN serves the script", "a script with dk_pip_1", "another", "build"),
        ("POST /v1/t", (403, "no"), "An event is sent", "status 200 from POST /v1/t", "status 403: no", "ingest"),
        (
            f"GET {PIPELINE}/events",
            (200, {"events": []}),
            "It is among the pipeline's events",
            "the ev",
            "[]",
            "process",
        ),
        (
            f"GET {PIPELINE}/metrics",
            (200, {"total": {"archived": 0}}),
            "It is counted",
            "1 archived from GET",
            '{"total": {"archived": 0}}',
            "process",
        ),
        (f"DELETE {PIPELINE}", (500, "no"), "The pipeline is deleted", "status 200 from DELETE", "500: no", "api"),
        ("POST /v1/admin/auth/login", (200, "<html>"), "A user signs in", "status 200", "200: <html>", "api"),
    ],
)
def test_a_step_that_fails_is_named_and_the_pipeline_deleted(stage, asked, answer, step, expected, got, function):
    stage.broken[asked] = answer
    with pytest.raises(DeploymentFailed) as failed:
        walk(stage)
    words = str(failed.value)
    assert f'failed at "{step}"' in words or f"failed at '{step}'" in words
    assert f"expected {expected}" in words
    assert got in words
    assert words.splitlines()[-1] == (
        f"Look into the log group /aws/lambda/signal-prod-{function}: "
        f"`aws logs tail /aws/lambda/signal-prod-{function} --since 15m`"
    )
    made = "POST /v1/admin/pipelines" in stage.asked and asked != "POST /v1/admin/pipelines"
    assert (f"DELETE {PIPELINE}" in stage.asked) == made


def test_a_pipeline_that_cannot_be_deleted_after_a_failure_is_named(stage):
    stage.broken |= {"POST /v1/t": (403, "no"), f"DELETE {PIPELINE}": (500, "neither")}
    with pytest.raises(DeploymentFailed, match=r"pip_1 could not be deleted either: status 500: neither"):
        walk(stage)


def test_an_address_where_nobody_is_says_so(stage):
    stage.server.stop()
    clock = a_clock()
    terminal = Terminal(clock, io.StringIO())
    test = SmokeTest("http://127.0.0.1:1", SignIn("a@b.example", "secret"), "{}".format, terminal, clock)
    with pytest.raises(DeploymentFailed, match=r"got no answer \(.*refused"):
        test.walk()
