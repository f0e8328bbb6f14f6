"""What the commands have in common: their options, and how they end."""

import argparse
import sys
from collections.abc import Callable, Sequence

from botocore.exceptions import BotoCoreError, ClientError

from .failure import DeploymentFailed, Failure
from .refusals import sentence
from .terminal import Terminal

INTERRUPTED = 130  # as shells count Ctrl-C


def options(module: str, text: str | None) -> argparse.ArgumentParser:
    """The command line of a module, with what each has."""
    parser = argparse.ArgumentParser(prog=f"python -m deployment.{module}", description=text)
    parser.add_argument("--stage", default="", help="the stage, such as prod")
    parser.add_argument("--region", default=None, help="the region (default: that of the environment or the profile)")
    return parser


def ended(
    run: Callable[[Sequence[str] | None], None], arguments: Sequence[str] | None, *, interrupted: str = ""
) -> int:
    """Run a command to its exit status: 0, or 1 after one sentence that says what is wrong and what to do.

    `interrupted` is what there is to know after Ctrl-C.
    """
    try:
        run(arguments)
    except Failure as failure:
        return _failed(str(failure))
    except (BotoCoreError, ClientError) as error:
        return _failed(sentence(error))
    except KeyboardInterrupt:
        print(f"\nInterrupted. {interrupted}".rstrip(), file=sys.stderr)
        return INTERRUPTED
    return 0


def confirm(terminal: Terminal, question: str, right: str, given: str, variable: str) -> None:
    """Let somebody say once more what cannot be undone: the right words, given by the variable or when asked.

    Raises DeploymentFailed for other words, and where nobody can be asked.
    """
    if not given and terminal.interactive:
        given = terminal.ask(question)
    if given.strip() != right:
        instead = f" ({given!r} is something else)" if given else ""
        raise DeploymentFailed(f'Nothing was done: type it when asked, or say {variable}="{right}"{instead}')


def _failed(words: str) -> int:
    sys.stdout.flush()
    print(f"error: {words}", file=sys.stderr)
    return 1
