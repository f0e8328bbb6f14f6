"""Which ids belong together: what events with a user id and another id tell.

They are kept in a temporary file, not in memory, for there are as many as visitors. SQLite removes it by itself.
"""

import sqlite3
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..failure import OperationFailed
from .person import Person, devices_of, text

MOST_IDS = 1000  # of one person; what has more, such as `guest`, is none

Tie = tuple[str, str, bool]  # a user id, another id, whether an alias says that the user had that one before


@dataclass(frozen=True, slots=True)
class Found:
    """A person's ids, and those that were not taken because other people were seen under them, with how many."""

    person: Person
    shared: Mapping[str, int]


def ties_of(event: Mapping[str, Any]) -> Iterable[Tie]:
    """What an event tells of ids that belong together."""
    if user := text(event, "userId"):
        previous = text(event, "previousId")
        for device in devices_of(event):
            yield user, device, device == previous


class Ties:
    """All that is known of ids that belong together."""

    def __init__(self) -> None:
        self._store = sqlite3.connect("", isolation_level=None)
        self._store.execute("CREATE TABLE ties (user, other, alias, PRIMARY KEY (user, other, alias)) WITHOUT ROWID")
        self._store.execute("CREATE INDEX others ON ties (other, user)")
        self._store.execute("BEGIN")

    def add(self, ties: Iterable[Tie]) -> None:
        """Remember what was told; the same again changes nothing."""
        self._store.executemany("INSERT OR IGNORE INTO ties VALUES (?, ?, ?)", ties)

    def person(self, user_id: str, given: Collection[str], *, follow_shared: bool) -> Found:
        """The person with this user id and these other ids: with what was seen with them, and with what was seen with
        that, until nothing is new. An id under which another user was seen ends it, unless it was given or
        `follow_shared`.

        Raises OperationFailed for more ids than a person has.
        """
        users = {user_id}
        while True:
            tied = {other for user in users for other in self._others(user)} | set(given)
            if len(users) + len(tied) > MOST_IDS:
                raise OperationFailed(
                    f"More than {MOST_IDS:,} ids belong to USER_ID {user_id!r}: that is not one person, but what many "
                    "have in common, such as a name for all guests"
                )
            shared = {other: count for other in tied if (count := len(self._users(other) - users - {other}))}
            followed = {other for other in tied if follow_shared or other in given or other not in shared}
            more = {other for other in followed if other not in shared and self._others(other)}
            more |= {became for user in users if (became := self._became(user, users))}
            if more <= users:
                person = Person(frozenset(users), frozenset(followed))
                return Found(person, {other: shared[other] for other in sorted(shared.keys() - followed)})
            users |= more

    def _others(self, user: str) -> set[str]:
        return self._column("SELECT other FROM ties WHERE user = ? LIMIT ?", user, MOST_IDS + 1)

    def _users(self, other: str) -> set[str]:
        return self._column("SELECT DISTINCT user FROM ties WHERE other = ? LIMIT ?", other, MOST_IDS + 1)

    def _became(self, user: str, known: set[str]) -> str | None:
        """The one user id that the user had after an alias. Where there are several, it cannot be known which."""
        found = self._column("SELECT user FROM ties WHERE other = ? AND alias LIMIT ?", user, MOST_IDS + 1)
        return next(iter(found - known)) if len(found - known) == 1 else None

    def _column(self, query: str, *values: Any) -> set[str]:
        return {row[0] for row in self._store.execute(query, values)}
