"""The words that a file is opened with: from the environment or typed, for on a command line others could see them."""

import getpass
import os

from deployment.terminal import Terminal

from ..failure import OperationFailed

VARIABLE = "PASSPHRASE"
SHORTEST = 16


def given(terminal: Terminal) -> str:
    """The passphrase of a file that is there. Raises OperationFailed."""
    found = os.environ.get(VARIABLE) or _typed(terminal, "Passphrase: ")
    if not found:
        raise OperationFailed(
            f"Type the passphrase when asked, or put it into the environment: export {VARIABLE}; what stands behind "
            "make can be seen by others"
        )
    return found


def chosen(terminal: Terminal) -> str:
    """The passphrase of a file that is to be made, typed twice. Raises OperationFailed."""
    found = given(terminal)
    if len(found) < SHORTEST:
        raise OperationFailed(
            f"{VARIABLE} must have at least {SHORTEST} characters, for who has the file can try as often as they like"
        )
    if not os.environ.get(VARIABLE) and _typed(terminal, "The same again: ") != found:
        raise OperationFailed("The passphrases were not the same; nothing was written")
    return found


def _typed(terminal: Terminal, question: str) -> str:
    return getpass.getpass(question) if terminal.interactive else ""
