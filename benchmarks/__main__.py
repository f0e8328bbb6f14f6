"""`make bench`: every figure beside its budget. Ends with 1 when a count is over its budget, or a ratio is far off."""

import logging
import sys
from collections.abc import Iterator

from .engine import running
from .figure import Figure


def figures() -> Iterator[Figure]:
    """Every figure, the quick ones first."""
    with running() as function:
        from . import cpu, lists, processes, store_calls

        yield from store_calls.measure(function)
        yield from cpu.measure(function)
        yield from lists.measure(function)
        yield from processes.measure(function)
    from . import local_server

    yield from local_server.measure()


def main() -> int:
    """Print the table; the exit code."""
    from chalicelib import logs

    logs.configure(open("/dev/null", "w", encoding="utf-8"))  # noqa: SIM115 - for as long as the process
    logging.getLogger("botocore").setLevel(logging.ERROR)
    print(f"{'what':<52}{'measured':>14}{'budget':>16}  {'':<5} how")
    bad = []
    for figure in figures():
        print(figure.line(), flush=True)
        if figure.broken_badly:
            bad.append(figure.what)
    if bad:
        print(f"Over budget: {', '.join(bad)}", file=sys.stderr)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
