"""The DynamoDB tables, derived from the models: there is no second description of a schema to keep in step."""

from collections.abc import Iterable
from typing import Any

from pynamodb.attributes import TTLAttribute

from ..accounts.table import Organisation, Session, SignInFailures, User
from ..activity.table import Counter, LiveEvent, SeenEvent
from ..api.table import IdempotencyRecord
from ..audit.table import AuditEntry
from ..collector.table import CollectorBuild, CurrentBuild
from ..delivery.table import DeadLetter, Delivery
from ..ingestion.table import RateBucket
from ..integrations.table import Integration, PipelineIntegration, Revision
from ..pipelines.table import ChallengeToken, Change, Pipeline, PipelineKey, PipelineRevision, PipelineRow
from ..settings import table_prefix
from ..store import Table
from ..unique_names import UniqueName

MODELS: tuple[type[Table], ...] = (
    AuditEntry,
    ChallengeToken,
    Change,
    CollectorBuild,
    Counter,
    CurrentBuild,
    DeadLetter,
    Delivery,
    IdempotencyRecord,
    Integration,
    LiveEvent,
    Organisation,
    Pipeline,
    PipelineIntegration,
    PipelineKey,
    PipelineRevision,
    PipelineRow,
    RateBucket,
    Revision,
    SeenEvent,
    Session,
    SignInFailures,
    UniqueName,
    User,
)
_IMPORTED_PREFIX = table_prefix()  # what the models' own names start with, whatever stage a template is made for


def tables(prefix: str) -> dict[str, Any]:
    """The resource of every model, by its logical id; table names start with `prefix`."""
    return {logical_id(model): _table(model, prefix) for model in MODELS}


def logical_id(model: type[Table]) -> str:
    """`signal-dev-pipeline-keys` → `PipelineKeysTable`."""
    return "".join(word.capitalize() for word in _noun(model).split("-")) + "Table"


def _noun(model: type[Table]) -> str:
    name: str = model.Meta.table_name  # type: ignore[attr-defined, unused-ignore]  # every table has a Meta
    return name.removeprefix(_IMPORTED_PREFIX)


def _table(model: type[Table], prefix: str) -> dict[str, Any]:
    return {
        "Type": "AWS::DynamoDB::Table",
        "DeletionPolicy": "RetainExceptOnCreate",
        "UpdateReplacePolicy": "Retain",
        "Properties": {
            "TableName": prefix + _noun(model),
            "BillingMode": "PAY_PER_REQUEST",
            "DeletionProtectionEnabled": True,
            **_schema(model),
            **_time_to_live(model),
            "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
            "SSESpecification": {"SSEEnabled": True},
        },
    }


def _schema(model: type[Table]) -> dict[str, Any]:
    schema = model._get_schema()
    properties: dict[str, Any] = {
        "AttributeDefinitions": sorted(schema["attribute_definitions"], key=lambda each: each["AttributeName"]),
        "KeySchema": _hash_first(schema["key_schema"]),
        "GlobalSecondaryIndexes": _indexes(schema["global_secondary_indexes"]),
        "LocalSecondaryIndexes": _indexes(schema["local_secondary_indexes"]),
    }
    return {name: value for name, value in properties.items() if value}


def _indexes(indexes: Iterable[Any]) -> list[dict[str, Any]]:
    return [
        {
            "IndexName": index["index_name"],
            "KeySchema": _hash_first(index["key_schema"]),
            "Projection": index["projection"],
        }
        for index in indexes
    ]


def _hash_first(key_schema: Iterable[Any]) -> list[dict[str, str]]:
    """CloudFormation wants the hash key first; PynamoDB lists keys by name."""
    return sorted(({**key} for key in key_schema), key=lambda key: key["KeyType"])


def _time_to_live(model: type[Table]) -> dict[str, Any]:
    for attribute in model.get_attributes().values():
        if isinstance(attribute, TTLAttribute):
            return {"TimeToLiveSpecification": {"AttributeName": attribute.attr_name, "Enabled": True}}
    return {}
