"""The tables that can be set back to what they were, and which of them only together."""

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


def named(asked: str) -> list[type[Table]]:
    """The tables that are meant by a table's name, a group's or `all`. Raises OperationFailed."""
    known = dict.fromkeys([*(noun for nouns in TOGETHER.values() for noun in nouns), *ALONE])
    nouns = TOGETHER.get(asked) or (list(known) if asked == "all" else [asked])
    if not set(nouns) <= known.keys():
        raise OperationFailed(
            f"TABLE {asked!r} must be {', '.join(TOGETHER)}, all, or one of {', '.join(known)}; what other tables have "
            "lives for days at most, and is not set back"
        )
    models = {name_of(model): model for model in MODELS}
    return [models[table_prefix() + noun] for noun in nouns]


def name_of(model: type[Table]) -> str:
    """The table's name at AWS."""
    name: str = model.Meta.table_name  # type: ignore[attr-defined, unused-ignore]  # every table has a Meta
    return name


def key_of(model: type[Table], item: dict[str, Any]) -> dict[str, Any]:
    """The key of an item, in DynamoDB's own JSON."""
    keys = [each for each in model.get_attributes().values() if each.is_hash_key or each.is_range_key]
    return {each.attr_name: item[each.attr_name] for each in sorted(keys, key=lambda key: key.is_range_key)}
