"""Documents as tests read them: their marked blocks, what a block's commands are to print, and commands run by make."""

import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
Differences = Iterable[tuple[str, str]]  # patterns of what differs from one time to the next, and what stands for it
OF_MAKE = ("MAKEFLAGS", "MAKELEVEL")  # that a make which runs the tests would hand on


def read(name: str) -> str:
    """A document of the product, such as `docs/operations.md`."""
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(document: str, mark: str, language: str = "console") -> list[str]:
    """What is between the fences that come after a mark, such as `<!-- tour -->`."""
    found: list[str] = re.findall(rf"<!-- {mark} -->\n```{language}\n(.*?)```", document, re.DOTALL)
    return found


def commands(block: str) -> Iterator[tuple[str, str]]:
    """The commands of a console block, each with what it is to print."""
    for step in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, output = step.partition("\n")
        yield command, output


def steady(text: str, differences: Differences) -> str:
    """A text without what differs from one time to the next."""
    for pattern, replacement in differences:
        text = re.sub(pattern, replacement, text, flags=re.MULTILINE)
    return text


def made(command: str, environ: Mapping[str, str], *more: str) -> subprocess.CompletedProcess[str]:
    """Run a command of make with more variables, and with the Python that is there instead of installing one."""
    target, *variables = shlex.split(command)[1:]
    line = ["make", "--no-print-directory", "-o", "install", target, f"VENV={sys.executable}", *variables, *more]
    kept = {name: value for name, value in environ.items() if name not in OF_MAKE}
    return subprocess.run(line, cwd=ROOT, env=kept, capture_output=True, text=True)


def assert_printed(
    command: str,
    done: subprocess.CompletedProcess[str],
    documented: str,
    steadied: Callable[[str], str],
    *,
    shortened: bool = False,
) -> None:
    """The command ended well and printed the documented lines in their order, whatever it printed between them. Where
    they are `shortened`, what comes after a … is not shown."""
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    printed = iter(steadied(done.stdout).splitlines())
    for line in steadied(documented).splitlines():
        beginning = line.partition("…")[0] if shortened else line
        matches = str.startswith if shortened else str.__eq__
        assert any(matches(each, beginning) for each in printed), f"{command}\n{line}\n{done.stdout}"
