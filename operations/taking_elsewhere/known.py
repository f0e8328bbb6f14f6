"""What an export knows: who and what is in it, as far as it decides what of a stage's own is in its way, or was taken
away since."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from chalicelib.accounts.table import User
from chalicelib.integrations.table import PipelineIntegration
from chalicelib.store import Table
from chalicelib.unique_names import UniqueName

from ..copy_back import VERSION
from ..tables import Item, key_of, model_of
from . import derived

# What the product deletes for good, and so is missing in a later export. Everything else is marked as deleted.
DELETED_FOR_GOOD: tuple[type[Table], ...] = (PipelineIntegration, UniqueName, User)


@dataclass
class Known:
    """The ids, names and keys of an export: some hundred bytes for each pipeline, integration and user."""

    organisations: set[str] = field(default_factory=set)
    owners: set[str] = field(default_factory=set)  # of names
    pipelines: set[str] = field(default_factory=set)
    names: dict[str, str] = field(default_factory=dict)  # with who has them
    keys: dict[str, str] = field(default_factory=dict)  # pipeline keys, with their organisations
    versions: dict[str, dict[str, tuple[Item, int]]] = field(default_factory=dict)  # with the keys of rows, by table
    present: dict[str, set[str]] = field(default_factory=dict)  # rows of what is deleted for good, by table

    def add(self, noun: str, item: Item) -> None:
        """Take notice of a row."""
        if noun == "organisations":
            self.organisations.add(item["id"]["S"])
        if noun == "pipelines":
            self.pipelines.add(item["id"]["S"])
        if noun in ("organisations", "pipelines", "integrations"):
            self.owners.add(item["id"]["S"])
        if noun == "users":
            self.owners.add(derived.user_of(item))
        if noun == "pipeline-keys":
            self.keys[item["pipeline_key"]["S"]] = item["org_id"]["S"]
        if taken := derived.name_of(noun, item):
            self.names |= [taken]
        if VERSION in item:
            key = key_of(model_of(noun), item)
            self.versions.setdefault(noun, {})[str(key)] = key, int(item[VERSION]["N"])
        if noun in ("users", "pipeline-integrations"):
            self.present.setdefault(noun, set()).add(str(key_of(model_of(noun), item)))

    def is_foreign(self, name: Item) -> bool:
        """Whether a name of the stage is taken by something that this has not: one of another's, or one of this whose
        user has gone, is only different."""
        owner = name["owner"]["S"]
        return owner not in self.owners and owner.partition("/")[0] not in self.organisations

    def is_newer(self, noun: str, item: Item) -> bool:
        """Whether a row of the stage was changed more often than that in here."""
        return int(item[VERSION]["N"]) > self.versions[noun][str(key_of(model_of(noun), item))][1]

    def was_taken_away(self, noun: str, item: Item) -> bool:
        """Whether a row of the stage belongs to what is in here, and is not: what was made in the stage stays."""
        if noun == "unique-names":
            return not self.is_foreign(item) and item["name"]["S"] not in self.names
        if noun == "pipeline-integrations":
            ours = item["pipeline_id"]["S"] in self.pipelines
        else:
            ours = item["org_id"]["S"] in self.organisations
        return ours and str(key_of(model_of(noun), item)) not in self.present.get(noun, set())


def known(rows: Iterable[tuple[str, Item]]) -> Known:
    """What these rows, all of an export, know."""
    found = Known()
    for noun, item in rows:
        found.add(noun, item)
    return found


def conflicts(known: Known, names: Iterable[Item], keys: Iterable[Item]) -> Iterator[str]:
    """What of these names and keys of the stage is in the way."""
    for each in names:
        if known.is_foreign(each):
            _, kind, name = each["name"]["S"].split("#", 2)
            yield f"{kind} {name} ({each['owner']['S']})"
    for each in keys:
        if each["org_id"]["S"] != known.keys[each["pipeline_key"]["S"]]:
            yield f"pipeline key {each['pipeline_key']['S']} ({each['org_id']['S']})"
