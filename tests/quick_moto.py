"""moto's DynamoDB with the same answers and less work for them, for most tests stand on it.

Before a transaction moto copies every row of its tables, and for each field of each row that it answers it tries a
dozen names. Here rows are shared with the copy until one is updated, and fields are found by their names.
"""

import copy
from typing import Any

from moto.core.serialize import AttributePicker, AttributePickerContext
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import Item
from moto.dynamodb.models.table import Table

_pick = AttributePicker.__call__
_update_item = DynamoDBBackend.update_item


def install() -> None:
    """Let moto do so from now on."""
    AttributePicker.__call__ = _picked
    Table.__deepcopy__ = _copied
    DynamoDBBackend.update_item = _update_of_its_own


def _picked(picker: AttributePicker, context: AttributePickerContext) -> Any:
    if context.service_model.service_name != "dynamodb" or not isinstance(context.obj, dict):
        return _pick(picker, context)
    return context.obj.get(context.key)


def _copied(table: Table, memo: dict[int, Any]) -> Table:
    made = memo[id(table)] = copy.copy(table)
    for name, value in vars(table).items():
        if name != "items":
            setattr(made, name, copy.deepcopy(value, memo))
    made.items = copy.copy(table.items)
    for key, rows in table.items.items():
        made.items[key] = rows if isinstance(rows, Item) else copy.copy(rows)
    return made


def _update_of_its_own(
    backend: DynamoDBBackend, table_name: str, key: dict[str, Any], *given: Any, **named: Any
) -> Item:
    """moto changes a row where it is: before that it gets a copy, so that only this table sees the change."""
    table = backend.get_table(table_name)
    hash_value, range_value = backend.get_keys_value(table, key)
    row = table.get_item(hash_value, range_value)
    if row is not None:
        own = copy.deepcopy(row)
        if range_value is None:
            table.items[hash_value] = own
        else:
            table.items[hash_value][range_value] = own
    return _update_item(backend, table_name, key, *given, **named)
