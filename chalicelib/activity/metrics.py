"""The counts of a pipeline over a span of time."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from .. import clock
from ..errors import ValidationFailed
from ..pipelines import records
from . import counters
from .schemas import AtIntegration, Counts, CountsAt, Metrics, MetricsQuery

# For each step: the rows it is read from, the span that is usual, and the longest.
SPANS = {
    "minute": (counters.MINUTE, timedelta(hours=1), timedelta(days=1)),
    "hour": (counters.HOUR, timedelta(days=1), timedelta(days=31)),
    "day": (counters.HOUR, timedelta(days=30), timedelta(days=366)),
}
SHORTEST = timedelta(microseconds=1)
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
STEP_LENGTH = counters.LENGTH | {"day": len("2026-02-25")}


def measure(org_id: str, pipeline_id: str, query: MetricsQuery) -> Metrics:
    """The counts of a pipeline, step by step and in all.

    Raises PipelineNotFound, ValidationFailed.
    """
    records.load(org_id, pipeline_id)
    return measured(pipeline_id, query)


def measured(pipeline_id: str, query: MetricsQuery) -> Metrics:
    """The same of a pipeline that is known to be the caller's. Raises ValidationFailed."""
    since, until = _span(query)
    rows, _, _ = SPANS[query.step]
    by_row = {at: _counts(found) for at, found in counters.read(pipeline_id, rows, since, until).items()}
    steps: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for at, counts in by_row.items():
        steps[at[: STEP_LENGTH[query.step]]].append(counts)
    return Metrics(
        from_=clock.iso(since),
        to=clock.iso(until),
        step=query.step,
        total=Counts(**_sum(by_row.values())),
        series=[CountsAt(at=_beginning(at), **_sum(counts)) for at, counts in sorted(steps.items())],
    )


def _counts(found: Mapping[str, int]) -> dict[str, Any]:
    """The counts of one row's time."""
    accounted = {name: found.get(name, 0) for name in counters.ACCOUNTED}
    settled = sum(accounted.values())
    accepted = counters.accepted(found)
    refused = {
        name.removeprefix(counters.REFUSED): count for name, count in found.items() if name.startswith(counters.REFUSED)
    }
    received = accepted + sum(refused.values())
    return accounted | {
        "received": received,
        "accepted": accepted,
        "refused": refused,
        "pending": accepted - settled,
        "deliveries": _deliveries(found),
    }


def _deliveries(found: Mapping[str, int]) -> dict[str, dict[str, int]]:
    """By integration, what became of the events that were handed over to it."""
    by_integration: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(counters.OF_INTEGRATIONS, 0))
    for name, count in found.items():
        kind, at, integration_id = name.partition("@")
        if at:
            by_integration[integration_id][kind] += count
    return dict(by_integration)


def _sum(counts: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    total: dict[str, Any] = dict.fromkeys(("received", "accepted", *counters.ACCOUNTED, "pending"), 0)
    refused: dict[str, int] = defaultdict(int)
    deliveries: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for each in counts:
        for name in total:
            total[name] += each[name]
        for code, count in each["refused"].items():
            refused[code] += count
        for integration_id, became in each["deliveries"].items():
            for name, count in became.items():
                deliveries[integration_id][name] += count
    at = {integration_id: _at_integration(became) for integration_id, became in sorted(deliveries.items())}
    return total | {"refused": dict(sorted(refused.items())), "deliveries": at}


def _at_integration(became: Mapping[str, int]) -> AtIntegration:
    ended = sum(became[name] for name in counters.ENDED)
    handed = max(became[counters.HANDED], ended)
    return AtIntegration(handed=handed, pending=handed - ended, **{name: became[name] for name in counters.ENDED})


def _span(query: MetricsQuery) -> tuple[datetime, datetime]:
    """From when until when, on the borders of the rows that are read."""
    rows, usual, longest = SPANS[query.step]
    border = timedelta(minutes=1) if rows == counters.MINUTE else timedelta(hours=1)
    until = _moment(query.to, "to") if query.to else clock.now() + SHORTEST
    since = _moment(query.from_, "from") if query.from_ else _floor(until - usual, query.step)
    since, until = _floor(since, rows), _floor(until + border - SHORTEST, rows)
    if since >= until:
        raise ValidationFailed([{"field": "from", "message": "must be before `to`"}])
    if until - since > longest + border:
        message = f"must be at most {longest.days} days before `to` for step={query.step}"
        raise ValidationFailed([{"field": "from", "message": message}])
    return since, until


def _moment(text: str, field: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        if EARLIEST <= moment <= LATEST:
            return moment
    except (ValueError, OverflowError):
        pass
    message = "must be an ISO 8601 time of this century such as 2026-02-20T10:00:00Z"
    raise ValidationFailed([{"field": field, "message": message}])


def _floor(moment: datetime, step: str) -> datetime:
    whole = moment.replace(second=0, microsecond=0)
    if step != "minute":
        whole = whole.replace(minute=0)
    return whole.replace(hour=0) if step == "day" else whole


def _beginning(at: str) -> str:
    return {10: f"{at}T00:00:00Z", 13: f"{at}:00:00Z", 16: f"{at}:00Z"}[len(at)]
