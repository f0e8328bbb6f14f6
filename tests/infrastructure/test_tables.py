"""The template's tables are those of the models, wherever in the product a model is."""

import importlib
import os
import pkgutil
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

import chalicelib
from chalicelib import store
from chalicelib.infrastructure.tables import MODELS, logical_id, tables

AWS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}
SCHEMA = ("KeySchema", "AttributeDefinitions", "GlobalSecondaryIndexes", "LocalSecondaryIndexes")


def _import_everything() -> None:
    for module in pkgutil.walk_packages(chalicelib.__path__, "chalicelib."):
        importlib.import_module(module.name)


def _stored(base: type[store.Table]) -> set[type[store.Table]]:
    found = {base} if hasattr(base, "Meta") and hasattr(base.Meta, "table_name") else set()
    return found.union(*map(_stored, base.__subclasses__()))


@pytest.fixture
def dynamodb(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in AWS.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        store.forget_connections()
        yield boto3.client("dynamodb")
    store.forget_connections()


def test_every_model_of_the_product_has_a_table() -> None:
    _import_everything()
    assert _stored(store.Table) == set(MODELS)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_the_table_is_the_one_that_the_model_makes(dynamodb: Any, model: type[store.Table]) -> None:
    model.create_table(wait=True)
    properties = tables("signal-other-")[logical_id(model)]["Properties"]
    dynamodb.create_table(
        **{name: properties[name] for name in ("TableName", "BillingMode", *SCHEMA) if name in properties}
    )
    ttl = properties.get("TimeToLiveSpecification")
    if ttl:
        dynamodb.update_time_to_live(TableName=properties["TableName"], TimeToLiveSpecification=ttl)
    assert _description(dynamodb, properties["TableName"]) == _description(dynamodb, model.Meta.table_name)  # type: ignore[attr-defined]


def _description(dynamodb: Any, name: str) -> dict[str, Any]:
    table = dynamodb.describe_table(TableName=name)["Table"]
    ttl = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    return {
        "keys": _keys(table),
        "attributes": sorted(table["AttributeDefinitions"], key=lambda each: each["AttributeName"]),
        "indexes": {
            index["IndexName"]: (kind, _keys(index), index["Projection"])
            for kind in SCHEMA[2:]
            for index in table.get(kind, [])
        },
        "ttl": ttl.get("AttributeName"),
    }


def _keys(schema: dict[str, Any]) -> dict[str, str]:
    return {key["KeyType"]: key["AttributeName"] for key in schema["KeySchema"]}


def test_names_follow_the_stage_and_logical_ids_do_not() -> None:
    dev, prod = tables("signal-dev-"), tables("signal-prod-")
    assert list(dev) == list(prod)
    assert dev["PipelineKeysTable"]["Properties"]["TableName"] == "signal-dev-pipeline-keys"
    assert prod["PipelineKeysTable"]["Properties"]["TableName"] == "signal-prod-pipeline-keys"


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_table_is_kept_backed_up_and_encrypted(model: type[store.Table]) -> None:
    table = tables("signal-prod-")[logical_id(model)]
    assert (table["DeletionPolicy"], table["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")
    assert table["Properties"]["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["Properties"]["SSESpecification"] == {"SSEEnabled": True}
