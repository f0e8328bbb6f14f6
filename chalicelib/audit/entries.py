"""Making an entry: as one more write of the transaction that makes the change, so that there is never one without the
other."""

from collections.abc import Iterable

from pynamodb.exceptions import PutError
from pynamodb.transactions import TransactWrite

from .. import clock, identifiers
from ..auth import Actor
from ..differences import Difference
from ..store import Write, condition_failed
from .actions import Action, ResourceType
from .changes import recorded
from .table import AuditEntry

ENTRY = "audit entry"  # the name of its write in a transaction
# As long as the counts of hours are kept: a whole year can be looked back on, and an auditor has a month to do so.
KEPT_SECONDS = 400 * 24 * 3600


def entry(
    actor: Actor,
    action: Action,
    resource_type: ResourceType,
    resource_id: str,
    changes: Iterable[Difference] = (),
    *,
    resource_name: str = "",
) -> Write:
    """Write that `actor` did this. Secrets in the changes are masked, and what is long is cut."""
    made = _made(actor, action, resource_type, resource_id, changes, resource_name)

    def write(transaction: TransactWrite) -> None:
        transaction.save(made)

    return write


def record(actor: Actor, action: Action, resource_type: ResourceType, resource_id: str, resource_name: str) -> None:
    """Write an entry of something that changes nothing, so that it stands for itself."""
    _made(actor, action, resource_type, resource_id, (), resource_name).save()


def pretend(actor: Actor, action: Action) -> None:
    """Take as long as an entry does, and write none: the store refuses it."""
    made = _made(actor, action, "user", "nobody", (), "")
    try:
        made.save(condition=AuditEntry.position.exists())
    except PutError as error:
        if not condition_failed(error):
            raise


def _made(
    actor: Actor,
    action: Action,
    resource_type: ResourceType,
    resource_id: str,
    changes: Iterable[Difference],
    resource_name: str,
) -> AuditEntry:
    position = identifiers.new_id("log")
    return AuditEntry(
        actor.org_id,
        position,
        resource_position=f"{resource_id}#{position}",
        action=action,
        user_id=actor.user_id,
        user_email=actor.caller.email,
        resource_type=resource_type,
        resource_id=resource_id,
        resource_name=resource_name,
        changes=recorded(changes),
        ip_address=actor.address,
        user_agent=actor.user_agent,
        request_id=actor.request_id,
        timestamp=clock.iso_milliseconds(clock.milliseconds()),
        expires_at=clock.after(KEPT_SECONDS),
    )
