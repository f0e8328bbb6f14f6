"""The documents are true: every command of the README's tour is run, and gives the documented answer."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from chalicelib import settings

from . import documents
from .browser.screens import SCREENS
from .documents import ROOT
from .running import Running

README = documents.read("README.md")
INGESTION = documents.read("docs/ingestion.md")
DELIVERY = documents.read("docs/delivery.md")
AUDIT = documents.read("docs/audit.md")
INTEGRATIONS = documents.read("docs/integrations.md")
DIFFERENT_EACH_TIME = [
    (r"(pip|org|bld|usr|int)_[0-9a-z]{20}", r"\1_…"),
    (r"\bsk_[A-Za-z0-9_-]{43,48}", "sk_…"),
    (r'"sk_[A-Za-z0-9_-]{4}"', '"sk_…"'),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "time"),
    (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "uuid"),
    (r"sha384-[A-Za-z0-9+/]{64}", "sha384-…"),
    (r"(?<=version_hash\": \")[0-9a-f]{8}", "hash"),
    (r"(?<=/)[0-9a-f]{8}(?=/d\.js)", "hash"),
    (r"\b[0-9a-f]{8}(?= (True|False))", "hash"),
    (r"(?<=_bytes\": )\d+", "size"),
    (r'(?<="live_cursor": ")[^"]+', "cursor"),
    (r"curl/[0-9.]+", "curl"),
    (r"http://localhost:\d+", "http://localhost"),
]


def steady(text):
    """A text without what differs from one time to the next."""
    return documents.steady(text, DIFFERENT_EACH_TIME).strip()


def tour(document):
    """The console blocks of a document that are pasted one after the other."""
    return documents.blocks(document, "tour")


@pytest.fixture(scope="session")
def delivering(tmp_path_factory):
    """A running server that may deliver to servers of this machine."""
    server = Running(tmp_path_factory.mktemp("delivering") / "state", DELIVER_TO_PRIVATE_ADDRESSES="yes")
    yield server
    server.stop()


@pytest.fixture
def receiver():
    """The webhook that `make receive` is: its process, and its port."""
    command = [sys.executable, "-u", "-m", "local", "receive", "--port", "0"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    yield process, re.search(r":(\d+)/events", process.stdout.readline())[1]
    process.kill()
    process.communicate()


class Shell:
    """A terminal in which the commands of a tour are typed."""

    def __init__(self, running, folder):
        self._process = subprocess.Popen(
            ["bash", "--noprofile", "--norc"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=folder,
            env=running.environ | {"STATE": str(running.state), "MAKEFLAGS": ""},
        )
        self._process.stdin.write(f'make() {{ command make -C "{ROOT}" --no-print-directory "$@"; }}\n')

    def run(self, command):
        """What it prints."""
        self._process.stdin.write(command + "\necho; echo ==end==\n")
        self._process.stdin.flush()
        return "".join(iter(self._process.stdout.readline, "==end==\n"))

    def end(self):
        self._process.stdin.close()
        assert self._process.wait(10) == 0


WAITS = re.compile(r"(^|; )sleep \d+(;|$)")
WRITES = re.compile(r"\b(POST|PUT|DELETE)\b| -d ")
TRIES = 10


def replayed(document, running, folder, ports):
    """Run the commands of a tour, and compare what they print. A machine that has other things to do may need longer
    than people are told to wait: then what has only been read since is read again."""
    shell, again = Shell(running, folder), []
    for command, documented in (step for block in tour(document) for step in documents.commands(block)):
        for documented_port, port in ports.items():
            command = command.replace(f"localhost:{documented_port}", f"localhost:{port}")
        reads = WRITES.search(command) is None
        if WAITS.search(command):
            again = [command if reads else "sleep 2"]
        elif not reads:
            again = []
        elif again:
            again.append(command)
        answered = shell.run(command)
        for _ in range(TRIES if reads and again else 0):
            if steady(answered) == steady(documented):
                break
            answered = [shell.run(each) for each in again][-1]
        assert steady(answered) == steady(documented), command
    shell.end()


with_shell = pytest.mark.skipif(
    shutil.which("curl") is None or shutil.which("make") is None, reason="curl and make are needed"
)


@pytest.mark.slow
@with_shell
@pytest.mark.parametrize(
    "document", [README, INGESTION, INTEGRATIONS, AUDIT], ids=["README", "ingestion", "integrations", "audit"]
)
def test_the_tour_gives_what_it_shows(running, tmp_path, document):
    replayed(document, running, tmp_path, {8084: running.url.rpartition(":")[2]})


@pytest.mark.slow
@with_shell
def test_the_tour_of_deliveries_gives_what_it_shows(delivering, receiver, tmp_path):
    process, port = receiver
    replayed(DELIVERY, delivering, tmp_path, {8084: delivering.url.rpartition(":")[2], 9000: port})
    process.terminate()
    received = [json.loads(line)["messageId"] for line in process.stdout]
    assert received == ["m-1", "m-2"]


SERVER_EVENT = {"type": "track", "event": "Order shipped"}


def example(language):
    """The example of a language in docs/ingestion.md."""
    (found,) = documents.blocks(INGESTION, language, r"\w+")
    return found


def test_the_python_example_sends(running):
    pipeline, names = running.api.a_pipeline(name="Python"), {}
    exec(example("python"), names)
    sent = names["send"](SERVER_EVENT, running.url, pipeline["pipeline_key"], pipeline["pipeline_key_secret"])
    assert sent == {"success": True}


@pytest.mark.skipif(shutil.which("node") is None, reason="no Node.js found")
def test_the_node_example_sends(running, tmp_path):
    pipeline = running.api.a_pipeline(name="Node.js")
    given = [SERVER_EVENT, running.url, pipeline["pipeline_key"], pipeline["pipeline_key_secret"]]
    script = tmp_path / "example.mjs"
    script.write_text(f"{example('node')}\nconsole.log(JSON.stringify(await send(...{json.dumps(given)})));\n")
    ended = subprocess.run(["node", script], capture_output=True, text=True, check=False)
    assert ended.stdout == '{"success":true}\n', ended.stderr


def test_the_tour_has_its_steps():
    assert [len(tour(document)) for document in (README, INGESTION, INTEGRATIONS, DELIVERY, AUDIT)] == [6, 10, 7, 2, 4]
    assert sum(len(list(documents.commands(block))) for block in tour(README)) >= 12


def test_every_setting_is_in_the_table():
    source = Path(settings.__file__).read_text(encoding="utf-8")
    named = set(re.findall(r'"([A-Z][A-Z_]{4,})"', source)) - {"DEBUG", "INFO", "WARNING", "ERROR"}
    documented = set(re.findall(r"`([A-Z][A-Z_]+)`", README.partition("## Settings")[2]))
    assert named <= documented


@pytest.mark.parametrize(
    "document", sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")]), ids=lambda path: path.name
)
def test_links_and_named_folders_are_there(document):
    text = document.read_text(encoding="utf-8")
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", text):
        assert (document.parent / target).exists(), target


def test_every_make_target_has_its_help_and_the_readme_names_only_real_ones():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE))
    assert set(re.findall(r"`make ([a-z-]+)", README)) <= targets


def test_every_picture_of_the_console_is_shown_and_there():
    shown = set(
        re.findall(r"!\[[^]]+\]\(console/([a-z-]+\.jpg)\)", (ROOT / "docs" / "console.md").read_text(encoding="utf-8"))
    )
    there = {picture.name for picture in (ROOT / "docs" / "console").iterdir()}
    assert shown == there
    assert {name.removesuffix(".jpg") for name in shown} <= SCREENS.keys()
