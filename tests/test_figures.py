"""What `make bench` prints decides only where the machine does not: counts and ratios."""

import pytest

from benchmarks.figure import COUNT, RATIO, Figure


@pytest.mark.parametrize(
    ("measured", "more_is_better", "fails_at", "verdict"),
    [
        pytest.param(10, False, COUNT, "ok", id="a count that is kept"),
        pytest.param(11, False, COUNT, "FAILS", id="a count that is over by one"),
        pytest.param(12, False, RATIO, "OVER", id="a ratio that is over by what noise makes"),
        pytest.param(13, False, RATIO, "FAILS", id="a ratio that is over by more"),
        pytest.param(9, True, RATIO, "OVER", id="a ratio that is a little less than it should be"),
        pytest.param(7, True, RATIO, "FAILS", id="a ratio that is much less than it should be"),
        pytest.param(0, True, RATIO, "FAILS", id="a ratio of nothing"),
        pytest.param(1000, False, None, "OVER", id="a time on a machine that is slow"),
        pytest.param(0, True, None, "OVER", id="a rate on a machine that hangs"),
    ],
)
def test_the_run_fails_for_counts_and_ratios_alone(measured, more_is_better, fails_at, verdict):
    decides = {"fails_at": fails_at} if fails_at else {}
    figure = Figure("what", measured, 10, more_is_better=more_is_better, **decides)
    assert figure.line().split()[-1] == verdict
    assert figure.fails == (verdict == "FAILS")
