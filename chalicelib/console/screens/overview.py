"""A pipeline at a glance: its tag, its keys, what comes in; and the way to the first event."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from ... import clock
from ...activity import metrics, views
from ...activity.schemas import Counts, CountsAt, EventQuery, MetricsQuery
from ...collector import builds
from ...pipelines import records
from ...settings import settings
from ..pages import page
from ..visit import Shown, Visit
from .event_lines import as_line
from .pipelines import PATH

ONE = f"{PATH}/{{pipeline_id}}"
SERIES = ("accepted", "duplicate", "filtered", "refused")
STEPS = {"minute": (60, timedelta(minutes=1)), "hour": (24, timedelta(hours=1)), "day": (30, timedelta(days=1))}


@page("GET", ONE, role="viewer")
def overview(visit: Visit, pipeline_id: str) -> Shown:
    """The first page of a pipeline."""
    pipeline = records.load(visit.caller.org_id, pipeline_id)
    return visit.show(
        "overview.html",
        pipeline=records.shown(pipeline),
        status=builds.status_of(pipeline),
        first=None,
        address=settings().public_url,
        **_traffic(visit, pipeline_id),
    )


@page("GET", f"{ONE}/traffic", role="viewer")
def traffic(visit: Visit, pipeline_id: str) -> Shown:
    """The chart, newer."""
    records.load(visit.caller.org_id, pipeline_id)
    return visit.show("traffic.html", pipeline_id=pipeline_id, **_traffic(visit, pipeline_id))


@page("GET", f"{ONE}/first-event", role="viewer")
def first_event(visit: Visit, pipeline_id: str) -> Shown:
    """Whether the first event has come."""
    found = views.show(visit.caller.org_id, pipeline_id, EventQuery(limit=1))
    first = next(map(as_line, found.events), None)
    return visit.show("first_event.html", pipeline_id=pipeline_id, first=first)


@page("GET", f"{ONE}/build-status", role="viewer")
def build_status(visit: Visit, pipeline_id: str) -> Shown:
    """How the build stands."""
    status = builds.status(visit.caller.org_id, pipeline_id)
    return visit.show("build_status.html", pipeline_id=pipeline_id, status=status)


def _traffic(visit: Visit, pipeline_id: str) -> dict[str, Any]:
    step = visit.asked("step") if visit.asked("step") in STEPS else "minute"
    measured = metrics.measured(pipeline_id, MetricsQuery(step=step))  # type: ignore[arg-type]  # one of STEPS
    return {"step": step, "series": SERIES, "total": measured.total, **_columns(step, measured.series)}


def _columns(step: str, series: Iterable[CountsAt]) -> dict[str, Any]:
    """A column for each time of the span, also for those without events."""
    count, length = STEPS[step]
    by_time = {each.at: each for each in series}
    floor = clock.now().replace(second=0, microsecond=0)
    if step != "minute":
        floor = floor.replace(minute=0)
    if step == "day":
        floor = floor.replace(hour=0)
    times = [clock.iso(floor - length * (count - 1 - place)) for place in range(count)]
    counts = [_of(by_time.get(at)) for at in times]
    titles = [_told(at, step, each) for at, each in zip(times, counts, strict=True)]
    return {"columns": counts, "titles": titles}


def _of(counts: Counts | None) -> tuple[int, ...]:
    """By verdict; what is accepted and not settled yet is thought to be neither a duplicate nor filtered."""
    if counts is None:
        return (0,) * len(SERIES)
    kept = counts.accepted - counts.duplicate - counts.filtered
    return kept, counts.duplicate, counts.filtered, sum(counts.refused.values())


def _told(at: str, step: str, counts: tuple[int, ...]) -> str:
    when = at[:10] if step == "day" else f"{at[:10]} {at[11:16]} UTC"
    return f"{when}: " + ", ".join(f"{count:,} {name}" for name, count in zip(SERIES, counts, strict=True))
