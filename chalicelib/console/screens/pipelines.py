"""The list of pipelines: searched, filtered and grouped. What is asked is in the address, so a view can be shared."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ...activity import recent
from ...errors import PipelineNotFound
from ...pipelines import catalogue, records
from ...pipelines.schemas import PipelineQuery
from ..grouping import grouped, prefixes
from ..pages import page, url
from ..visit import Shown, Visit

PATH = "/console/pipelines"
IN_A_GROUP = 10  # that are shown of each; all of them on a page of their own
ON_A_PAGE = 50
MOST_AT_ONCE = 8  # queries of the store


@page("GET", PATH, role="viewer")
def pipelines(visit: Visit) -> Shown:
    """The list."""
    query, rows = visit.query(PipelineQuery), catalogue.rows_of(visit.caller.org_id)
    listed, group = catalogue.page_of(rows, query), visit.asked("group")
    if listed.offset >= listed.total > 0:
        return visit.go(PATH, **_asked(visit))  # the page before the last was deleted meanwhile
    groups = grouped(catalogue.matching(rows, query), group) if group else []
    shown = [row.id for one in groups for row in one.rows[:IN_A_GROUP]] or [row.id for row in listed.pipelines]
    return visit.show(
        "pipelines.html",
        listed=listed,
        labels=listed.available_labels,
        prefixes=prefixes(label.label for label in listed.available_labels),
        group=group,
        groups=groups,
        in_a_group=IN_A_GROUP,
        asked=_asked(visit),
        activity=_activity(list(dict.fromkeys(shown))),
        exists=bool(rows),
        deleted=_deleted(visit.caller.org_id, visit.asked("deleted")),
    )


def _activity(ids: list[str]) -> list[str]:
    """Where to ask what came in lately, some pipelines at a time."""
    return [url(f"{PATH}/activity", id=ids[start : start + ON_A_PAGE]) for start in range(0, len(ids), ON_A_PAGE)]


def _deleted(org_id: str, pipeline_id: str) -> str:
    """The pipeline that was deleted just now, for that to be taken back; empty when it was, and for whatever else the
    address says."""
    try:
        return pipeline_id if pipeline_id and records.load(org_id, pipeline_id, deleted=True).deleted_at else ""
    except PipelineNotFound:
        return ""


def _asked(visit: Visit) -> dict[str, Any]:
    """What the address says, without the page."""
    asked: dict[str, Any] = {name: visit.asked(name) for name in ("search", "type", "enabled", "group", "sort")}
    return asked | {"label": [label for label in visit.all_asked("label") if label]}


@page("GET", f"{PATH}/activity", role="viewer")
def activity(visit: Visit) -> Shown:
    """What came in lately, for each pipeline that is asked for: the lists ask when they are shown."""
    known = catalogue.rows_of(visit.caller.org_id)
    wanted = [pipeline_id for pipeline_id in visit.all_asked("id")[:ON_A_PAGE] if pipeline_id in known]
    with ThreadPoolExecutor(MOST_AT_ONCE) as threads:
        found = dict(zip(wanted, threads.map(recent.minutes, wanted), strict=True))
    return visit.show("activity.html", found=found)
