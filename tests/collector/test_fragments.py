"""The committed fragments are those of the sources, and no engine meets syntax that it does not know."""

import hashlib
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from chalicelib.collector import builder, modules

from .configurations import FULL, a_config

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "chalicelib/collector/src"
TOOL = ROOT / "deployment/collector"
PARSE = """
import { parse } from "./node_modules/acorn/dist/acorn.mjs";
import { readFileSync } from "node:fs";
parse(readFileSync(0, "utf8"), { ecmaVersion: 2017 });
"""


@pytest.fixture(scope="module")
def node():
    """Node.js with what `make collector` installs."""
    if shutil.which("npm") is None or shutil.which("make") is None:
        pytest.skip("no npm and make found (Debian and Ubuntu: the packages npm and make)")
    subprocess.run(["make", "-C", ROOT, "-s", "deployment/collector/node_modules"], check=True, capture_output=True)
    return shutil.which("node")


def test_the_fragments_were_made_from_these_sources():
    texts = "".join(path.read_text(encoding="utf-8") for path in sorted(SOURCES.glob("*.js")) if path.stem != "config")
    assert modules.table()["sources"] == hashlib.sha256(texts.encode()).hexdigest()[:16], "run `make collector`"


def test_the_fragments_are_as_they_were_written():
    """Also where there is no Node.js to write them again."""
    names = (TOOL / "names.json").read_text(encoding="utf-8")
    fragments = [path.read_text(encoding="utf-8") for path in sorted((SOURCES.parent / "fragments").glob("*.js"))]
    written = hashlib.sha256(",".join([names, *fragments]).encode()).hexdigest()[:16]
    assert modules.table()["version"] == written, "run `make collector`"


def test_every_module_is_in_the_order_of_the_file_and_nothing_else():
    assert (
        set(modules.ORDER) == set(modules.table()["needs"]) == {path.stem for path in SOURCES.glob("*.js")} - {"config"}
    )


@pytest.mark.slow
def test_minifying_again_gives_the_committed_fragments(node):
    ended = subprocess.run(["make", "-C", ROOT, "-s", "collector", "ARGS=--check"], capture_output=True, text=True)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "are current" in ended.stdout


@pytest.mark.parametrize("config", [a_config(), FULL], ids=["least", "full"])
@pytest.mark.parametrize("build", [builder.build, builder.build_readable], ids=["served", "readable"])
def test_the_script_is_ecmascript_2017(node, config, build):
    script = build(config).content
    subprocess.run([node, "--input-type=module", "-e", PARSE], cwd=TOOL, input=script, check=True)


def test_a_name_once_given_is_no_other_modules():
    names = json.loads((TOOL / "names.json").read_text(encoding="utf-8"))
    assert len(set(names.values())) == len(names)
