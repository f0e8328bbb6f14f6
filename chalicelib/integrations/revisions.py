"""The numbered revisions of an integration. A revision never changes, so a process reads each once."""

from functools import lru_cache
from typing import Any

from ..errors import RevisionNotFound
from . import secrets
from .table import Revision


@lru_cache(maxsize=2048)
def numbered(integration_id: str, number: int) -> Revision:
    """A revision.

    Raises RevisionNotFound.
    """
    try:
        return Revision.get(integration_id, number, consistent_read=True)
    except Revision.DoesNotExist:
        raise RevisionNotFound from None


def revealed(revision: Revision) -> dict[str, Any]:
    """The configuration with its secrets, for those who send."""
    return secrets.revealed(revision.integration_id, revision.config, revision.secrets)


def forget() -> None:
    """Drop what was read."""
    numbered.cache_clear()
