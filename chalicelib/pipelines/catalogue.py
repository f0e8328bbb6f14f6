"""Listing an organisation's pipelines: filters, order, pages, and the labels in use.

A list needs `total` and filters, so it looks at every row. Rows are small, and a process that has read them once
reads only what changed since: one strongly consistent query of the `changed` index.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from msgspec import UNSET

from .. import clock
from ..store import query_pages
from . import rules
from .schemas import AvailableLabel, PipelineInList, PipelineList, PipelineQuery
from .table import PipelineRow

MOST_ROWS_KEPT = 40_000  # of all organisations, about 40 MB
# A row's time of change is set before it is written. A write that was under way while the rows were read may be found
# later with an earlier time, but not earlier than the longest a request can run.
OVERLAP_SECONDS = 30
SNAPSHOT_SECONDS = 6 * 3600  # less than the day for which a deleted pipeline's row stays


@dataclass(frozen=True, slots=True)
class Row:
    """One pipeline, as far as lists are concerned."""

    id: str
    name: str
    slug: str
    type: str
    labels: tuple[str, ...]
    enabled: bool
    created_at: str
    updated_at: str

    def matches(self, query: PipelineQuery, search: str) -> bool:
        """Whether the filters of `query` let it pass, and it has what is searched for, in lower case."""
        return (
            (query.type is UNSET or self.type == query.type)
            and (query.enabled is UNSET or self.enabled == query.enabled)
            and all(label in self.labels for label in query.label)
            and (not search or search in self.name.casefold() or search in self.slug)
        )


Rows = dict[str, Row]  # of one organisation, by id


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The rows of one organisation as they were read."""

    rows: Rows
    read_at: float  # seconds since the epoch
    whole_read_at: float


_snapshots: OrderedDict[str, Snapshot] = OrderedDict()
_lock = threading.Lock()


def list_pipelines(org_id: str, query: PipelineQuery) -> PipelineList:
    """The page of `org_id`'s pipelines that `query` asks for."""
    return page_of(rows_of(org_id), query)


def page_of(rows: Rows, query: PipelineQuery) -> PipelineList:
    """The same of rows that were read."""
    found = matching(rows, query)
    return PipelineList(
        pipelines=[_shown(row) for row in found[query.offset : query.offset + query.limit]],
        total=len(found),
        limit=query.limit,
        offset=query.offset,
        available_labels=[
            AvailableLabel(label=label, prefix=prefix, value=value, count=count)
            for label, prefix, value, count in rules.available_labels(row.labels for row in rows.values())
        ],
    )


def matching(rows: Rows, query: PipelineQuery) -> list[Row]:
    """Every pipeline that matches, in order, whatever the page."""
    search = query.search.casefold()
    found = sorted((row for row in rows.values() if row.matches(query, search)), key=_order(query.sort))
    if query.sort.startswith("-"):
        found.reverse()
    return found


def forget() -> None:
    """Drop what was read, so that the next list reads everything."""
    with _lock:
        _snapshots.clear()


def _order(sort: str) -> Callable[[Row], tuple[str, str]]:
    attribute = sort.removeprefix("-")
    if attribute == "name":
        return lambda row: (row.name.casefold(), row.id)
    return lambda row: (getattr(row, attribute), row.id)


def _shown(row: Row) -> PipelineInList:
    return PipelineInList(
        id=row.id,
        name=row.name,
        slug=row.slug,
        type=row.type,  # type: ignore[arg-type]  # a text in the store, checked when it was written
        pipeline_key=f"dk_{row.id}",
        labels=list(row.labels),
        enabled=row.enabled,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def rows_of(org_id: str) -> Rows:
    """The rows of all pipelines of an organisation, by id."""
    known, now = _snapshots.get(org_id), clock.now().timestamp()
    if known is None or now - known.whole_read_at > SNAPSHOT_SECONDS:
        rows = _merged({}, _read(org_id))
        _keep(org_id, Snapshot(rows, now, now))
        return rows
    rows = _merged(known.rows, _read(org_id, int((known.read_at - OVERLAP_SECONDS) * 1000)))
    _keep(org_id, Snapshot(rows, now, known.whole_read_at))
    return rows


def _keep(org_id: str, snapshot: Snapshot) -> None:
    with _lock:
        _snapshots[org_id] = snapshot
        _snapshots.move_to_end(org_id)
        while len(_snapshots) > 1 and sum(len(kept.rows) for kept in _snapshots.values()) > MOST_ROWS_KEPT:
            _snapshots.popitem(last=False)


def _read(org_id: str, changed_since: int | None = None) -> Iterable[dict[str, Any]]:
    condition, values = "o = :o", {":o": {"S": org_id}}
    if changed_since is None:
        pages = query_pages(PipelineRow, KeyConditionExpression=condition, ExpressionAttributeValues=values)
    else:
        pages = query_pages(
            PipelineRow,
            IndexName="changed",
            KeyConditionExpression=f"{condition} AND h >= :h",
            ExpressionAttributeValues=values | {":h": {"N": str(changed_since)}},
        )
    return (item for page in pages for item in page)


def _merged(rows: Rows, items: Iterable[dict[str, Any]]) -> Rows:
    merged = dict(rows)
    for item in items:
        pipeline_id = item["i"]["S"]
        if "x" in item:
            merged.pop(pipeline_id, None)
        else:
            merged[pipeline_id] = _row(pipeline_id, item)
    return merged


def _row(pipeline_id: str, item: dict[str, Any]) -> Row:
    labels = item["l"]["S"]
    return Row(
        id=pipeline_id,
        name=item["n"]["S"],
        slug=item["s"]["S"],
        type=item["t"]["S"],
        labels=tuple(labels.split("\n")) if labels else (),
        enabled=item["e"]["BOOL"],
        created_at=item["c"]["S"],
        updated_at=item["u"]["S"],
    )
