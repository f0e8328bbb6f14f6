"""One measured figure beside its budget."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """A figure that should be at most its budget, or at least, if it is one of more is better."""

    what: str
    measured: float
    budget: float
    unit: str = ""
    method: str = ""
    more_is_better: bool = False
    counted: bool = False  # exact on every machine, so a broken budget is a mistake

    @property
    def kept(self) -> bool:
        """Whether the budget is kept."""
        return self.measured >= self.budget if self.more_is_better else self.measured <= self.budget

    @property
    def broken_badly(self) -> bool:
        """Whether the run fails: a count is over, or a time so far off that no noise explains it."""
        if self.kept:
            return False
        return self.counted or (
            self.measured * 2 < self.budget if self.more_is_better else self.measured > 2 * self.budget
        )

    def line(self) -> str:
        """The figure as a line of the table."""
        sign = "≥" if self.more_is_better else "≤"
        measured, budget = f"{number(self.measured)} {self.unit}", f"{sign} {number(self.budget)} {self.unit}"
        return f"{self.what:<52}{measured:>14}{budget:>16}  {'ok' if self.kept else 'OVER':<5} {self.method}"


def number(value: float) -> str:
    """A number without false precision."""
    return f"{value:,.0f}" if value == int(value) or value >= 100 else f"{value:.2f}"
