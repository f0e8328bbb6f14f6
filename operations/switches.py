"""What is said by 1, or not said."""

from .failure import OperationFailed


def switch(variable: str, given: str) -> bool:
    """Whether it is said. Raises OperationFailed for anything else."""
    if given not in ("", "0", "1"):
        raise OperationFailed(f"{variable} {given!r} must be 1, or not be said")
    return given == "1"
