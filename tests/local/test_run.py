"""`make run` as a person meets it: started, stopped in every way, and started again."""

import contextlib
import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from functools import partial
from http.client import HTTPResponse
from pathlib import Path

import pytest

from ..client import Api, path_of
from ..running import ROOT, Running, send_over_http

PIPELINES = "/v1/admin/pipelines"


def local(server, *arguments, **environ):
    """A command of `python -m local` beside a server."""
    return subprocess.run(
        [sys.executable, "-m", "local", *arguments],
        cwd=ROOT,
        env=server.environ | environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def built(api, pipeline):
    """The build status, once it is ready."""
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        status = api.get(path_of(pipeline, "/collector/status")).json
        if status["status"] == "ready":
            return status
        time.sleep(0.05)
    raise AssertionError("the build did not end")


@pytest.fixture
def start():
    """Starts servers; those a test leaves running are stopped."""
    started = []

    def one(state, **environ):
        started.append(Running(state, **environ))
        return started[-1]

    yield one
    for server in started:
        if server.process.poll() is None:
            server.stop()


@pytest.mark.slow
@pytest.mark.parametrize(
    "how", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGKILL], ids=lambda how: how.name
)
def test_everything_is_there_again_however_it_was_stopped(tmp_path, start, how):
    first = start(tmp_path / "state")
    api = first.api
    pipeline = api.a_pipeline(name="Kept")
    api.post(path_of(pipeline, "/collector/build"))
    script = api.get("/" + built(api, pipeline)["url"].split("/", 3)[3]).body
    api.post("/v1/admin/users", {"email": "kept@example.com", "role": "viewer", "password": "a kept password"})
    before = first.credentials
    first.process.send_signal(how)
    code = first.process.wait(60)
    assert code == (-9 if how == signal.SIGKILL else 0)

    second = start(tmp_path / "state")
    again = second.api
    assert again.get(path_of(pipeline)).json["name"] == "Kept"
    assert again.get(f"/{pipeline['pipeline_key']}/d.js").body == script
    assert again.signed_in("kept@example.com", "a kept password").get("/v1/admin/auth/me").status == 200
    assert again.post(path_of(pipeline, "/rotate-secret")).status == 200  # with the same key
    assert second.credentials["password"] == before["password"]
    assert Api(again.send, before["access_token"]).get(PIPELINES).status == 200  # with the same signing key
    assert second.stop() == 0


@pytest.mark.slow
def test_it_starts_again_after_somebody_mistyped_the_owners_password(tmp_path, start):
    first = start(tmp_path / "state")
    wrong = {"email": first.credentials["email"], "password": "wrong"}
    for _ in range(6):
        locked = first.api.post("/v1/admin/auth/login", wrong)
    assert locked.code == "ACCOUNT_LOCKED"
    told = local(first, "token", "--state", str(first.state))
    assert (told.returncode, "try again in 15 min" in told.stderr) == (1, True)
    assert first.stop() == 0
    second = start(tmp_path / "state")
    assert second.api.get("/v1/admin/auth/me").status == 200


AS_MAKE = """
import fcntl, signal, subprocess, sys, termios
signal.signal(signal.SIGHUP, lambda *_: None)  # make waits for what it started
if sys.stdin.isatty():
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
subprocess.run([sys.executable, "-m", "local", *sys.argv[1:]])
"""


@contextlib.contextmanager
def serving_as_make(running, **of_process):
    """A further server, started by a stand-in for make; the pipe of its output ends when the server does."""
    command = [sys.executable, "-c", AS_MAKE, "serve", "--port", "0", "--state", str(running.state)]
    environ = running.environ | {"MAKELEVEL": "1"}
    with subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, text=True, **of_process) as make:
        try:
            assert "Serving" in make.stdout.readline()
            yield make
        finally:
            make.kill()


@pytest.mark.slow
def test_a_server_ends_when_the_make_that_started_it_is_killed(running):
    with serving_as_make(running) as make:
        make.kill()
        make.communicate(timeout=30)


@pytest.mark.slow
def test_a_server_ends_with_its_terminal_even_when_that_tells_make_alone(running):
    terminal, inside = os.openpty()
    with serving_as_make(running, stdin=inside, start_new_session=True) as make:
        os.close(inside)
        os.close(terminal)
        make.communicate(timeout=30)


def test_the_credentials_are_complete_and_for_their_owners_eyes(running):
    names = {"url", "cdn_url", "email", "password", "access_token", "refresh_token", "aws_endpoint_url"}
    assert set(running.credentials) == names
    assert running.credentials["cdn_url"] == running.credentials["url"]
    for file in ("credentials.json", "environment.json", "secrets.json"):
        assert stat.S_IMODE((running.state / file).stat().st_mode) == 0o600


def test_everything_is_at_one_address(running):
    send = send_over_http(running.url)
    for path, content_type in (
        ("/demo", "text/html"),
        ("/demo/demo.js", "text/javascript"),
        ("/v1/docs", "text/html"),
        ("/v1/openapi.json", "application/json"),
    ):
        reply = send("GET", path, {}, b"")
        assert (reply.status, reply.headers["Content-Type"].partition(";")[0]) == (200, content_type)
    for path in ("/nothing", "/demo/nothing", "/demo/../run.py", "/dk_nothing"):
        assert send("GET", path, {}, b"").status == 404


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        pytest.param("nonsense\r\n\r\n", (400, "BAD_REQUEST"), id="no HTTP"),
        pytest.param("POST /v1/t HTTP/1.1\r\nContent-Length: x\r\n\r\n", (400, "BAD_REQUEST"), id="no length"),
        pytest.param(
            "POST /v1/t HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", (400, "BAD_REQUEST"), id="an unknown transfer"
        ),
        pytest.param(
            f"GET / HTTP/1.1\r\nX: {'x' * 262_144}", (431, "REQUEST_HEADER_FIELDS_TOO_LARGE"), id="a header without end"
        ),
    ],
)
def test_what_is_no_http_is_told_in_the_one_shape(running, sent, expected):
    with socket.create_connection(("127.0.0.1", int(port_of(running))), timeout=10) as connection:
        connection.sendall(sent.encode())
        answer = HTTPResponse(connection)
        answer.begin()
        error = json.load(answer)["error"]
    assert (answer.status, error["code"]) == expected
    assert error["request_id"] == answer.headers["X-Request-Id"]


def test_the_terminal_shows_where_to_begin(running):
    output = running.output.read_text(encoding="utf-8")
    assert f"make -s token STATE={running.state}" in output
    for shown in (
        "/console",
        "/demo",
        "/v1/docs",
        PIPELINES,
        "owner@example.com",
        running.credentials["password"],
        "curl ",
    ):
        assert shown in output


def test_a_script_is_served_as_the_cdn_serves_it(running):
    pipeline = running.api.a_pipeline()
    running.api.post(path_of(pipeline, "/collector/build"))
    built(running.api, pipeline)
    get = partial(send_over_http(running.url), "GET", f"/{pipeline['pipeline_key']}/d.js")
    reply = get({}, b"")
    assert reply.headers["Cache-Control"] == "public, max-age=300, stale-while-revalidate=86400"
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert reply.headers["Access-Control-Allow-Origin"] == "*"
    assert get({"If-None-Match": reply.headers["ETag"]}, b"").status == 304
    assert get({"Accept-Encoding": "gzip"}, b"").headers["Content-Encoding"] == "gzip"
    missing = send_over_http(running.url)("GET", "/dk_pip_none/d.js", {}, b"")
    assert (missing.status, missing.headers["Cache-Control"]) == (404, "no-store")


@pytest.mark.slow
def test_another_aws_is_used_when_the_environment_names_one(running, tmp_path, start):
    aws_url = running.credentials["aws_endpoint_url"]
    elsewhere = {"AWS_ENDPOINT_URL": aws_url, "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "STAGE": "other"}
    other = start(tmp_path / "state", **elsewhere)
    assert other.credentials["aws_endpoint_url"] == aws_url
    assert not (other.state / "aws.json").exists()  # nothing embedded was started
    pipeline = other.api.a_pipeline()
    assert other.api.get(path_of(pipeline)).status == 200
    assert running.api.get(path_of(pipeline)).status == 404  # another stage, other tables
    assert other.stop() == 0


@pytest.mark.slow
def test_a_second_process_on_the_same_store_sees_every_change_at_once(running):
    command = [sys.executable, "-m", "local", "serve", "--port", "0", "--state", str(running.state)]
    with subprocess.Popen(
        command, cwd=ROOT, env=running.environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as second:
        try:
            line = second.stdout.readline()
            url = line.partition("Serving ")[2].partition(" on")[0]
            here, there = running.api, Api(send_over_http(url), running.credentials["access_token"])
            pipeline = here.a_pipeline()
            assert there.get(path_of(pipeline)).status == 200
            assert pipeline["id"] in [row["id"] for row in there.get(f"{PIPELINES}?limit=100").json["pipelines"]]
            event = {"writeKey": pipeline["pipeline_key"], "event": "x"}
            assert there.post("/v1/t", event).status == 200
            here.put(path_of(pipeline), {"enabled": False})
            assert there.post("/v1/t", event).code == "PIPELINE_DISABLED"
        finally:
            second.terminate()
        assert second.wait(30) == 0


@pytest.mark.slow
def test_workers_of_their_own_stop_when_told(running):
    command = [sys.executable, "-m", "local", "work", "--state", str(running.state)]
    with subprocess.Popen(
        command, cwd=ROOT, env=running.environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as workers:
        assert "Working on the queues" in workers.stdout.readline()
        workers.terminate()
        assert workers.wait(30) == 0


def test_the_user_command_makes_a_user_of_the_running_server(running):
    email = "ada@commanded.example"  # nobody's in the documents' tours, which may run on the same server
    wanted = {"ORG": "commanded", "EMAIL": email, "ROLE": "viewer", "PASSWORD": "a long enough password"}
    for _ in range(2):
        made = local(running, "user", "--state", str(running.state), **wanted)
        assert (made.returncode, made.stdout) == (0, f"{email} is viewer of commanded.\n"), made.stderr
    api = Api(send_over_http(running.url)).signed_in(email, "a long enough password")
    assert api.get("/v1/admin/auth/me").json["role"] == "viewer"


def test_the_token_command_prints_a_token_and_nothing_else(running):
    printed = local(running, "token", "--state", str(running.state))
    assert Api(send_over_http(running.url), printed.stdout.strip()).get("/v1/admin/auth/me").status == 200


def port_of(server):
    return server.url.rpartition(":")[2]


@pytest.mark.parametrize(
    ("arguments", "environ", "sentence"),
    [
        pytest.param(
            lambda s: ["run", "--port", "0", "--state", str(s.state)], {}, "is in use by process", id="state in use"
        ),
        pytest.param(
            lambda s: ["run", "--port", port_of(s), "--state", f"{s.state}-2"],
            {},
            "Address already in use",
            id="port in use",
        ),
        pytest.param(
            lambda s: ["token", "--state", f"{s.state}-3"], {}, "Nothing is running on STATE", id="not running"
        ),
        pytest.param(lambda s: ["user", "--state", str(s.state)], {}, "ORG is missing", id="user without ORG"),
        pytest.param(
            lambda s: ["user", "--state", str(s.state)],
            {"ORG": "acme", "EMAIL": "a@b.example", "ROLE": "king", "PASSWORD": "x" * 12},
            "ROLE 'king' must be owner, admin, editor or viewer",
            id="user with a wrong role",
        ),
        pytest.param(
            lambda s: ["run", "--port", "0", "--state", f"{s.state}-4"],
            {"JWT_SECRET": "short"},
            "JWT_SECRET is shorter than 32 bytes",
            id="a wrong setting",
        ),
        pytest.param(
            lambda s: ["run", "--port", "0", "--state", f"{s.state}-5"],
            {"MINISTACK_PYTHON": "/nowhere/python"},
            "The embedded AWS is not installed",
            id="a missing tool",
        ),
        pytest.param(
            lambda s: ["run", "--port", "0", "--state", f"{s.state}-6"],
            {
                "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
                "AWS_ACCESS_KEY_ID": "x",
                "AWS_SECRET_ACCESS_KEY": "x",
                "AWS_MAX_ATTEMPTS": "1",
            },
            "cannot be made at http://127.0.0.1:9: Could not connect",
            id="an AWS that does not answer",
        ),
    ],
)
def test_what_is_wrong_is_one_sentence(running, arguments, environ, sentence):
    ended = local(running, *arguments(running), **environ)
    assert ended.returncode == 1
    assert sentence in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        pytest.param("", "is not a folder", id="the folder is a file"),
        pytest.param("secrets.json", "secrets.json is broken", id="secrets that are no JSON"),
        pytest.param("aws.json", "aws.json is broken", id="port that is no JSON"),
        pytest.param("aws/state/dynamodb.json", "dynamodb.json is broken", id="tables that are no JSON"),
        pytest.param("lock/x", "lock cannot be used (Is a directory)", id="a lock that is a folder"),
    ],
)
def test_a_broken_or_unusable_state_is_one_sentence(running, tmp_path, name, sentence):
    file = tmp_path / "state" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("{", encoding="utf-8")
    ended = local(running, "run", "--port", "0", "--state", str(tmp_path / "state"))
    assert (ended.returncode, sentence in ended.stderr) == (1, True)
    assert "Traceback" not in ended.stderr
    assert file.read_text(encoding="utf-8") == "{"


@pytest.mark.slow
def test_a_port_of_the_embedded_aws_that_is_none_is_replaced(tmp_path, start):
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "aws.json").write_text('{"port": 70000}', encoding="utf-8")
    assert start(tmp_path / "state").api.get(PIPELINES).status == 200


@pytest.mark.slow
def test_a_proxy_for_the_internet_is_not_asked_for_this_machine(tmp_path, start):
    server = start(tmp_path / "state", http_proxy="http://127.0.0.1:9", HTTP_PROXY="http://127.0.0.1:9")
    assert server.api.get(PIPELINES).status == 200
    assert local(server, "token", "--state", str(server.state)).returncode == 0


@pytest.mark.parametrize("port", ["x", "-1", "70000", ""])
def test_a_port_that_is_none_is_told(running, port):
    ended = local(running, "run", "--port", port)
    assert ended.returncode == 1
    assert ended.stderr == f"PORT {port!r} is not a port; it must be a number from 0 to 65535\n"


def test_only_a_state_folder_that_is_not_in_use_is_forgotten(running, tmp_path):
    def clean(folder):
        command = [sys.executable, str(ROOT / "local/clean_state.py"), str(folder)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    precious = tmp_path / "precious"
    precious.mkdir()
    assert clean(precious).returncode == 1
    assert precious.exists()
    assert "in use by process" in clean(running.state).stderr
    assert clean(tmp_path / "nothing").returncode == 0
    left = tmp_path / "left"
    left.mkdir()
    (left / "lock").write_text("1", encoding="utf-8")
    assert clean(left).returncode == 0
    assert not left.exists()


@pytest.mark.slow
def test_forgetting_takes_what_a_run_made_and_nothing_else(tmp_path, start):
    state = tmp_path / "state"
    state.mkdir(mode=0o755)
    (state / "mine.txt").write_text("precious", encoding="utf-8")
    assert start(state).stop() == 0
    assert stat.S_IMODE(state.stat().st_mode) == 0o755  # it may be somebody's home
    command = [sys.executable, str(ROOT / "local/clean_state.py"), str(state)]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "except for what no run made: mine.txt" in told
    assert [file.name for file in state.iterdir()] == ["mine.txt"]


def make(running, *arguments, **environ):
    """A command of make beside a server."""
    environ = running.environ | {"MAKEFLAGS": ""} | environ  # those of `make test` are not for it
    command = ["make", "-s", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.skipif(shutil.which("make") is None, reason="make is needed")
@pytest.mark.parametrize("on_the_command_line", [True, False])
def test_make_hands_a_password_on_as_it_is(running, on_the_command_line):
    password = "pa$$word $HOME #1 long"
    wanted = ["user", f"STATE={running.state}", "ORG=dollars", "EMAIL=d@dollars.example", "ROLE=owner"]
    if on_the_command_line:
        told = make(running, *wanted, f"PASSWORD={password}")
    else:
        told = make(running, *wanted, PASSWORD=password)
    assert told.returncode == 0, told.stderr
    Api(send_over_http(running.url)).signed_in("d@dollars.example", password)


@pytest.mark.skipif(shutil.which("make") is None, reason="make is needed")
def test_an_empty_state_is_the_default_one_rather_than_this_folder(running):
    assert make(running, "-n", "clean-state", "STATE=").stdout.strip().endswith('clean_state.py ".local"')


@pytest.mark.slow
def test_what_was_accepted_is_finished_before_it_stops(tmp_path, start):
    """Requests are under way when the signal comes; each gets its whole answer or none was taken."""
    import threading

    server = start(tmp_path / "state")
    api, answers, failures = server.api, [], []
    pipeline = api.a_pipeline()
    stopping = threading.Event()

    def send_until_refused():
        while True:
            try:
                answers.append(api.post("/v1/t", {"writeKey": pipeline["pipeline_key"], "event": "x"}).status)
            except ConnectionResetError as error:
                failures.append(error)
            except OSError:
                return
            if len(answers) > 20:
                stopping.set()

    threads = [threading.Thread(target=send_until_refused) for _ in range(4)]
    for thread in threads:
        thread.start()
    assert stopping.wait(30)
    assert server.stop() == 0
    for thread in threads:
        thread.join(30)
    assert set(answers) == {200}
    again = start(tmp_path / "state")
    wanted, deadline, shown = min(len(answers), 100), time.monotonic() + 15, 0
    while shown < wanted and time.monotonic() < deadline:  # those still on the queue are worked on now
        shown = len(again.api.get(path_of(pipeline, "/events?limit=100")).json["events"])
    assert shown == wanted


def test_the_log_is_one_json_object_a_line(running):
    running.api.get(PIPELINES)
    lines = (running.state / "logs" / "server.log").read_text(encoding="utf-8").splitlines()
    assert all(json.loads(line)["message"] for line in lines)
    assert not any(running.credentials["password"] in line for line in lines)


def test_the_embedded_aws_listens_on_the_loopback_alone(running):
    assert running.credentials["aws_endpoint_url"].startswith("http://127.0.0.1:")
    port = int(running.credentials["aws_endpoint_url"].rpartition(":")[2])
    table = Path("/proc/net/tcp")
    if not table.exists():
        pytest.skip("only Linux tells in /proc/net/tcp who listens where")
    listening = [line.split() for line in table.read_text(encoding="ascii").splitlines()[1:]]
    addresses = {
        row[1].partition(":")[0] for row in listening if int(row[1].partition(":")[2], 16) == port and row[3] == "0A"
    }
    assert addresses == {"0100007F"}
