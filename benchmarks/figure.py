"""One measured figure beside its budget, and whether it decides if the run fails.

A count is the same on every machine, so one over its budget fails the run. A ratio is of two figures taken in turn in
one run, so that both suffer from the same machine: some noise is left, and it fails when it is off by more than that.
A time or a rate by itself tells as much of the machine as of the product: it is printed beside its budget, `OVER` where
it breaks it, and fails nothing. Each has a count or a ratio beside it that does.
"""

import math
from dataclasses import dataclass

# How many times over its budget a figure is when the run fails.
COUNT = 1.0
RATIO = 1.25
SIZE = 1.25  # of memory, which allocators and kernels round
MACHINE = math.inf  # a time or a rate: never


@dataclass(frozen=True)
class Figure:
    """A figure that should be at most its budget, or at least, if it is one of more is better."""

    what: str
    measured: float
    budget: float
    unit: str = ""
    method: str = ""
    more_is_better: bool = False
    fails_at: float = MACHINE

    @property
    def kept(self) -> bool:
        """Whether the budget is kept."""
        return self.measured >= self.budget if self.more_is_better else self.measured <= self.budget

    @property
    def fails(self) -> bool:
        """Whether the run fails because of it."""
        return not self.kept and self._times_over > self.fails_at

    @property
    def _times_over(self) -> float:
        more, less = (self.budget, self.measured) if self.more_is_better else (self.measured, self.budget)
        return more / less if less else math.inf

    def line(self) -> str:
        """The figure as a line of the table."""
        sign = "≥" if self.more_is_better else "≤"
        measured, budget = f"{number(self.measured)} {self.unit}", f"{sign} {number(self.budget)} {self.unit}"
        return f"{self.what:<54}{measured:>14}{budget:>16}  {self._verdict:<5} {self.method}"

    @property
    def _verdict(self) -> str:
        if self.fails:
            return "FAILS"
        return "ok" if self.kept else "OVER"


def number(value: float) -> str:
    """A number without false precision."""
    return f"{value:,.0f}" if value == int(value) or value >= 100 else f"{value:.2f}"
