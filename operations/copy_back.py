"""Bringing rows back into the table that is in use from one with what it had: those that are missing, and when asked
those that have become different. Rows that were made since stay."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError
from pynamodb.attributes import TTLAttribute

from chalicelib import clock
from chalicelib.pipelines.table import PipelineRow
from chalicelib.store import MOST_READ_TOGETHER, Table

from .tables import key_of, name_of

MOST_NAMED = 5  # of each kind
VERSION = "version"  # of rows that are changed by who has read them

Item = dict[str, Any]  # in DynamoDB's own JSON


@dataclass
class Compared:
    """How the rows that were there then are now, and which of them were brought back."""

    same: int = 0
    missing: int = 0
    different: int = 0
    expired: int = 0
    overtaken: int = 0  # changed by somebody else at that very moment, and left
    named: list[str] = field(default_factory=list)
    organisations: set[str] = field(default_factory=set)  # of what was brought back


class CopyBack:
    """The way from one table back into another with the same schema."""

    def __init__(self, dynamodb: Any, model: type[Table], source: str) -> None:
        self._dynamodb = dynamodb
        self._model = model
        self._source = source
        self._target = name_of(model)
        expiring = (each for each in model.get_attributes().values() if isinstance(each, TTLAttribute))
        self._expires_at = next((str(each.attr_name) for each in expiring), "")

    def compare(self) -> Iterator[Compared]:
        """Compare all, and write nothing; what was found so far after each page."""
        return self._each_page(lambda *_: None)

    def write(self, *, different: bool) -> Iterator[Compared]:
        """Bring back what is missing, and what is different if that is wanted; what was done so far after each page."""

        def put(item: Item, now: Item | None, found: Compared) -> None:
            if now is None or different:
                self._put(item, now, found)

        return self._each_page(put)

    def _each_page(self, wanted: Callable[[Item, Item | None, Compared], None]) -> Iterator[Compared]:
        found = Compared()
        for page in self._dynamodb.get_paginator("scan").paginate(TableName=self._source, ConsistentRead=True):
            items = [item for item in page["Items"] if not self._is_expired(item, found)]
            for start in range(0, len(items), MOST_READ_TOGETHER):
                for item, now in self._beside(items[start : start + MOST_READ_TOGETHER]):
                    if now is not None and self._is_same(item, now):
                        found.same += 1
                        continue
                    self._count(item, now, found)
                    wanted(item, now, found)
            yield found

    def _is_same(self, item: Item, now: Item) -> bool:
        """Whether nothing has changed; when something was brought back does not count as a change."""
        return self._noticed(item, 0) == self._noticed(now, 0)

    def _is_expired(self, item: Item, found: Compared) -> bool:
        expired = self._expires_at in item and int(item[self._expires_at]["N"]) <= clock.timestamp()
        found.expired += expired
        return expired

    def _beside(self, items: list[Item]) -> Iterator[tuple[Item, Item | None]]:
        """Each item, and what stands in its place now."""
        asked: dict[str, Any] = {
            self._target: {"Keys": [key_of(self._model, each) for each in items], "ConsistentRead": True}
        }
        standing: dict[str, Item] = {}
        while asked:
            answer = self._dynamodb.batch_get_item(RequestItems=asked)
            for each in answer["Responses"].get(self._target, []):
                standing[str(key_of(self._model, each))] = each
            asked = answer.get("UnprocessedKeys") or {}
        return ((each, standing.get(str(key_of(self._model, each)))) for each in items)

    def _count(self, item: Item, now: Item | None, found: Compared) -> None:
        kind, number = ("missing", found.missing) if now is None else ("different", found.different)
        setattr(found, kind, number + 1)
        if number < MOST_NAMED:
            key = " / ".join(next(iter(each.values())) for each in key_of(self._model, item).values())
            found.named.append(f"{kind:<9} {key}")

    def _put(self, item: Item, now: Item | None, found: Compared) -> None:
        try:
            item = self._noticed(item, clock.milliseconds())
            self._dynamodb.put_item(TableName=self._target, Item=item, **self._condition(item, now))
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            found.overtaken += 1
            return
        if org := item.get("org_id") or item.get("o"):
            found.organisations.add(org["S"])

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

    def _noticed(self, item: Item, changed_at: int) -> Item:
        """The item, changed at a moment where that is a part of it: lists ask for what has changed since."""
        if self._model is not PipelineRow:
            return item
        return item | {PipelineRow.changed_at.attr_name: {"N": str(changed_at)}}
