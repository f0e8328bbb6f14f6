"""Looking at dead letters and sending them again, for callers."""

import base64
import time
from typing import Any

import msgspec
from msgspec import UNSET

from .. import clock
from ..api.moments import milliseconds_of
from ..audit.entries import ENTRY, entry
from ..auth import Actor
from ..differences import differences
from ..errors import PipelineNotFound, ValidationFailed
from ..integrations import attachments, records
from ..integrations.dry_run import dry_run
from ..integrations.dry_run_schemas import DryRun, DryRunReport
from ..integrations.table import Integration
from ..store import transact
from . import dead_letters, replay, schemas
from .replay import Filter
from .table import DeadLetter

MOST_READ = 2000  # rows, for one answer
MOST_COUNTED, COUNTING_SECONDS = 20_000, 10.0  # what is left then is not counted, but sent again all the same


def show(org_id: str, integration_id: str, query: schemas.DeadLetterQuery) -> schemas.DeadLetters:
    """A page of dead letters that match.

    Raises IntegrationNotFound, ValidationFailed.
    """
    records.load(org_id, integration_id)
    wanted = _filter(query, "")
    found: list[DeadLetter] = []
    last, read = None, 0
    for letter in dead_letters.newest(integration_id, _decoded(query.cursor) if query.cursor else None):
        if len(found) == query.limit or read == MOST_READ:
            return schemas.DeadLetters(dead_letters=[_shown(each) for each in found], next_cursor=_encoded(last))
        last, read = letter.position, read + 1
        if wanted.matches(letter):
            found.append(letter)
    return schemas.DeadLetters(dead_letters=[_shown(each) for each in found], next_cursor=None)


def show_one(org_id: str, integration_id: str, letter_id: str) -> schemas.DeadLetter:
    """A dead letter with its event, and what a replay would send.

    Raises IntegrationNotFound, DeadLetterNotFound.
    """
    records.load(org_id, integration_id)
    letter = dead_letters.find(integration_id, letter_id)
    event = dead_letters.event_of(letter)
    return schemas.DeadLetter(payload=event, would_send=_would_send(letter, event), **_fields(letter))


def _would_send(letter: DeadLetter, event: dict[str, Any]) -> DryRunReport | None:
    attached = attachments.find(letter.pipeline_id, letter.integration_id)
    if attached is None:
        return None
    wanted = DryRun(event=event, pipeline_id=letter.pipeline_id, revision=int(attached.revision))
    try:
        return dry_run(letter.org_id, letter.integration_id, wanted)
    except (PipelineNotFound, ValidationFailed):
        return None


def send_again(actor: Actor, integration_id: str, wanted: schemas.Replay) -> schemas.Replayed:
    """Send dead letters again, or count those that would be.

    Raises IntegrationNotFound, DeadLetterNotFound, ValidationFailed.
    """
    integration = records.load(actor.org_id, integration_id)
    if (wanted.ids is UNSET) == (wanted.filter is UNSET):
        raise ValidationFailed([{"field": "ids", "message": "must be given, or filter instead"}])
    if wanted.filter is UNSET:
        return _send_named(actor, integration, wanted)
    matching = _filter(wanted.filter, "filter.")
    count, complete = _count(integration_id, matching)
    if (count or not complete) and not wanted.dry_run:
        _record(actor, integration, wanted, count)
        replay.begin(actor.org_id, integration_id, matching, wanted.rate)
    return schemas.Replayed(count=count, complete=complete, dry_run=wanted.dry_run)


def _send_named(actor: Actor, integration: Integration, wanted: schemas.Replay) -> schemas.Replayed:
    letters = [dead_letters.find(integration.id, letter_id) for letter_id in dict.fromkeys(wanted.ids or [])]
    count = _free(letters)
    if count and not wanted.dry_run:
        _record(actor, integration, wanted, count)
        count = replay.send(actor.org_id, integration.id, letters, wanted.rate)
    return schemas.Replayed(count=count, complete=True, dry_run=wanted.dry_run)


def _record(actor: Actor, integration: Integration, wanted: schemas.Replay, count: int) -> None:
    """Tell the audit trail before anything is sent: what cannot be recorded is not done."""
    asked: dict[str, Any] = {"count": count, "rate": wanted.rate}
    if wanted.filter is not UNSET:
        given = msgspec.to_builtins(wanted.filter)
        asked["filter"] = {name: value for name, value in given.items() if value}
    told = differences({}, {"dead_letters": asked})
    written = entry(actor, "dead_letters.replayed", "integration", integration.id, told, resource_name=integration.name)
    transact({ENTRY: written})


def _count(integration_id: str, wanted: Filter) -> tuple[int, bool]:
    """How many match, and whether these are all."""
    count, until = 0, time.monotonic() + COUNTING_SECONDS
    for read, letter in enumerate(dead_letters.newest(integration_id, None)):
        if read == MOST_COUNTED or time.monotonic() > until:
            return count, False
        count += wanted.matches(letter) and not dead_letters.is_replaying(letter)
    return count, True


def _free(letters: list[DeadLetter]) -> int:
    return sum(not dead_letters.is_replaying(letter) for letter in letters)


def _filter(query: schemas.DeadLetterQuery | schemas.ReplayFilter, prefix: str) -> Filter:
    return Filter(
        pipeline_id=query.pipeline_id,
        code=query.code,
        name=query.event,
        text=query.text,
        since=milliseconds_of(query.from_, f"{prefix}from") or 0,
        until=milliseconds_of(query.to, f"{prefix}to") or 0,
    )


def _shown(letter: DeadLetter) -> schemas.DeadLetterInList:
    return schemas.DeadLetterInList(**_fields(letter))


def _fields(letter: DeadLetter) -> dict[str, Any]:
    return {
        "id": dead_letters.id_of(letter),
        "pipeline_id": letter.pipeline_id,
        "integration_id": letter.integration_id,
        "revision": int(letter.revision),
        "message_id": letter.message_id,
        "event": letter.name,
        "code": letter.code,
        "reason": letter.reason,
        "attempts": int(letter.attempts),
        "failed_first_at": clock.iso_milliseconds(int(letter.position[:13])),
        "failed_at": clock.iso_milliseconds(int(letter.failed_at)),
        "expires_at": clock.iso(letter.expires_at),
        "replaying": dead_letters.is_replaying(letter),
    }


def _encoded(position: str | None) -> str | None:
    return base64.urlsafe_b64encode(position.encode()).decode().rstrip("=") if position else None


def _decoded(cursor: str) -> str:
    try:
        position = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except ValueError:
        position = ""
    if not dead_letters.is_position(position):
        raise ValidationFailed([{"field": "cursor", "message": "must be a cursor from an earlier answer"}])
    return position
