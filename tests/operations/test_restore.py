"""Bringing back what tables had: what was lost is there again and works, and what was made since stays."""

import argparse
from datetime import datetime

import boto3
import pytest
from botocore.stub import Stubber

from chalicelib.infrastructure.tables import MODELS
from chalicelib.pipelines import catalogue
from chalicelib.pipelines.table import Pipeline, PipelineKey, PipelineRow
from deployment.account import Account
from deployment.terminal import Terminal
from deployment.waiting import Clock
from operations import tables
from operations.failure import OperationFailed
from operations.place import Place
from operations.restoring import restore
from operations.restoring.side_tables import SideTables

from ..client import path_of

AT = "2026-02-25T09:59:00Z"


@pytest.fixture
def stage(owner):
    """The stage of the test with point-in-time recovery, as its template says."""
    place = Place(Account(boto3.Session(), "123456789012", "us-east-1"), "test")
    for model in MODELS:
        place.client("dynamodb").update_continuous_backups(
            TableName=tables.name_of(model), PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
        )
    return place


def run(stage, table="configuration", **asked):
    """The command, with what was said."""
    given = {"at": AT, "different": "", "dry_run": "", "confirm": "test"} | asked
    restore.run(stage, argparse.Namespace(table=table, **given))


def remember(stage, table="configuration"):
    """Restore what tables have now beside them: the emulator knows no moment but the present."""
    run(stage, table, dry_run="1")


def lose(pipeline, *models):
    """Delete the pipeline's rows behind the product's back."""
    with_org = {"org_id": pipeline["org_id"], "id": pipeline["id"]}
    for model in models or (Pipeline, PipelineRow, PipelineKey):
        key = (pipeline["pipeline_key"],) if model is PipelineKey else tuple(with_org.values())
        model(*key).delete()


def names(owner):
    return sorted(each["name"] for each in owner.get("/v1/admin/pipelines").json["pipelines"])


def test_a_pipeline_that_was_lost_is_back_and_takes_events(owner, api, stage):
    pipeline = owner.a_pipeline(name="Lost")
    remember(stage)
    lose(pipeline)
    sent = {"writeKey": pipeline["pipeline_key"], "event": "Bought"}
    assert api.post("/v1/t", sent).status == 401
    run(stage)
    assert api.post("/v1/t", sent).status == 200
    assert owner.get(path_of(pipeline)).json["name"] == "Lost"


def test_who_has_read_the_list_before_notices_what_is_back(owner, stage, time):
    pipeline = owner.a_pipeline(name="Lost")
    remember(stage)
    lose(pipeline)
    owner.a_pipeline(name="Another")
    catalogue.forget()
    assert names(owner) == ["Another"]
    time.pass_(minutes=10)
    run(stage)
    assert names(owner) == ["Another", "Lost"]


def test_what_was_made_or_changed_since_stays(owner, stage):
    changed = owner.a_pipeline(name="Then")
    remember(stage)
    owner.put(path_of(changed), {"name": "Now"})
    owner.a_pipeline(name="New")
    run(stage)
    assert names(owner) == ["New", "Now"]


def test_what_has_become_different_is_brought_back_when_asked(owner, stage):
    changed = owner.a_pipeline(name="Then")
    remember(stage)
    owner.put(path_of(changed), {"name": "Now"})
    owner.a_pipeline(name="New")
    run(stage, different="1")
    assert (names(owner), owner.get(path_of(changed)).json["name"]) == (["New", "Then"], "Then")


def test_a_dry_run_says_what_is_missing_and_changes_nothing(owner, stage, capsys):
    pipeline = owner.a_pipeline(name="Lost")
    remember(stage)
    lose(pipeline, Pipeline)
    run(stage, "pipelines", dry_run="1")
    told = capsys.readouterr().out
    assert "pipelines              1 missing, 0 different, 0 as they were" in told
    assert f"missing   {pipeline['org_id']} / {pipeline['id']}" in told
    assert Pipeline.count() == 0


def test_the_tables_beside_are_gone_at_the_end(owner, stage):
    remember(stage)
    assert any("-at-" in name for name in stage.client("dynamodb").list_tables()["TableNames"])
    run(stage)
    assert not any("-at-" in name for name in stage.client("dynamodb").list_tables()["TableNames"])


def test_the_same_again_brings_back_nothing(owner, stage, capsys):
    lost = owner.a_pipeline()
    remember(stage)
    lose(lost)
    run(stage)
    capsys.readouterr()
    run(stage, at="2026-02-25T09:58:00Z", different="1")
    assert " 0 missing, 0 different" in capsys.readouterr().out


def test_what_would_have_expired_does_not_come_back(owner, stage, time, capsys):
    remember(stage, "audit-log")
    time.pass_(days=401)
    run(stage, "audit-log")
    assert "audit-log              0 missing, 0 different, 0 as they were" in capsys.readouterr().out


def test_a_row_that_somebody_changes_meanwhile_is_left(owner, stage, monkeypatch, capsys):
    pipeline = owner.a_pipeline(name="Then")
    remember(stage, "pipelines")
    owner.put(path_of(pipeline), {"name": "Now"})
    condition = restore.CopyBack._condition

    def overtaken(self, item, now):
        owner.put(path_of(pipeline), {"name": "Later"})
        return condition(self, item, now)

    monkeypatch.setattr(restore.CopyBack, "_condition", overtaken)
    run(stage, "pipelines", different="1")
    assert owner.get(path_of(pipeline)).json["name"] == "Later"
    assert "1 were changed meanwhile and left" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        pytest.param({"table": ""}, "TABLE '' must be configuration, people, all, or one of", id="no table"),
        pytest.param({"table": "sessions"}, "lives for days at most, and is not set back", id="sign-ins"),
        pytest.param({"at": ""}, "AT '' must be a moment that has been", id="no moment"),
        pytest.param({"at": "2026-02-25T09:00:00"}, "must be a moment that has been, with its zone", id="no zone"),
        pytest.param({"at": "2027-02-25T09:00:00Z"}, "must be a moment that has been", id="the future"),
        pytest.param({"confirm": "prod"}, 'say CONFIRM="test"', id="another stage"),
        pytest.param({"dry_run": "yes"}, "DRY_RUN 'yes' must be 1", id="a switch"),
    ],
)
def test_what_cannot_be_restored_is_said_and_nothing_is_made(stage, asked, words):
    with pytest.raises(Exception, match=words):
        run(stage, **asked)
    assert not any("-at-" in name for name in stage.client("dynamodb").list_tables()["TableNames"])


WINDOW = {"EarliestRestorableDateTime": datetime(2026, 1, 21), "LatestRestorableDateTime": datetime(2026, 2, 25, 9)}


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("InvalidRestoreTimeException", "AT must be from 2026-01-21T00:00:00Z to 2026-02-25T09:00:00Z"),
        ("PointInTimeRecoveryUnavailableException", "its point-in-time recovery is switched off"),
        ("TableNotFoundException", "there is no such table"),
    ],
)
def test_what_aws_refuses_to_restore_is_said(time, code, words):
    """The emulators refuse no moment, so the answers are those of the API reference."""
    place = Place(Account(boto3.Session(), "123456789012", "us-east-1"), "test")
    with Stubber(place.client("dynamodb")) as stub:
        stub.add_client_error("describe_table", "ResourceNotFoundException")
        stub.add_client_error("restore_table_to_point_in_time", code)
        recovery = {"PointInTimeRecoveryStatus": "ENABLED"} | WINDOW
        described = {"ContinuousBackupsStatus": "ENABLED", "PointInTimeRecoveryDescription": recovery}
        stub.add_response("describe_continuous_backups", {"ContinuousBackupsDescription": described})
        side = SideTables(place, time.moment, Terminal(), Clock())
        with pytest.raises(OperationFailed, match=f"signal-test-users cannot be restored.*: {words}"):
            side.make(["signal-test-users"])


def test_every_table_is_restored_or_lives_shortly():
    restored = {tables.name_of(model) for model in tables.named("all")}
    others = {tables.name_of(model).removeprefix("signal-test-") for model in MODELS} - {
        each.removeprefix("signal-test-") for each in restored
    }
    assert others == {
        *("challenge-tokens", "deliveries", "idempotency", "live-events", "pipeline-changes", "rate-buckets"),
        *("seen-events", "sessions", "sign-in-failures"),
    }
