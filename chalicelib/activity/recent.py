"""What came in lately: the last minutes of a pipeline, by one read; by two where there was nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from .. import clock
from . import counters

MINUTES = 30


@dataclass(frozen=True, slots=True)
class Lately:
    """Events a minute, the oldest first, each as accepted and refused; and when the last one came, true to a minute,
    or to an hour where that is longer ago."""

    columns: list[tuple[int, int]]
    titles: list[str]
    last_at: str | None

    @property
    def received(self) -> int:
        """In all these minutes."""
        return sum(map(sum, self.columns))

    @property
    def a_minute(self) -> float:
        """On average over the last five of them."""
        return sum(map(sum, self.columns[-5:])) / 5


def minutes(pipeline_id: str) -> Lately:
    """The last minutes of a pipeline."""
    until = clock.now() + timedelta(minutes=1)
    since = until - timedelta(minutes=MINUTES)
    rows = counters.read(pipeline_id, counters.MINUTE, since, until)
    times = [(since + timedelta(minutes=place)).isoformat()[: counters.LENGTH["minute"]] for place in range(MINUTES)]
    columns = [(counters.accepted(rows.get(at, {})), counters.refused(rows.get(at, {}))) for at in times]
    titles = [
        f"{at[11:]} UTC: {accepted} accepted, {refused} refused"
        for at, (accepted, refused) in zip(times, columns, strict=True)
    ]
    last = max((at for at, column in zip(times, columns, strict=True) if sum(column)), default=None)
    return Lately(columns, titles, f"{last}:00Z" if last else counters.last_hour(pipeline_id))


def requests_by(pipeline_id: str, secret_prefixes: Iterable[str]) -> dict[str, int]:
    """How many requests came by each secret within the last hour."""
    until = clock.now() + timedelta(minutes=1)
    rows = counters.read(pipeline_id, counters.MINUTE, until - timedelta(hours=1), until).values()
    return {prefix: sum(counts.get(counters.BY_SECRET + prefix, 0) for counts in rows) for prefix in secret_prefixes}
