"""The documents are true: every command of the README's tour is run, and gives the documented answer."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from chalicelib import settings

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
TOUR = re.findall(r"<!-- tour -->\n```console\n(.*?)```", README, re.DOTALL)
DIFFERENT_EACH_TIME = [
    (r"(pip|org|bld|usr)_[0-9a-z]{20}", r"\1_…"),
    (r"\bsk_[A-Za-z0-9_-]{43,48}", "sk_…"),
    (r'"sk_[A-Za-z0-9_-]{4}"', '"sk_…"'),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "time"),
    (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "uuid"),
    (r"sha384-[A-Za-z0-9+/]{64}", "sha384-…"),
    (r"(?<=version_hash\": \")[0-9a-f]{8}", "hash"),
    (r"(?<=/)[0-9a-f]{8}(?=/d\.js)", "hash"),
    (r"\b[0-9a-f]{8}(?= (True|False))", "hash"),
    (r"(?<=_bytes\": )\d+", "size"),
    (r"http://localhost:\d+", "http://localhost"),
]


def steady(text):
    """A text without what differs from one time to the next."""
    for pattern, replacement in DIFFERENT_EACH_TIME:
        text = re.sub(pattern, replacement, text)
    return text.strip()


def steps(block):
    """The commands of a console block with their documented output."""
    for step in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, output = step.partition("\n")
        yield command, output


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("curl") is None or shutil.which("make") is None, reason="curl and make are needed")
def test_the_tour_gives_what_it_shows(running, tmp_path):
    port = running.url.rpartition(":")[2]
    shell = subprocess.Popen(
        ["bash", "--noprofile", "--norc"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=tmp_path,
        env=running.environ | {"STATE": str(running.state), "MAKEFLAGS": ""},
    )
    shell.stdin.write(f'make() {{ command make -C "{ROOT}" --no-print-directory "$@"; }}\n')
    for block in TOUR:
        for command, documented in steps(block):
            shell.stdin.write(command.replace("localhost:8084", f"localhost:{port}") + "\necho; echo ==end==\n")
            shell.stdin.flush()
            answered = "".join(iter(shell.stdout.readline, "==end==\n"))
            assert steady(answered) == steady(documented), command
    shell.stdin.close()
    assert shell.wait(10) == 0


def test_the_tour_has_its_steps():
    assert len(TOUR) == 6
    assert sum(len(list(steps(block))) for block in TOUR) >= 12


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
