"""What happened to one event: on its way in, and at each integration."""

import json
from collections.abc import Iterator
from itertools import islice
from typing import Any

from msgspec import UNSET

from .. import clock, store
from ..activity import archive, counters, live, views
from ..activity import ledger as accepted
from ..activity.schemas import Step, WhatHappened
from ..activity.table import SeenEvent
from ..errors import EventNotFound
from ..event_shape import LONGEST_ID
from ..pipelines import records
from . import ledger
from .task import numbers

PENDING = "pending"  # handed over, and not at its end yet


def explain(org_id: str, pipeline_id: str, message_id: str) -> WhatHappened:
    """What happened to the event with a message id in the last 24 hours.

    Raises PipelineNotFound, EventNotFound.
    """
    records.load(org_id, pipeline_id)
    if len(message_id.encode("utf-8", "replace")) > LONGEST_ID:
        raise EventNotFound  # the store would not even look for such a key
    settled = accepted.find(pipeline_id, message_id)
    if settled is None:
        return _from_recent(pipeline_id, message_id)
    event = archive.find(settled.archived_in, message_id) if settled.archived_in else None
    settled_step = Step(
        step=settled.verdict,
        at=clock.iso_milliseconds(int(settled.settled_at)),
        archived_in=settled.archived_in or UNSET,
    )
    steps = [Step(step="received", at=settled.received_at), settled_step, *_at_integrations(settled)]
    return WhatHappened(
        message_id=message_id,
        verdict=settled.verdict,  # type: ignore[arg-type]  # a text in the store, checked when it was written
        steps=steps,
        event=event,
    )


def _at_integrations(settled: SeenEvent) -> Iterator[Step]:
    """What became of it at each integration of its pipeline."""
    handed: dict[str, tuple[str, str] | None] = settled.handed or {}
    block, number = numbers(settled.place)
    rows = store.get_named({id_: ledger.row_of(block, id_) for id_, withheld in handed.items() if not withheld})
    at = int(settled.settled_at)
    for integration_id, withheld in handed.items():
        if withheld:
            yield _step(integration_id, at, counters.WITHHELD, *withheld)
            continue
        row = rows[integration_id]
        verdict, code, reason = ledger.became(row, number)
        yield _step(integration_id, int(row.settled_at) if verdict else at, verdict or PENDING, code, reason)


def _step(integration_id: str, at: int, step: str, code: str, reason: str) -> Step:
    return Step(
        step=step,
        at=clock.iso_milliseconds(at),
        integration_id=integration_id,
        code=code or UNSET,
        reason=reason or UNSET,
    )


def _from_recent(pipeline_id: str, message_id: str) -> WhatHappened:
    for row in islice(live.newest(pipeline_id), views.MOST_READ):
        event: dict[str, Any] = json.loads(row.event)
        if event.get("messageId") == message_id and not row.integration_id:
            step = Step(
                step=row.verdict,
                at=clock.iso_milliseconds(int(row.position[:13])),
                code=row.code or UNSET,
                reason=row.reason or UNSET,
            )
            return WhatHappened(
                message_id=message_id,
                verdict=row.verdict,  # type: ignore[arg-type]  # a text in the store, checked when it was written
                steps=[step],
                event=event,
            )
    raise EventNotFound
