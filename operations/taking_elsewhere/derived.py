"""Rows that follow from others, and so are made from them instead of being taken along: the names that are taken, and
what lists show of pipelines."""

from collections.abc import Iterator

from chalicelib.pipelines import records
from chalicelib.pipelines.table import Pipeline
from chalicelib.unique_names import UniqueName, email_name, integration_name, organisation_name, slug_name

from ..tables import Item


def name_of(noun: str, item: Item) -> tuple[str, str] | None:
    """The name that a row takes, and who has it then; None for one that takes none."""
    if "S" in item.get("deleted_at", {}):
        return None
    if noun == "organisations":
        return organisation_name(item["slug"]["S"]), item["id"]["S"]
    if noun == "users":
        return email_name(item["email"]["S"]), user_of(item)
    if noun == "pipelines":
        return slug_name(item["org_id"]["S"], item["slug"]["S"]), item["id"]["S"]
    if noun == "integrations":
        return integration_name(item["org_id"]["S"], item["name"]["S"]), item["id"]["S"]
    return None


def user_of(item: Item) -> str:
    """What a user is called as the owner of a name."""
    return f"{item['org_id']['S']}/{item['id']['S']}"


def rows_of(noun: str, item: Item) -> Iterator[tuple[str, Item]]:
    """The rows that follow from one."""
    if taken := name_of(noun, item):
        name, owner = taken
        yield "unique-names", UniqueName(name, owner=owner).serialize()
    if noun == "pipelines":
        yield "pipeline-list", records.row_of(Pipeline.from_raw_data(dict(item))).serialize()
