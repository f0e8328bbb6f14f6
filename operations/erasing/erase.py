"""`make erase`: what a person asks for who wants to be forgotten; or all events of a pipeline or an organisation."""

import argparse
from collections.abc import Iterator
from datetime import timedelta

from chalicelib import clock
from chalicelib.infrastructure.queues import DEAD_LETTERS_KEPT_SECONDS
from chalicelib.integrations import catalog
from deployment.command import confirm
from deployment.terminal import Terminal
from deployment.waiting import Clock

from ..failure import OperationFailed
from ..place import Place
from ..switches import switch
from . import organisations
from .archive import Archive
from .erasure import Erased, Erasure
from .person import Everybody, Person
from .ties import Found

RECOVERABLE_DAYS = 35  # DynamoDB, point-in-time recovery
ALL = "all"  # pipelines
MOST_NAMED = 20  # of what is listed
# Where somebody's data is deleted at vendors that have an API for it.
ERASING_THERE = {
    "google_analytics": "https://developers.google.com/analytics/devguides/config/userdeletion/v3",
}


def options(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("--org", default="", help="the organisation, its name or id")
    parser.add_argument("--user-id", default="", help="the person's id as a user")
    parser.add_argument("--anonymous-id", default="", help="further ids of theirs, with commas between")
    parser.add_argument("--pipeline", default="", help="in place of a person: a pipeline's id, or all")
    parser.add_argument("--follow-shared", default="", help="1: also ids under which other people were seen")
    parser.add_argument("--dry-run", default="", help="1: only count")
    parser.add_argument("--confirm", default="", help="the user id again, instead of being asked")


def run(place: Place, asked: argparse.Namespace) -> None:
    """Erase the person, or all. Raises OperationFailed, botocore's and PynamoDB's errors."""
    if bool(asked.user_id) == bool(asked.pipeline):
        raise OperationFailed(
            "Say who is to be erased: USER_ID=…, the userId of their events; or PIPELINE=…, for all of a pipeline"
        )
    dry_run = switch("DRY_RUN", asked.dry_run)
    follow_shared = switch("FOLLOW_SHARED", asked.follow_shared)
    organisation = organisations.find(asked.org)
    passing = Clock()
    terminal = Terminal(passing)
    terminal.say(f"{place}, organisation {organisation.slug}")
    one = asked.pipeline if asked.pipeline != ALL else ""
    archive = Archive(place.client("s3"), place.events_bucket)
    erasure = Erasure(organisation.id, archive, terminal, passing, one or None)
    wanted: Person | Everybody = Everybody()
    if asked.user_id:
        found = erasure.find(asked.user_id, _separate(asked.anonymous_id), follow_shared=follow_shared)
        terminal.say("\n".join(_ids(found)))
        wanted = found.person
    else:
        terminal.say(f"All events of {f'the pipeline {one}' if one else 'all pipelines'}")
    if not dry_run:
        right = asked.user_id or one or organisation.slug
        confirm(terminal, f"To erase all that for good, type `{right}`: ", right, asked.confirm, "CONFIRM")
    _tell(terminal, erasure, erasure.erase(wanted, dry_run=dry_run), dry_run=dry_run)


def _separate(listed: str) -> list[str]:
    return [each.strip() for each in listed.split(",") if each.strip()]


def _tell(terminal: Terminal, erasure: Erasure, erased: Erased, *, dry_run: bool) -> None:
    terminal.say("\n".join(_removed(erased, dry_run=dry_run)))
    terminal.say("\n".join(_beyond(erasure)))
    if erased.unreadable:
        raise OperationFailed(
            f"{len(erased.unreadable)} objects could not be read and were left as they are; look at those that are "
            "named, then run the same command again"
        )


def _ids(found: Found) -> Iterator[str]:
    yield f"Events of the user {', '.join(sorted(found.person.users))}"
    devices = sorted(found.person.devices)
    if devices:
        yield f"and, where they have no other user, of {len(devices)} other ids: {_some(devices)}"
    for shared, users in list(found.shared.items())[:MOST_NAMED]:
        others = "another user" if users == 1 else f"{users} other users"
        yield f"  not of {shared}, which {others} had too: FOLLOW_SHARED=1 takes its events without a user as well"


def _some(names: list[str]) -> str:
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more:,} more" if more > 0 else "")


def _removed(erased: Erased, *, dry_run: bool) -> Iterator[str]:
    yield "Would be removed:" if dry_run else "Removed:"
    yield f"  archive            {sum(erased.events.values()):,} events in {erased.objects:,} objects"
    for pipeline_id, count in sorted(erased.events.items()):
        yield f"    {pipeline_id}  {count:,}"
    yield f"  earlier versions   {erased.versions:,}"
    yield f"  live events        {erased.live:,}"
    yield f"  dead letters       {erased.dead:,}"
    for key, reason in list(erased.unreadable.items())[:MOST_NAMED]:
        yield f"  not read           {key}: {reason}"


def _beyond(erasure: Erasure) -> Iterator[str]:
    """What no command reaches."""
    yield "Not reached:"
    today = clock.now()
    final = today + timedelta(seconds=DEAD_LETTERS_KEPT_SECONDS)
    backups = today + timedelta(days=RECOVERABLE_DAYS)
    yield f"  queues             their messages come into the archive later; a run from {final:%Y-%m-%d} on is final"
    yield f"  backups            of tables, until {backups:%Y-%m-%d}; after a restore, erase again"
    for key in sorted({integration.vendor for integration in erasure.integrations}):
        vendor = catalog.known(key)
        where = ERASING_THERE.get(key)
        advice = f"erase there too: {where}" if where else f"ask there; what it was sent: {vendor.documentation}"
        yield f"  {vendor.name:<18} {advice}"
