"""When something is sent again."""

from datetime import UTC, datetime

import pytest

from chalicelib.delivery import retry

NOW = datetime(2026, 2, 25, 10, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("attempt", "jitter", "asked", "seconds"),
    [
        (1, 1.0, None, 4),
        (1, 0.0, None, 2),
        (2, 1.0, None, 16),
        (3, 1.0, None, 64),
        (4, 1.0, None, 256),
        (4, 0.0, None, 128),
        (1, 0.0, 60.0, 60),
        (1, 0.0, 0.2, 2),
        (1, 0.0, 2.1, 3),
        (4, 1.0, 5.0, 256),
        (1, 0.0, 86_400.0, 900),
        (9, 1.0, None, 900),
    ],
)
def test_each_pause_is_four_times_the_last_and_at_least_what_was_asked_for(attempt, jitter, asked, seconds):
    assert retry.pause(attempt, jitter, asked) == seconds


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("120", 120.0),
        ("0", 0.0),
        ("9" * 30, 999_999_999.0),
        ("Wed, 25 Feb 2026 10:01:00 GMT", 60.0),
        ("Wed, 25 Feb 2026 09:00:00 GMT", 0.0),
        ("", None),
        ("-5", None),
        ("soon", None),
        ("٣", None),
        ("Wed, 25 Feb 2026 10:01:00 +99999999999999999999", None),
        ("Fri, 31 Dec 9999 23:59:59 -2359", 251_630_373_539.0),
    ],
)
def test_what_a_vendor_asks_for_is_understood_or_nothing(said, seconds):
    assert retry.asked_for({"retry-after": said}, NOW) == seconds


def test_an_answer_may_ask_for_nothing():
    assert retry.asked_for({}, NOW) is None
