"""What is always true of an organisation's tables, whatever happened to it."""

import json
from collections import Counter
from collections.abc import Collection
from typing import Any

from boto3.dynamodb.conditions import Key

from chalicelib import encryption
from chalicelib.store import named


def all_of(table: Any, hash_key: str, value: str) -> list[dict[str, Any]]:
    """The items of one partition."""
    asked = {"KeyConditionExpression": Key(hash_key).eq(value), "ConsistentRead": True}
    page = table.query(**asked)
    found = page["Items"]
    while "LastEvaluatedKey" in page:
        page = table.query(**asked, ExclusiveStartKey=page["LastEvaluatedKey"])
        found += page["Items"]
    return found


def ids(tables: Any, org_id: str) -> set[str]:
    """The ids of all pipelines and integrations of an organisation."""
    nouns = ("pipelines", "integrations")
    return {each["id"] for noun in nouns for each in all_of(tables.Table(named(noun)), "org_id", org_id)}


def check(tables: Any, org_id: str, known: Collection[str] = ()) -> list[dict[str, Any]]:
    """Pipelines, rows, keys and names of the organisation agree, and so do integrations, revisions and what is
    attached; returns the pipelines that are not deleted. Into those with a `known` id it does not look again."""
    pipelines = all_of(tables.Table(named("pipelines")), "org_id", org_id)
    living = [pipeline for pipeline in pipelines if "deleted_at" not in pipeline]
    rows = all_of(tables.Table(named("pipeline-list")), "o", org_id)
    shown = {row["i"]: row for row in rows if "x" not in row}
    assert set(shown) == {pipeline["id"] for pipeline in living}
    for pipeline in living:
        row = shown[pipeline["id"]]
        assert (row["n"], row["s"], row["e"]) == (pipeline["name"], pipeline["slug"], pipeline["enabled"])
        assert row["u"] == pipeline["updated_at"]
    _check_names(tables, org_id, living)
    looked_into = [pipeline for pipeline in pipelines if pipeline["id"] not in known]
    for pipeline in looked_into:
        _check_key(tables, pipeline)
    _check_integrations(tables, org_id, looked_into, known)
    _check_history(tables, org_id, looked_into)
    return living


WRITES_OF_PIPELINES = {"created", "updated", "deleted", "restored", "secret_rotated", "revision_restored"}


def _check_history(tables: Any, org_id: str, pipelines: list[dict[str, Any]]) -> None:
    """Each version of a pipeline is a revision and an entry of the audit trail, each revision of an integration and
    each user and what is attached have theirs: no change without its entry, no entry without its change."""
    trail = all_of(tables.Table(named("audit-log")), "org_id", org_id)
    done = Counter((entry["resource_id"], entry["action"]) for entry in trail)
    for pipeline in pipelines:
        revisions = all_of(tables.Table(named("pipeline-revisions")), "pipeline_id", pipeline["id"])
        assert [revision["number"] for revision in revisions] == list(range(1, int(pipeline["version"]) + 1))
        said = json.loads(revisions[-1]["configuration"])
        assert (said["name"], said["slug"], said["enabled"]) == (
            pipeline["name"],
            pipeline["slug"],
            pipeline["enabled"],
        )
        versions = sum(done[pipeline["id"], f"pipeline.{action}"] for action in WRITES_OF_PIPELINES)
        assert versions == pipeline["version"]
        attached = all_of(tables.Table(named("pipeline-integrations")), "pipeline_id", pipeline["id"])
        told = done[pipeline["id"], "integration.attached"] - done[pipeline["id"], "integration.detached"]
        assert told == len(attached)
    for integration in all_of(tables.Table(named("integrations")), "org_id", org_id):
        actions = ("created", "updated", "deleted", "restored", "revised")
        assert sum(done[integration["id"], f"integration.{action}"] for action in actions) == integration["version"]
    users = {user["id"]: user for user in all_of(tables.Table(named("users")), "org_id", org_id)}
    added = {resource for resource, action in done if action == "user.added"}
    removed = {resource for resource, action in done if action == "user.removed"}
    assert added - removed == set(users)
    for user_id, user in users.items():
        changes = done[user_id, "user.updated"] + done[user_id, "user.password_changed"]
        assert changes + 1 == user["version"]


def _check_names(tables: Any, org_id: str, living: list[dict[str, Any]]) -> None:
    assert _taken(tables, f"{org_id}#pipeline#") == {pipeline["slug"]: pipeline["id"] for pipeline in living}


def _taken(tables: Any, prefix: str) -> dict[str, str]:
    """The names taken with this prefix, and their owners."""
    items = tables.Table(named("unique-names")).scan(ConsistentRead=True)["Items"]
    return {item["name"].removeprefix(prefix): item["owner"] for item in items if item["name"].startswith(prefix)}


def _check_integrations(tables: Any, org_id: str, pipelines: list[dict[str, Any]], known: Collection[str]) -> None:
    integrations = all_of(tables.Table(named("integrations")), "org_id", org_id)
    living = {one["name"].casefold(): one["id"] for one in integrations if "deleted_at" not in one}
    assert _taken(tables, f"{org_id}#integration#") == living
    latest = {one["id"]: one["latest_revision"] for one in integrations}
    for integration_id in latest.keys() - set(known):
        revisions = all_of(tables.Table(named("integration-revisions")), "integration_id", integration_id)
        assert [revision["number"] for revision in revisions] == list(range(1, int(latest[integration_id]) + 1))
    for pipeline in pipelines:
        for attached in all_of(tables.Table(named("pipeline-integrations")), "pipeline_id", pipeline["id"]):
            assert attached["org_id"] == org_id
            assert 1 <= attached["revision"] <= latest[attached["integration_id"]]


def _check_key(tables: Any, pipeline: dict[str, Any]) -> None:
    found = tables.Table(named("pipeline-keys")).get_item(
        Key={"pipeline_key": f"dk_{pipeline['id']}"}, ConsistentRead=True
    )
    key = found["Item"]
    for name in ("org_id", "type", "enabled", "rate_limit_rps", "challenge_token_required", "domain_allowlist"):
        assert key[name] == pipeline[name], name
    assert key["deleted"] == ("deleted_at" in pipeline)
    assert secret_of(key).startswith(pipeline["pipeline_key_secret_prefix"])


def secret_of(key: dict[str, Any], which: str = "secret") -> str:
    """The secret in a key's item."""
    return encryption.decrypt(key[which], {"pipeline_id": key["pipeline_id"]})
