"""The operator's commands: `python -m operations erase | restore | export | import | rotate-signing-key`."""

import argparse
import importlib
import sys
from collections.abc import Sequence
from pathlib import Path

from pynamodb.exceptions import PynamoDBException

from deployment.command import ended
from local.state import DEFAULT_FOLDER

from .place import open_place

# By what is typed: the module that has it, which imports the product and so must come after the stage is known, and
# what is said of an interruption.
COMMANDS = {
    "erase": ("erasing.erase", "The same command goes on."),
    "restore": ("restoring.restore", "What was begun at AWS goes on there; the same command does the rest."),
    "export": ("taking_elsewhere.export_stage", "Nothing was written."),
    "import": ("taking_elsewhere.import_stage", "The same command does the rest."),
    "rotate-signing-key": ("rotate_signing_key", ""),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    _, interrupted = COMMANDS.get(given[0] if given else "", ("", ""))
    return ended(_run, given, interrupted=interrupted)


def _run(arguments: Sequence[str] | None) -> None:
    begin = argparse.ArgumentParser(prog="python -m operations", description=__doc__)
    begin.add_argument("command", choices=COMMANDS)
    begin.add_argument("--stage", default="", help="the stage, such as prod; local is the one of `make run`")
    begin.add_argument("--region", default=None, help="the region (default: that of the environment or the profile)")
    begin.add_argument("--state", type=Path, default=DEFAULT_FOLDER, help="the state folder of the stage local")
    known, rest = begin.parse_known_args(arguments)
    place = open_place(known.stage, known.region, known.state)
    module = importlib.import_module(f"{__package__}.{COMMANDS[known.command][0]}")
    parser = argparse.ArgumentParser(prog=f"python -m operations {known.command}", description=module.__doc__)
    module.options(parser)
    try:
        module.run(place, parser.parse_args(rest))
    except PynamoDBException as error:
        raise error.cause or error from None


if __name__ == "__main__":
    sys.exit(main())
