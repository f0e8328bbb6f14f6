"""The rate limit over several processes on one store."""

import subprocess
import sys
import time as real_time
import uuid

import pytest

from .conftest import ROOT

PROCESSES, LIMIT = 4, 200
START_SECONDS, COUNTED_SECONDS, BURST_SECONDS = 4, 8, 2


def shares(load: float) -> tuple[int, int]:
    """Let all processes together ask for so many times the limit; how many tokens they asked for and got."""
    begins = real_time.time() + START_SECONDS
    ends = begins + BURST_SECONDS + COUNTED_SECONDS
    command = [sys.executable, "-m", "tests.store.take_tokens", uuid.uuid4().hex, str(LIMIT)]
    command += [str(load * LIMIT / PROCESSES), str(begins), str(ends)]
    started = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(PROCESSES)]
    outputs = [process.communicate(timeout=60)[0].split() for process in started]
    return sum(int(asked) for asked, _ in outputs), sum(int(got) for _, got in outputs)


@pytest.mark.slow
def test_at_three_times_the_load_the_limit_is_kept(engine):
    _, got = shares(3)
    assert got == pytest.approx(LIMIT * COUNTED_SECONDS, rel=0.05)


@pytest.mark.slow
@pytest.mark.thorough
def test_at_four_fifths_of_the_limit_all_are_let_in(engine):
    asked, got = shares(0.8)
    assert got >= 0.99 * asked > 0
