"""`make bench`: every figure beside its budget. Ends with 1 when a count or a ratio breaks it."""

import argparse
import logging
import os
import sys
from collections.abc import Iterator

from chalicelib import logs

from . import collector
from .engine import ENVIRONMENT, running
from .figure import Figure

PARTS = ("api", "collector", "fleet", "server")


def figures(parts: list[str]) -> Iterator[Figure]:
    """The figures of these parts, the quick ones first."""
    if "collector" in parts:
        yield from collector.measure()
    if "fleet" in parts:
        yield from fleet_figures()
    if "api" in parts:
        yield from api_figures()
    if "server" in parts:
        from . import local_server

        yield from local_server.measure()


def fleet_figures() -> Iterator[Figure]:
    """What many instances do together, simulated."""
    os.environ.update(ENVIRONMENT)
    from . import fleet

    yield from fleet.measure()


def api_figures() -> Iterator[Figure]:
    """What the functions cost, over an engine of their own."""
    with running() as function:
        from . import console, cpu, deliveries, events, lists, processes, store_calls

        yield from store_calls.measure(function)
        yield from events.measure(function)
        yield from deliveries.measure(function)
        yield from console.measure(function)
        yield from cpu.measure(function)
        yield from lists.measure(function)
        yield from processes.measure(function)


def main() -> int:
    """Print the table; the exit code."""
    parser = argparse.ArgumentParser(prog="make bench", description="Measure the budgets.")
    parser.add_argument("--only", choices=PARTS, action="append", help="a part, instead of everything (repeatable)")
    parts = parser.parse_args().only or list(PARTS)
    logs.configure(open("/dev/null", "w", encoding="utf-8"))  # noqa: SIM115 - for as long as the process
    logging.getLogger("botocore").setLevel(logging.ERROR)
    print(f"{'what':<54}{'measured':>14}{'budget':>16}  {'':<5} how")
    bad = []
    for figure in figures(parts):
        print(figure.line(), flush=True)
        if figure.fails:
            bad.append(figure.what)
    if "collector" in parts:
        print(f"\n{collector.sizes()}")
    if bad:
        print(f"Over budget: {', '.join(bad)}", file=sys.stderr)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
