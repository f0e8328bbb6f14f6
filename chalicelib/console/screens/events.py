"""Live events: what comes in as it comes, and one event with everything that happened to it."""

from typing import get_args

from ...activity import views
from ...activity.schemas import EventQuery, Verdict
from ...delivery import story
from ...integrations import listing
from ...pipelines import records
from ..pages import page, url
from ..visit import Shown, Visit
from .event_lines import as_line
from .overview import ONE

PATH = f"{ONE}/events"
FILTERS = ("type", "event", "verdict", "text")
TYPES = ("track", "page", "screen", "identify", "group", "alias")


@page("GET", PATH, role="viewer")
def events(visit: Visit, pipeline_id: str) -> Shown:
    """The newest events, and from now on those that come."""
    org_id = visit.caller.org_id
    pipeline, found = records.load(org_id, pipeline_id), views.show(org_id, pipeline_id, visit.query(EventQuery))
    asked = _asked(visit)
    return visit.show(
        "events.html",
        pipeline=records.shown(pipeline),
        items=[as_line(event) for event in found.events],
        asked=asked,
        types=TYPES,
        verdicts=get_args(Verdict),
        live="" if visit.asked("cursor") or visit.asked("live") == "off" else _newer(visit, found.live_cursor),
        paused=visit.asked("live") == "off",
        older=url(visit.path, cursor=found.next_cursor, **asked) if found.next_cursor else "",
        names=listing.names(org_id),
    )


@page("GET", f"{ONE}/newer-events", role="viewer")
def newer(visit: Visit, pipeline_id: str) -> Shown:
    """What has come since."""
    org_id = visit.caller.org_id
    found = views.show(org_id, pipeline_id, visit.query(EventQuery))
    return visit.show(
        "newer_events.html",
        pipeline_id=pipeline_id,
        items=[as_line(event) for event in found.events],
        live=_newer(visit, found.live_cursor),
        names=listing.names(org_id) if found.events else {},
    )


@page("GET", f"{PATH}/{{message_id}}", role="viewer")
def event(visit: Visit, pipeline_id: str, message_id: str) -> Shown:
    """One event in full, with every step."""
    pipeline = records.load(visit.caller.org_id, pipeline_id)
    return visit.show(
        "event.html",
        pipeline=records.shown(pipeline),
        happened=story.explain(visit.caller.org_id, pipeline_id, message_id),
        names=listing.names(visit.caller.org_id),
    )


def _asked(visit: Visit) -> dict[str, str]:
    return {name: visit.asked(name) for name in FILTERS}


def _newer(visit: Visit, cursor: str) -> str:
    pipeline = visit.path.rpartition("/")[0]
    return url(f"{pipeline}/newer-events", after=cursor, **_asked(visit))
