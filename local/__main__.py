"""The commands for one machine: `python -m local run | serve | work | user | token | receive`."""

import argparse
import os
import sys
from pathlib import Path

from . import environment
from .problem import Problem
from .state import DEFAULT_FOLDER, State

PORTS = {"run": 8084, "serve": 8084, "receive": 9000}


def main() -> int:
    """Run a command; 0 when it ended well, 1 with a sentence when it could not."""
    environment.reach_this_machine_directly()
    try:
        arguments = parser().parse_args()
        return int(arguments.command(arguments) or 0)
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 1


def parser() -> argparse.ArgumentParser:
    """The command line."""
    commands = argparse.ArgumentParser(prog="python -m local", description="Datafly Signal on one machine.")
    by_name = commands.add_subparsers(required=True, metavar="COMMAND")
    for name, command, text in (
        ("run", run, "everything: embedded AWS, API, scripts, demo page, workers"),
        ("serve", serve, "a further API process on the store of a running one"),
        ("work", work, "further workers for queues and schedules"),
        ("user", user, "make an organisation and a user, from ORG, EMAIL, ROLE, PASSWORD and NAME in the environment"),
        ("token", token, "print a fresh access token of the running server"),
        ("receive", receive, "a webhook that prints what it is sent"),
    ):
        one = by_name.add_parser(name, help=text, description=text)
        one.set_defaults(command=command)
        one.add_argument(
            "--state", type=Path, default=DEFAULT_FOLDER, help=f"the state folder (default: {DEFAULT_FOLDER})"
        )
        if name in PORTS:
            one.add_argument("--port", type=port, default=PORTS[name], help=f"default: {PORTS[name]}")
        if name in ("run", "serve", "work"):
            one.add_argument(
                "--verbose", action="store_true", help="print the log, instead of keeping it in the state folder"
            )
    return commands


def port(text: str) -> int:
    """A port number, or 0 for any free one. Raises Problem."""
    if not text.isascii() or not text.isdecimal() or int(text) > 65_535:
        raise Problem(f"PORT {text!r} is not a port; it must be a number from 0 to 65535")
    return int(text)


def run(arguments: argparse.Namespace) -> None:
    """Everything."""
    from .run import run

    run(arguments.state, arguments.port, arguments.verbose)


def serve(arguments: argparse.Namespace) -> None:
    """A further API process."""
    from .run import serve

    serve(arguments.state, arguments.port, arguments.verbose)


def work(arguments: argparse.Namespace) -> None:
    """Further workers."""
    from .run import work

    work(arguments.state, arguments.verbose)


def user(arguments: argparse.Namespace) -> None:
    """An organisation and a user, in the store that the environment points at or that of the running server."""
    missing = [name for name in ("ORG", "EMAIL", "ROLE", "PASSWORD") if not os.environ.get(name)]
    if missing:
        raise Problem(f"{missing[0]} is missing; use make user ORG=acme EMAIL=ada@example.com ROLE=viewer PASSWORD=…")
    if not environment.points_somewhere():
        environment.attach(State(arguments.state))
    from chalicelib.accounts.bootstrap import CannotEnsureUser, ensure_user
    from chalicelib.aws import unavailable

    given = os.environ
    try:
        ensure_user(given["ORG"], given["EMAIL"], given["ROLE"], given["PASSWORD"], given.get("NAME", ""))
    except CannotEnsureUser as error:
        raise Problem(str(error)) from None
    except Exception as error:
        if not unavailable(error):
            raise
        raise Problem(f"The store did not answer: {error}") from None
    print(f"{given['EMAIL']} is {given['ROLE']} of {given['ORG']}.")


def token(arguments: argparse.Namespace) -> None:
    """A fresh access token, and nothing else."""
    from .signing_in import fresh_token

    print(fresh_token(State(arguments.state)))


def receive(arguments: argparse.Namespace) -> None:
    """A webhook to look at."""
    from .receiver import receive

    receive(arguments.port)


if __name__ == "__main__":
    sys.exit(main())
