"""The tables: which can be set back to what they were, which of them only together, and which are taken to another
stage."""

from collections.abc import Iterable
from typing import Any

from chalicelib.infrastructure.tables import MODELS
from chalicelib.settings import table_prefix
from chalicelib.store import Table

from .failure import OperationFailed

# What one change writes in one transaction has to be of one moment.
TOGETHER = {
    "configuration": (
        *("unique-names", "pipelines", "pipeline-keys", "pipeline-list", "pipeline-revisions"),
        *("integrations", "integration-revisions", "pipeline-integrations", "collector-builds", "collector-current"),
    ),
    "people": ("organisations", "unique-names", "users"),
}
ALONE = ("audit-log", "counters", "dead-letters")
# Of tables whose rows live shortly, what was is of no use, or a danger: a sign-in that was ended would be there again.

# What goes to another stage, in the order in which it is written there: what is pointed to before what points to it.
AUDIT = "audit-log"
EXPORTED = (
    *("pipelines", "pipeline-keys", "pipeline-revisions", "collector-builds", "collector-current"),
    *("integrations", "integration-revisions", "pipeline-integrations", "users", "organisations", AUDIT),
)
DERIVED = ("unique-names", "pipeline-list")  # follow from those, and are made from them
STAYING = (
    *("counters", "dead-letters", "deliveries", "live-events", "seen-events"),  # tell of events, which stay too
    *(
        "challenge-tokens",
        "idempotency",
        "sessions",
        "sign-in-failures",
    ),  # let in there is not let in elsewhere
    *("pipeline-changes", "rate-buckets"),  # are between the functions of one stage
)

Item = dict[str, Any]  # in DynamoDB's own JSON


def named(asked: str) -> list[type[Table]]:
    """The tables that are meant by a table's name, a group's or `all`. Raises OperationFailed."""
    known = dict.fromkeys([*(noun for nouns in TOGETHER.values() for noun in nouns), *ALONE])
    nouns = TOGETHER.get(asked) or (list(known) if asked == "all" else [asked])
    if not set(nouns) <= known.keys():
        raise OperationFailed(
            f"TABLE {asked!r} must be {', '.join(TOGETHER)}, all, or one of {', '.join(known)}; what other tables have "
            "lives for days at most, and is not set back"
        )
    return [model_of(noun) for noun in nouns]


def model_of(noun: str) -> type[Table]:
    """The table called so, such as `audit-log`."""
    return next(model for model in MODELS if name_of(model) == table_prefix() + noun)


def name_of(model: type[Table]) -> str:
    """The table's name at AWS."""
    name: str = model.Meta.table_name  # type: ignore[attr-defined, unused-ignore]  # every table has a Meta
    return name


def noun_of(model: type[Table]) -> str:
    """The table's name without that of the stage."""
    return name_of(model).removeprefix(table_prefix())


def key_of(model: type[Table], item: Item) -> Item:
    """The key of an item."""
    keys = [each for each in model.get_attributes().values() if each.is_hash_key or each.is_range_key]
    return {each.attr_name: item[each.attr_name] for each in sorted(keys, key=lambda key: key.is_range_key)}


def stored(dynamodb: Any, model: type[Table], keys: Iterable[Item]) -> dict[str, Item]:
    """What is stored under these keys, of which there are at most a hundred, by the key as text."""
    asked: dict[str, Any] = {name_of(model): {"Keys": list(keys), "ConsistentRead": True}}
    found: dict[str, Item] = {}
    while asked:
        answer = dynamodb.batch_get_item(RequestItems=asked)
        found |= {str(key_of(model, each)): each for each in answer["Responses"].get(name_of(model), [])}
        asked = answer.get("UnprocessedKeys") or {}
    return found
