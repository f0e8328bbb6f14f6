"""When something that was not delivered is sent again. Plain functions."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

ATTEMPTS = 5
BASE_SECONDS = 4.0
LONGEST_SECONDS = 900  # a queue's longest delay (SQS, DelaySeconds)


def pause(attempt: int, jitter: float, asked: float | None = None) -> int:
    """Whole seconds until the next attempt, after this one, the first being 1: 4, 16, 64 and 256 seconds, each a half
    to the whole of it by `jitter` (0 to 1), so that not everybody comes back at once. What the vendor asked for is the
    least."""
    longest: float = BASE_SECONDS * 4 ** (attempt - 1)
    wanted = longest * (0.5 + jitter / 2)
    return min(LONGEST_SECONDS, max(1, round(wanted), math.ceil(asked or 0.0)))


def asked_for(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds that an answer's `Retry-After` asks for (RFC 9110, 10.2.3: seconds or a date); None where it says nothing
    that can be understood."""
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):  # the second of a zone with very many digits
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())
