"""Events of bots, known by their user agent from the list of github.com/monperrus/crawler-user-agents. They are
filtered where a pipeline's `config` has `filter_bots`: counted and shown, but neither archived nor delivered."""

from collections.abc import Iterable
from functools import lru_cache

from . import ledger
from .ledger import Occurrence


def mark(occurrences: Iterable[Occurrence]) -> None:
    """Give the events of bots their verdict, where that is wanted."""
    for occurrence in occurrences:
        wanted = occurrence.about.get("filter_bots") and occurrence.verdict == ledger.ACCEPTED
        if wanted and not occurrence.settled_at and is_bot(_user_agent(occurrence)):
            occurrence.verdict, occurrence.reason = ledger.FILTERED, "its user agent is a bot's"


@lru_cache(maxsize=1000)
def is_bot(user_agent: str) -> bool:
    """Whether a user agent is one of the list."""
    from crawleruseragents import is_crawler  # 30 ms that only who filters pays

    return bool(user_agent) and bool(is_crawler(user_agent))


def _user_agent(occurrence: Occurrence) -> str:
    context = occurrence.event.get("context") or {}
    user_agent = context.get("userAgent") if isinstance(context, dict) else None
    return user_agent if isinstance(user_agent, str) else ""
