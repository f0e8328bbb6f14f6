"""DynamoDB: the base of every table, transactions, and reading many rows cheaply."""

import json
import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from botocore.exceptions import ClientError
from botocore.parsers import JSONParser, ResponseParserFactory
from pynamodb.attributes import NumberAttribute, TTLAttribute, UnicodeAttribute
from pynamodb.connection import Connection
from pynamodb.connection.table import TableConnection
from pynamodb.exceptions import PynamoDBException, TransactWriteError
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

from . import aws
from .errors import ServiceUnavailable
from .settings import table_prefix

CONFLICT_ATTEMPTS = 12  # of one transaction that meets another on the same items
OVERTAKEN_ATTEMPTS = 24  # of a change that others keep overtaking
EXPIRY_SHARDS = 4
MOST_READ_TOGETHER = 100  # DynamoDB, BatchGetItem

Result = TypeVar("Result")


def named(noun: str) -> str:
    """The full name of a table in this stage."""
    return table_prefix() + noun


class _WireParser(JSONParser):  # type: ignore[misc, unused-ignore]  # its base has no types
    """DynamoDB's JSON already has the shape botocore gives out, so walking its description can be left out.

    Not for binary attributes, which would stay base64; no table has one.
    """

    def _do_parse(self, response: Any, shape: Any) -> Any:  # noqa: ARG002 - botocore's signature
        answer = json.loads(response["body"] or b"{}")
        answer["ResponseMetadata"] = {"RequestId": response["headers"].get("x-amzn-requestid")}
        return answer


class _WireParserFactory(ResponseParserFactory):  # type: ignore[misc, unused-ignore]  # its base has no types
    def create_parser(self, protocol_name: str) -> _WireParser:  # noqa: ARG002 - botocore's signature
        return _WireParser(**self._defaults)


class _SharedConnection(Connection):
    """One client for all tables: PynamoDB would make one for each, and each costs 60 ms of a cold start."""

    @property
    def client(self) -> Any:
        with _connecting:
            if self._client is None:
                client: Any = aws.session().create_client("dynamodb", config=aws.CONFIG)
                client.meta.events.register_first("before-send.*.*", self._before_send)
                client.meta.events.register("before-call.*", aws.count_call)
                client._endpoint._response_parser_factory = _WireParserFactory()
                self._client = client
            return self._client


_connecting = threading.RLock()
_shared = _SharedConnection()


def forget_connections() -> None:
    """Drop the client, so that the next call reads endpoint and credentials anew (for a changed environment)."""
    _shared._client = None


class Table(Model):
    """The base of every table: on-demand billing, strongly consistent reads where the caller asks, one client."""

    @classmethod
    def _get_connection(cls) -> TableConnection:
        with _connecting:
            connection = super()._get_connection()
            if connection.connection is not _shared:
                meta_table = connection.get_meta_table()
                connection.connection = _shared
                if meta_table.table_name not in _shared._tables:
                    _shared.add_meta_table(meta_table)
            return connection


class ExpiryIndex(GlobalSecondaryIndex["Expiring"]):
    """Finds what has expired by a query: rows in a few shards, in order of their expiry. Never a scan."""

    class Meta:
        index_name = "expiry"
        projection = KeysOnlyProjection()

    expiry_shard = UnicodeAttribute(hash_key=True)
    expires_at = NumberAttribute(range_key=True)


class Expiring(Table):
    """The base of tables whose rows expire: DynamoDB removes them some day, the scheduled cleanup within the hour."""

    expiry_shard = UnicodeAttribute()
    expires_at = TTLAttribute()
    expiry = ExpiryIndex()


def expiry_shard() -> str:
    """A shard of the expiry index: several, so that one partition's write limit is not everybody's."""
    return str(random.randrange(EXPIRY_SHARDS))


Write = Callable[[TransactWrite], None]


class ConditionFailed(Exception):
    """A transaction was refused; `items` has, by the name of each refusing write, the item that stood there."""

    def __init__(self, items: dict[str, dict[str, Any] | None]) -> None:
        super().__init__(f"conditions failed: {', '.join(sorted(items))}")
        self.items = items


def transact(writes: Mapping[str, Write]) -> None:
    """Do all the named writes, or none. Each adds exactly one item to the transaction.

    Two transactions on the same items refuse each other without either being wrong, so that is tried again.
    Raises ConditionFailed when a condition does not hold, TransactWriteError when the store fails.
    """
    for attempt in range(1, CONFLICT_ATTEMPTS + 1):
        try:
            with TransactWrite(connection=_shared) as transaction:
                names = _added(transaction, writes)
            return
        except TransactWriteError as error:
            refused = _refusals(error, names)
            if refused:
                raise ConditionFailed(refused) from error
            if not _only_conflicts(error) or attempt == CONFLICT_ATTEMPTS:
                raise
        time.sleep(random.uniform(0, min(0.02 * 2**attempt, 0.4)))


class Overtaken(Exception):
    """Another change of the same came between reading and writing; nothing was written."""


def until_not_overtaken(change: Callable[[], Result]) -> Result:
    """Read, change and write, again and again until nothing came between, so that changes side by side all survive.

    Raises ServiceUnavailable when the others do not end.
    """
    for attempt in range(OVERTAKEN_ATTEMPTS):
        try:
            return change()
        except Overtaken:
            time.sleep(random.uniform(0, min(0.01 * 2**attempt, 0.3)))
    raise ServiceUnavailable("Many changes of the same are under way; repeat the request")


def _added(transaction: TransactWrite, writes: Mapping[str, Write]) -> list[str]:
    """Add the writes; their names in the order in which the store will give reasons: PynamoDB sends checks first, then
    deletes, puts and updates."""
    kinds = (
        transaction._condition_check_items,
        transaction._delete_items,
        transaction._put_items,
        transaction._update_items,
    )
    names: tuple[list[str], ...] = tuple([] for _ in kinds)
    for name, write in writes.items():
        write(transaction)
        for kind, of_kind in zip(kinds, names, strict=True):
            of_kind.extend([name] * (len(kind) - len(of_kind)))
    return [name for of_kind in names for name in of_kind]


def _refusals(error: TransactWriteError, names: list[str]) -> dict[str, dict[str, Any] | None]:
    reasons = zip(names, error.cancellation_reasons or (), strict=False)
    return {name: reason.raw_item for name, reason in reasons if reason and reason.code == "ConditionalCheckFailed"}


def _only_conflicts(error: TransactWriteError) -> bool:
    codes = {reason.code for reason in error.cancellation_reasons or () if reason}
    return bool(codes) and codes <= {"TransactionConflict"}


def condition_failed(error: PynamoDBException) -> bool:
    """Whether a single conditional write was refused, rather than not done: PynamoDB's own property for this fails
    when there was no answer at all."""
    cause = error.cause
    return isinstance(cause, ClientError) and cause.response["Error"]["Code"] == "ConditionalCheckFailedException"


def query_pages(table: type[Table], **arguments: Any) -> Iterator[list[dict[str, Any]]]:
    """The raw items of a query, a page of at most 1 MB at a time, in DynamoDB's own JSON. It is consistent unless
    `ConsistentRead` says otherwise, as it must of a global index.

    Five to seven times cheaper than model instances, for reading thousands of rows.
    """
    arguments = {"ConsistentRead": True} | arguments | {"TableName": table.Meta.table_name}
    while True:
        page = _shared.client.query(**arguments)
        yield page["Items"]
        if "LastEvaluatedKey" not in page:
            return
        arguments["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def get_together(wanted: Sequence[Table]) -> list[Any]:
    """What is stored under the keys of these, of whatever tables, in one consistent read for each hundred; None for
    what is not there. None of them twice."""
    groups = [wanted[start : start + MOST_READ_TOGETHER] for start in range(0, len(wanted), MOST_READ_TOGETHER)]
    return [found for group in groups for found in _got(group)]


def get_named(wanted: Mapping[str, Table]) -> dict[str, Any]:
    """The same for items that have names."""
    return dict(zip(wanted, get_together(list(wanted.values())), strict=True))


def _got(wanted: Sequence[Table]) -> list[Any]:
    asked: dict[str, Any] = {}
    for item in wanted:
        asked.setdefault(_name(item), {"Keys": [], "ConsistentRead": True})["Keys"].append(_key(item))
    models = {_name(item): type(item) for item in wanted}
    found: dict[str, Table] = {}
    while asked:
        answer = _shared.client.batch_get_item(RequestItems=asked)
        for name, items in answer["Responses"].items():
            for stored in map(models[name].from_raw_data, items):
                found[_place(stored)] = stored
        asked = answer.get("UnprocessedKeys") or {}
    return [found.get(_place(item)) for item in wanted]


def _name(item: Table) -> str:
    name: str = item.Meta.table_name  # type: ignore[attr-defined, unused-ignore]  # every table has a Meta
    return name


def _key(item: Table) -> dict[str, dict[str, Any]]:
    """The item's key in DynamoDB's own JSON."""
    return {
        attribute.attr_name: {attribute.attr_type: attribute.serialize(getattr(item, name))}
        for name, attribute in item.get_attributes().items()
        if attribute.is_hash_key or attribute.is_range_key
    }


def _place(item: Table) -> str:
    """Table and key as one text."""
    return json.dumps([_name(item), _key(item)], sort_keys=True)
