"""Doing several things at once without holding more than a few of them."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

AT_ONCE = 8  # fewer than a client of boto3 has connections

Given = TypeVar("Given")
Made = TypeVar("Made")


def side_by_side(work: Callable[[Given], Made], given: Iterable[Given]) -> Iterator[Made]:
    """What `work` makes of each, in order. Only a few are taken before what was made of earlier ones is asked for."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        under_way: deque[Future[Made]] = deque()
        try:
            for each in given:
                under_way.append(pool.submit(work, each))
                if len(under_way) == 2 * AT_ONCE:
                    yield under_way.popleft().result()
            while under_way:
                yield under_way.popleft().result()
        finally:
            for waiting in under_way:
                waiting.cancel()
