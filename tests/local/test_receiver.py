"""`make receive`: a webhook to look at."""

import http.client
import json
import re
import signal
import socket
import struct
import subprocess
import sys

import pytest

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
    status = connection.getresponse().status
    connection.close()
    return status


def test_it_prints_a_line_for_each_event(receiver):
    process, port = receiver
    assert send(port, json.dumps({"event": "a"})) == 200
    assert send(port, json.dumps([{"event": "ä"}, {"event": "c"}])) == 200
    assert [process.stdout.readline() for _ in range(3)] == ['{"event":"a"}\n', '{"event":"ä"}\n', '{"event":"c"}\n']


def test_a_client_that_breaks_off_is_no_event(receiver):
    process, port = receiver
    for begun in (b"", b"POST /events HTTP/1.1\r\n"):
        client = socket.create_connection(("127.0.0.1", port))
        client.sendall(begun)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # closing is a reset then
        client.close()
    assert send(port, json.dumps({"event": "a"})) == 200
    assert process.stdout.readline() == '{"event":"a"}\n'


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


@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_without_a_traceback(receiver, told):
    process, _ = receiver
    process.send_signal(told)
    assert process.wait(10) == 0
    assert process.stdout.read() == ""


def test_it_stops_also_where_a_shell_has_put_it_into_the_background():
    """Such a process is started with SIGINT ignored."""
    command = ["sh", "-c", 'trap "" INT; exec "$0" -u -m local receive --port 0', sys.executable]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0
