"""`make receive`: a webhook to look at."""

import http.client
import json
import re
import subprocess
import sys

import pytest

from local.receiver import receive

from ..running import ROOT


@pytest.fixture
def receiver():
    """A running one: its process and its port."""
    command = [sys.executable, "-u", "-m", "local", "receive", "--port", "0"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    first = process.stdout.readline()
    yield process, int(re.fullmatch(r"Receiving at http://localhost:(\d+)/events\n", first)[1])
    process.kill()
    process.communicate()


def send(port, body, path="/events"):
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("POST", path, body)
    return connection.getresponse().status


def test_it_prints_a_line_for_each_event(receiver):
    process, port = receiver
    assert send(port, json.dumps({"event": "a"})) == 200
    assert send(port, json.dumps([{"event": "ä"}, {"event": "c"}])) == 200
    assert [process.stdout.readline() for _ in range(3)] == ['{"event":"a"}\n', '{"event":"ä"}\n', '{"event":"c"}\n']


def test_what_it_does_not_take_is_told(receiver):
    _, port = receiver
    assert send(port, "no JSON") == 400
    assert send(port, "{}", "/evnets") == 404


def test_a_port_in_use_is_one_sentence(receiver):
    _, port = receiver
    command = [sys.executable, "-m", "local", "receive", "--port", str(port)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (
        1,
        f"Port {port} cannot be used (Address already in use); choose another with PORT=…\n",
    )


def test_it_stops_without_a_traceback_as_soon_as_it_has_said_where_it_is(monkeypatch):
    """Whoever reads that line may stop it before it serves."""

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("builtins.print", interrupted)
    receive(0)


def test_it_stops_without_a_traceback(receiver):
    process, _ = receiver
    process.send_signal(2)
    assert process.wait(10) == 0
    assert process.stdout.read() == ""
