"""Bringing rows into the table that is in use from somewhere that has what it had, or should have: those that are
missing, and when asked those that are different. Rows of the table's own stay."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError
from pynamodb.attributes import TTLAttribute

from chalicelib import clock
from chalicelib.pipelines.table import PipelineRow
from chalicelib.store import MOST_READ_TOGETHER, Table

from .side_by_side import side_by_side
from .tables import Item, key_of, name_of, stored

MOST_NAMED = 5  # of each kind
VERSION = "version"  # of rows that are changed by who has read them


@dataclass
class Compared:
    """How rows are now beside what they were, and which of them were brought back."""

    same: int = 0
    missing: int = 0
    different: int = 0
    expired: int = 0
    gone: int = 0  # that are here and should not be any more
    overtaken: int = 0  # changed by somebody else at that very moment, and left
    named: list[str] = field(default_factory=list)
    organisations: set[str] = field(default_factory=set)  # whose rows were compared

    @property
    def rows(self) -> int:
        """How many were compared."""
        return self.same + self.missing + self.different

    def count(self, kind: str, name: str) -> None:
        """Count one that is the same, missing, different or gone, and name the first few that are not the same."""
        number = getattr(self, kind)
        setattr(self, kind, number + 1)
        if kind != "same" and number < MOST_NAMED:
            self.named.append(f"{kind:<9} {name}")

    def told(self, title: str) -> Iterator[str]:
        """What people read of it."""
        counts = f"{self.missing:,} missing, {self.different:,} different, {self.same:,} as they were"
        yield f"  {title:<22} {counts}" + (f", {self.gone:,} gone" if self.gone else "")
        yield from (f"    {each}" for each in self.named)
        if self.overtaken:
            yield f"    {self.overtaken:,} were changed meanwhile and left; run the same command again"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is done about rows beside comparing them."""

    missing: bool = False
    different: bool = False

    def about(self, now: object) -> bool:
        """Whether to write a row in whose place there is now this, or None."""
        return self.missing if now is None else self.different


@dataclass(frozen=True, slots=True)
class Secrets:
    """How the secrets in rows are read, to be compared, and how they are stored: as they are, unless said otherwise."""

    opened: Callable[[type[Table], Item], Item] = lambda _, item: item
    sealed: Callable[[type[Table], Item], Item] = lambda _, item: item


class CopyBack:
    """The way into one table; `found` is how far it has come."""

    def __init__(self, dynamodb: Any, model: type[Table], wanted: Wanted, secrets: Secrets | None = None) -> None:
        self.found = Compared()
        self._dynamodb = dynamodb
        self._model = model
        self._wanted = wanted
        self._secrets = secrets or Secrets()
        expiring = (each for each in model.get_attributes().values() if isinstance(each, TTLAttribute))
        self._expires_at = next((str(each.attr_name) for each in expiring), "")

    def take(self, rows: Sequence[Item]) -> None:
        """Compare these rows with those in the table, and write what is wanted of them."""
        items = [item for item in rows if not self._is_expired(item)]
        for start in range(0, len(items), MOST_READ_TOGETHER):
            beside = self._beside(items[start : start + MOST_READ_TOGETHER])
            for item, kind, written in side_by_side(self._taken, beside):
                self._count(item, kind, written)

    def _taken(self, pair: tuple[Item, Item | None]) -> tuple[Item, str, bool | None]:
        """A row, how it is, and whether it was written, if that was wanted."""
        item, now = pair
        if self._is_same(item, now):
            return item, "same", None
        return item, "missing" if now is None else "different", self._put(*pair) if self._wanted.about(now) else None

    def _count(self, item: Item, kind: str, written: bool | None) -> None:
        self.found.count(kind, named(self._model, item))
        self.found.overtaken += written is False
        if org := item.get("org_id") or item.get("o"):
            self.found.organisations.add(org["S"])

    def _is_same(self, item: Item, now: Item | None) -> bool:
        """Whether nothing has changed; when something was brought back does not count as a change. What is left of a
        deleted pipeline in the list tells that it went, which where it is not needs nobody to tell."""
        if now is None:
            return self._is_left_over(item)
        return self._comparable(item) == self._comparable(self._secrets.opened(self._model, now))

    def _is_expired(self, item: Item) -> bool:
        expired = self._expires_at in item and int(item[self._expires_at]["N"]) <= clock.timestamp()
        self.found.expired += expired
        return expired

    def _is_left_over(self, item: Item) -> bool:
        return self._model is PipelineRow and self._expires_at in item

    def _beside(self, items: list[Item]) -> Iterator[tuple[Item, Item | None]]:
        """Each item, and what stands in its place now."""
        standing = stored(self._dynamodb, self._model, (key_of(self._model, each) for each in items))
        return ((each, standing.get(str(key_of(self._model, each)))) for each in items)

    def _put(self, item: Item, now: Item | None) -> bool:
        """Write it; False when somebody else was quicker."""
        kept = self._secrets.sealed(self._model, self._noticed(item))
        try:
            self._dynamodb.put_item(TableName=name_of(self._model), Item=kept, **self._condition(item, now))
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            return False
        return True

    def _condition(self, item: Item, now: Item | None) -> dict[str, Any]:
        """That the table still has what was compared, as far as a row tells."""
        if now is None:
            key = next(iter(key_of(self._model, item)))
            return {"ConditionExpression": "attribute_not_exists(#k)", "ExpressionAttributeNames": {"#k": key}}
        if VERSION not in now:
            return {}
        return {
            "ConditionExpression": "#v = :v",
            "ExpressionAttributeNames": {"#v": VERSION},
            "ExpressionAttributeValues": {":v": now[VERSION]},
        }

    def _noticed(self, item: Item) -> Item:
        """The item, changed now where that is a part of it: lists ask for what has changed since."""
        if self._model is not PipelineRow:
            return item
        return item | {PipelineRow.changed_at.attr_name: {"N": str(clock.milliseconds())}}

    def _comparable(self, item: Item) -> Item:
        if self._model is not PipelineRow:
            return item
        left = {self._expires_at: {"BOOL": True}} if self._is_left_over(item) else {}
        return item | left | {PipelineRow.changed_at.attr_name: {"N": "0"}}


def named(model: type[Table], item: Item) -> str:
    """What people know a row by."""
    return " / ".join(next(iter(each.values())) for each in key_of(model, item).values())
