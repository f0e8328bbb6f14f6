"""A stage's configuration and people, read so that all of it fits together while people go on changing it.

A pipeline and its key are read at once. What belongs to a pipeline or an integration is read after it, and left out
when it is of a later version; what points to revisions is read before them, so that they are all there. Names are not
read but follow from who has them; where one went from one to another meanwhile, what was read does not fit.
"""

import random
import time
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar

from chalicelib.accounts.table import Organisation, User
from chalicelib.collector.table import CollectorBuild, CurrentBuild
from chalicelib.integrations.table import Integration, PipelineIntegration, Revision
from chalicelib.pipelines.records import key_of as pipeline_key_of
from chalicelib.pipelines.table import Pipeline, PipelineKey, PipelineRevision
from chalicelib.store import CONFLICT_ATTEMPTS, Table
from deployment.sign_in import SMOKE_TEST

from ..place import Place
from ..side_by_side import side_by_side
from ..tables import AUDIT, Item, key_of, model_of, name_of, noun_of, stored
from . import derived, scripts

READ_AT_ONCE = 8  # pipelines; DynamoDB, TransactGetItems: 4 MB, and each has up to 400 KB with its key
BUILDS_AT_ONCE = 50

Row = tuple[str, Item]
Each = TypeVar("Each")


class DoesNotFit(Exception):
    """Something changed so that what was read before and after does not fit together; it has to be read again."""


class Picture:
    """One reading of all rows that are taken along: without the organisation of the smoke test, which each stage has of
    its own."""

    def __init__(self, place: Place, *, audit: bool) -> None:
        self.without_script = 0  # pipelines whose current script is gone
        self._dynamodb = place.client("dynamodb")
        self._audit = audit
        self._organisations: set[str] = set()
        self._versions: dict[str, int] = {}  # of pipelines, as they were read
        self._latest: dict[str, int] = {}  # the newest revisions of integrations, as they were read
        self._names: set[str] = set()

    def rows(self) -> Iterator[Row]:
        """All rows, each with its table, as they are stored. Raises DoesNotFit."""
        found = self._scan(Organisation)
        self._organisations = {each["id"]["S"] for each in found if each["slug"]["S"] != SMOKE_TEST}
        attached = list(self._ours(PipelineIntegration))
        for row in self._readings():
            self._take_name(*row)
            yield row
        yield from ((noun_of(PipelineIntegration), each) for each in attached)
        for row in self._people():
            self._take_name(*row)
            yield row
        if self._audit:
            yield from ((AUDIT, each) for each in self._ours(model_of(AUDIT)))

    def _readings(self) -> Iterator[Row]:
        yield from self._pipelines()
        yield from self._up_to(PipelineRevision, "pipeline_id", self._versions)
        yield from self._collectors()
        for each in self._ours(Integration):
            self._latest[each["id"]["S"]] = int(each["latest_revision"]["N"])
            yield noun_of(Integration), each
        yield from self._up_to(Revision, "integration_id", self._latest)

    def _pipelines(self) -> Iterator[Row]:
        keys = self._ours(Pipeline, ProjectionExpression="org_id, id")
        for together in side_by_side(self._with_their_keys, _groups(keys, READ_AT_ONCE)):
            for pipeline, key in together:
                self._versions[pipeline["id"]["S"]] = int(pipeline["version"]["N"])
                yield noun_of(Pipeline), pipeline
                if key:  # one that was lost is what `make restore` is for
                    yield noun_of(PipelineKey), key

    def _with_their_keys(self, pipelines: list[Item]) -> list[tuple[Item, Item]]:
        wanted = []
        for each in pipelines:
            pipeline_key = {"pipeline_key": {"S": pipeline_key_of(each["id"]["S"])}}
            wanted += [(Pipeline, key_of(Pipeline, each)), (PipelineKey, pipeline_key)]
        items = self._at_once(wanted)
        return [each for each in zip(items[::2], items[1::2], strict=True) if each[0]]

    def _at_once(self, wanted: list[tuple[type[Table], Item]]) -> list[Item]:
        """The rows under these keys, all of one moment."""
        asked = [{"Get": {"TableName": name_of(model), "Key": key}} for model, key in wanted]
        for attempt in range(CONFLICT_ATTEMPTS):
            try:
                answer = self._dynamodb.transact_get_items(TransactItems=asked)
                return [each.get("Item", {}) for each in answer["Responses"]]
            except self._dynamodb.exceptions.TransactionCanceledException:  # somebody changes one of them
                time.sleep(random.uniform(0, min(0.02 * 2**attempt, 0.4)))
        raise DoesNotFit

    def _up_to(self, model: type[Table], owner: str, newest: dict[str, int]) -> Iterator[Row]:
        """The numbered rows of owners that were read, but for those that came after."""
        for each in self._ours(model):
            if int(each["number"]["N"]) <= newest.get(each[owner]["S"], 0):
                yield noun_of(model), each

    def _collectors(self) -> Iterator[Row]:
        current = (each for each in self._scan(CurrentBuild) if each["pipeline_id"]["S"] in self._versions)
        for group in _groups(current, BUILDS_AT_ONCE):
            keys = {each["pipeline_id"]["S"]: _key_of_build(each) for each in group}
            builds = stored(self._dynamodb, CollectorBuild, keys.values())
            ready = [(each, builds.get(str(keys[each["pipeline_id"]["S"]]))) for each in group]
            with_script = side_by_side(lambda pair: (*pair, pair[1] and scripts.script_of(pair[1])), ready)
            for pointer, build, script in with_script:
                if build is None or script is None:
                    self.without_script += 1
                    continue
                yield scripts.NOUN, script
                yield noun_of(CollectorBuild), build
                yield noun_of(CurrentBuild), pointer

    def _people(self) -> Iterator[Row]:
        for organisation, users in side_by_side(self._organisation, sorted(self._organisations)):
            yield from ((noun_of(User), each) for each in users)
            yield noun_of(Organisation), organisation

    def _organisation(self, org_id: str) -> tuple[Item, list[Item]]:
        """An organisation with its users: one that counts as many owners as it has."""
        for _ in range(CONFLICT_ATTEMPTS):
            key = {"id": {"S": org_id}}
            found = self._dynamodb.get_item(TableName=name_of(Organisation), Key=key, ConsistentRead=True)["Item"]
            pages = self._dynamodb.get_paginator("query").paginate(
                TableName=name_of(User),
                ConsistentRead=True,
                KeyConditionExpression="org_id = :o",
                ExpressionAttributeValues={":o": {"S": org_id}},
            )
            users = [each for page in pages for each in page["Items"]]
            if int(found["owners"]["N"]) == sum(each["role"]["S"] == "owner" for each in users):
                return found, users
        raise DoesNotFit

    def _take_name(self, noun: str, item: Item) -> None:
        if taken := derived.name_of(noun, item):
            if taken[0] in self._names:
                raise DoesNotFit
            self._names.add(taken[0])

    def _ours(self, model: type[Table], **more: Any) -> Iterator[Item]:
        return (each for each in self._scan(model, **more) if each["org_id"]["S"] in self._organisations)

    def _scan(self, model: type[Table], **more: Any) -> Iterator[Item]:
        pages = self._dynamodb.get_paginator("scan").paginate(TableName=name_of(model), ConsistentRead=True, **more)
        return (item for page in pages for item in page["Items"])


def _key_of_build(pointer: Item) -> Item:
    return {"pipeline_id": pointer["pipeline_id"], "id": pointer["build_id"]}


def _groups(items: Iterable[Each], size: int) -> Iterator[list[Each]]:
    walk = iter(items)
    while group := list(islice(walk, size)):
        yield group
