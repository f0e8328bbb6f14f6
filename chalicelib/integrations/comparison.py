"""Two revisions side by side."""

from collections.abc import Iterator
from typing import Any

from msgspec import UNSET

from ..api import types
from ..api.types import Differences, DifferencesQuery
from ..differences import NOTHING, Difference, differences
from . import records, revisions
from .secrets import MASK
from .table import Revision


def compare(org_id: str, integration_id: str, number: int, query: DifferencesQuery) -> Differences:
    """What is different in a revision from another one, by default the one before.

    Raises IntegrationNotFound, RevisionNotFound.
    """
    records.load(org_id, integration_id)
    against = number - 1 if query.against is UNSET else query.against
    after = revisions.numbered(integration_id, number)
    before = revisions.numbered(integration_id, against) if against else None
    found = [_shown(one) for one in told(before, after)]
    return Differences(number=number, against=against or None, differences=found)


def told(before: Revision | None, after: Revision) -> Iterator[Difference]:
    """The differences, and of secrets that are *** in both that they were given anew."""
    yield from differences(_contents(before), _contents(after))
    yield from _secrets_given_anew(before, after)


def _contents(revision: Revision | None) -> dict[str, Any]:
    if revision is None:
        return {}
    return {
        "config": revision.config,
        "mapping": revision.mapping,
        "consent": revision.consent,
        "requests_per_second": int(revision.requests_per_second),
    }


def _shown(one: Difference) -> types.Difference:
    return types.Difference(
        path=one.path,
        before=UNSET if one.before is NOTHING else one.before,
        after=UNSET if one.after is NOTHING else one.after,
        secret=MASK in (one.before, one.after),
    )


def _secrets_given_anew(before: Revision | None, after: Revision) -> Iterator[Difference]:
    """Secrets that are *** in both and yet not the same: one that was kept has the same ciphertext."""
    known = before.secrets if before else {}
    for field in sorted(known.keys() & after.secrets.keys()):
        if known[field] != after.secrets[field]:
            yield Difference(("config", field), MASK, MASK)
