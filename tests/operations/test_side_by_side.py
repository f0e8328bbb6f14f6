"""Doing several things at once: in order, and never many ahead."""

import itertools

import pytest

from operations.side_by_side import AT_ONCE, side_by_side


def test_what_is_made_comes_in_order():
    assert list(side_by_side(lambda number: number * 2, range(100))) == list(range(0, 200, 2))


def test_no_more_than_a_few_are_taken_ahead():
    taken = itertools.count()
    made = side_by_side(lambda number: number, (next(taken) for _ in range(1000)))
    for _ in range(10):
        next(made)
    made.close()
    assert next(taken) <= 10 + 2 * AT_ONCE


def test_what_fails_ends_it():
    with pytest.raises(ZeroDivisionError):
        list(side_by_side(lambda number: 1 / number, [1, 0, 1]))
