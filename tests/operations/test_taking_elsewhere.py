"""Taking a stage's configuration to another: what works there, what stays as it was, and what is refused."""

import hashlib
import hmac
import json
import os

import pytest

from chalicelib import aws, clock
from chalicelib.accounts.bootstrap import ensure_user
from chalicelib.accounts.table import Organisation
from chalicelib.infrastructure.tables import MODELS
from chalicelib.integrations import readiness
from chalicelib.integrations.table import Integration, PipelineIntegration, Revision
from chalicelib.pipelines import catalogue, changes
from chalicelib.pipelines.table import Change, Pipeline, PipelineKey
from chalicelib.unique_names import UniqueName
from deployment.failure import Failure
from operations import tables
from operations.failure import OperationFailed
from operations.taking_elsewhere import import_stage, picture
from operations.taking_elsewhere.picture import Picture
from operations.taking_elsewhere.taking_in import TakingIn

from ..client import PASSWORD, path_of, path_of_integration
from ..collector.test_api import built, published, work_all

OWNER = "owner@acme.example"
LOGS = "/v1/admin/audit-logs"
TOKEN = "secret-1"  # that of the vendor, see `client.WEBHOOK`


@pytest.fixture
def shop(owner, work):
    """A pipeline with a collector, whose events go to a webhook; and what its pages load."""
    pipeline = owner.a_pipeline(name="Shop")
    integration = owner.an_integration()
    owner.attach(integration, pipeline)
    built(owner, work, pipeline)
    return pipeline


def script_of(pipeline):
    return published(f"collectors/{pipeline['pipeline_key']}/d.js")["Body"].read()


def signed(pipeline, body):
    """The headers of a server that signs."""
    at = str(clock.milliseconds())
    made = hmac.new(pipeline["pipeline_key_secret"].encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return {"X_Pipeline_Key": pipeline["pipeline_key"], "X_Timestamp": at, "X_Signature": f"sha256={made}"}


def names(owner):
    return sorted(each["name"] for each in owner.get("/v1/admin/pipelines").json["pipelines"])


def rows(model):
    """What a table has, in DynamoDB's own JSON."""
    found = aws.client("dynamodb").scan(TableName=tables.name_of(model))["Items"]
    return sorted(found, key=lambda item: json.dumps(tables.key_of(model, item)))


pytestmark = pytest.mark.moto("a stage that is left is put away with all that moto holds, and comes back so")
ANNOUNCED = tables.noun_of(Change)


def everything():
    return {tables.noun_of(model): rows(model) for model in MODELS}


def test_every_table_is_taken_along_or_follows_from_those_or_stays():
    """Who adds a table decides which."""
    decided = [*tables.EXPORTED, *tables.DERIVED, *tables.STAYING]
    assert sorted(decided) == sorted(tables.noun_of(model) for model in MODELS)


def test_in_another_stage_the_same_key_and_secret_are_accepted(stages, api, owner, shop):
    stages.export()
    stages.go_to_another()
    body = b'{"type": "track", "event": "Bought", "userId": "ada"}'
    assert api.post("/v1/events", body, **signed(shop, body)).status == 401
    stages.take_in()
    assert api.post("/v1/t", {"writeKey": shop["pipeline_key"], "event": "Bought"}).status == 200
    assert api.post("/v1/events", body, **signed(shop, body)).status == 200


def test_a_secret_that_is_kept_for_a_while_is_accepted_too(stages, api, owner, shop):
    owner.post(path_of(shop, "/rotate-secret"), {"grace_seconds": 3600})
    stages.export()
    stages.go_to_another()
    stages.take_in()
    body = b'{"type": "track", "event": "Bought", "userId": "ada"}'
    assert api.post("/v1/events", body, **signed(shop, body)).status == 200


def test_people_sign_in_with_the_same_password_and_see_the_same(stages, api, owner, shop):
    before = owner.get(path_of(shop)).json
    stages.export()
    stages.go_to_another()
    stages.take_in()
    there = api.signed_in(OWNER)
    assert there.get(path_of(shop)).json == before
    assert names(there) == ["Shop"]
    assert [each["number"] for each in there.get(path_of(shop, "/revisions")).json["revisions"]] == [1]


def test_pages_load_the_same_collector(stages, owner, shop):
    before, status = script_of(shop), owner.get(path_of(shop, "/collector/status")).json
    stages.export()
    stages.go_to_another()
    stages.take_in()
    assert script_of(shop) == before
    assert owner.get(path_of(shop, "/collector/status")).json == status


def test_what_is_not_published_yet_is_not_published_by_it(stages, owner, shop):
    before = script_of(shop)
    owner.put(path_of(shop), {"js_builder_config": {"page_views": "manual"}})
    stages.export()
    stages.go_to_another()
    stages.take_in()
    assert script_of(shop) == before
    assert owner.get(path_of(shop, "/collector/status")).json["stale"]


def test_a_vendors_token_is_there_under_the_key_of_the_new_stage(stages, owner, shop):
    stages.export()
    before = stages.key
    stages.go_to_another()
    stages.take_in()
    (revision,) = Revision.scan()
    assert readiness.template(revision).resolved({}).config.auth_token == TOKEN
    stored = json.dumps(everything())
    assert (before in stored, stages.key in stored) == (False, True)
    assert TOKEN not in stored
    assert shop["pipeline_key_secret"] not in stored


def test_nothing_is_readable_in_the_file(stages, shop):
    content = stages.export().read_bytes()
    assert not [each for each in (shop["id"], TOKEN, OWNER, "test") if each.encode() in content]
    assert oct(stages.file.stat().st_mode & 0o777) == "0o600"


def test_what_follows_from_other_rows_is_the_same_as_the_product_wrote(stages, owner, shop):
    """Names and the rows of lists are not in the file but made anew."""
    deleted = owner.a_pipeline(name="Deleted")
    owner.delete(path_of(deleted))
    before = everything()
    stages.export()
    stages.go_to_another()
    stages.take_in()
    there = everything()
    assert there["unique-names"] == before["unique-names"]
    shown = [{name: each[name] for name in each if name != "h"} for each in before["pipeline-list"] if "x" not in each]
    assert [{name: each[name] for name in each if name != "h"} for each in there["pipeline-list"]] == shown


def test_what_belongs_to_events_sign_ins_and_one_stage_stays(stages, api, owner, shop, work):
    api.post("/v1/t", {"writeKey": shop["pipeline_key"], "event": "Bought"})
    work("process")
    api.signed_in(OWNER)
    stages.export(audit="1")
    stages.go_to_another()
    stages.take_in()
    there = {noun for noun, found in everything().items() if found}
    assert there == {*tables.EXPORTED, *tables.DERIVED, ANNOUNCED}


def test_the_audit_trail_goes_along_when_asked(stages, owner, shop):
    stages.export()
    stages.go_to_another()
    stages.take_in()
    assert owner.get(LOGS).json["entries"] == []
    stages.go_back()
    before = owner.get(LOGS).json["entries"]
    stages.export(audit="1")
    stages.go_back()
    stages.take_in()
    assert owner.get(LOGS).json["entries"] == before


def test_the_organisation_of_the_smoke_test_stays(stages, owner, shop):
    """Each stage has its own, which would be in the way of the other's."""
    ensure_user("smoke-test", "smoke-test@example.com", "owner", PASSWORD)
    stages.export()
    stages.go_to_another()
    ensure_user("smoke-test", "smoke-test@example.com", "owner", PASSWORD)
    stages.take_in()
    assert UniqueName.count() == 6  # two organisations, their owners, and the shop with its integration


def test_the_same_again_changes_nothing(stages, owner, shop, time, capsys):
    owner.delete(path_of(owner.a_pipeline(name="Deleted")))
    stages.export()
    stages.go_to_another()
    stages.take_in()
    before = everything()
    capsys.readouterr()
    time.pass_(days=1)
    stages.mirror()
    assert everything() | {ANNOUNCED: before[ANNOUNCED]} == before
    told = capsys.readouterr().out
    assert told.count(" 0 missing, 0 different, ") == len([line for line in told.splitlines() if " missing, " in line])


def test_a_dry_run_says_what_is_missing_and_different_and_changes_nothing(stages, owner, shop, capsys):
    stages.export()
    stages.go_to_another()
    stages.take_in()
    stages.go_back()
    owner.put(path_of(shop), {"name": "Renamed"})
    owner.a_pipeline(name="New")
    stages.export()
    stages.go_back()
    before = everything()
    capsys.readouterr()
    stages.take_in(dry_run="1", confirm="")
    told = capsys.readouterr().out
    assert "pipelines              1 missing, 1 different, 0 as they were" in told
    assert f"different {shop['org_id']} / {shop['id']}" in told
    assert told.endswith("Nothing was changed\n")
    assert everything() == before


def test_what_is_different_is_only_changed_when_asked(stages, owner, shop):
    stages.export()
    stages.go_to_another()
    stages.take_in()
    owner.put(path_of(shop), {"name": "Here"})
    own = owner.a_pipeline(name="Own")
    stages.take_in()
    assert names(owner) == ["Here", "Own"]
    stages.take_in(different="1", newer="1")
    assert names(owner) == ["Own", "Shop"]
    assert owner.get(path_of(own)).status == 200


@pytest.mark.parametrize("dry_run", ["", "1"], ids=["in earnest", "dry run"])
def test_a_stage_that_went_on_is_not_taken_back_by_an_older_file(stages, owner, shop, dry_run):
    """As a nightly job would that nobody stopped when the other stage came into use."""
    stages.export()
    stages.go_to_another()
    stages.take_in()
    owner.put(path_of(shop), {"name": "In use"})
    before = everything()
    words = f"The stage has newer versions than FILE: pipelines {shop['org_id']} / {shop['id']}. Nothing was changed"
    with pytest.raises(OperationFailed, match=words):
        stages.take_in(different="1", dry_run=dry_run)
    assert everything() == before


@pytest.fixture
def standby(stages, shop):
    """Another stage that has the shop, and is told of every change by `follow`."""

    def follow(change, **asked):
        """Change the first stage, and take the change to the other, where the test goes on."""
        stages.go_back()
        change()
        stages.export()
        stages.go_back()
        stages.take_in(**asked)

    stages.export()
    stages.go_to_another()
    stages.take_in()
    return follow


EVERY_NIGHT = {"different": "1", "removed": "1"}


def test_a_rotated_secret_follows(standby, api, owner, shop):
    rotated = dict(shop)
    standby(lambda: rotated.update(owner.post(path_of(shop, "/rotate-secret")).json), **EVERY_NIGHT)
    body = b'{"type": "track", "event": "Bought", "userId": "ada"}'
    assert api.post("/v1/events", body, **signed(shop, body)).status == 401
    assert api.post("/v1/events", body, **signed(rotated, body)).status == 200


def test_a_new_build_follows(standby, owner, shop, work):
    contents = {}

    def build():
        owner.put(path_of(shop), {"js_builder_config": {"page_views": "manual"}})
        built(owner, work, shop)
        contents["there"] = script_of(shop)

    before = script_of(shop)
    standby(build, different="1")
    assert script_of(shop) == contents["there"] != before


def test_a_build_that_is_published_again_follows_when_asked(standby, owner, shop, work):
    first, earlier = script_of(shop), owner.get(path_of(shop, "/collector/status")).json["build_id"]

    def build():
        owner.put(path_of(shop), {"js_builder_config": {"page_views": "manual"}})
        built(owner, work, shop)

    def publish():
        assert owner.post(path_of(shop, f"/collector/builds/{earlier}/publish")).status == 200
        work_all(work)

    standby(build, different="1")
    second = script_of(shop)
    standby(publish)
    assert script_of(shop) == second != first
    standby(lambda: None, different="1")
    assert script_of(shop) == first
    assert owner.get(path_of(shop, "/collector/status")).json["build_id"] == earlier


def test_a_deleted_pipeline_is_deleted_and_lists_notice(standby, api, owner, shop, time):
    assert names(owner) == ["Shop"]
    time.pass_(minutes=10)

    def delete():
        owner.delete(path_of(shop))
        time.pass_(days=2)  # what is left of its row in the list expires

    standby(delete, **EVERY_NIGHT)
    there = api.signed_in(OWNER)
    assert names(there) == []
    assert api.post("/v1/t", {"writeKey": shop["pipeline_key"], "event": "Bought"}).status == 401
    assert there.a_pipeline(name="Shop")["slug"] == "shop"


def test_what_was_detached_is_only_detached_when_asked(standby, owner, shop, capsys):
    (attached,) = PipelineIntegration.scan()

    def detach():
        owner.delete(path_of(shop, f"/integrations/{attached.integration_id}"))

    standby(detach, different="1")
    told = capsys.readouterr().out
    assert "pipeline-integrations  0 missing, 0 different, 0 as they were, 1 gone" in told
    assert told.endswith("what is gone was left: REMOVED=1 takes it away\n")
    assert PipelineIntegration.count() == 1
    standby(lambda: None, **EVERY_NIGHT)
    assert PipelineIntegration.count() == 0


def test_who_was_removed_is_removed_and_their_address_is_free(standby, owner, api):
    ensure_user("acme", "leaving@acme.example", "viewer", PASSWORD)
    (user,) = [each for each in owner.get("/v1/admin/users").json["users"] if each["email"] == "leaving@acme.example"]
    standby(lambda: ensure_user("acme", "staying@acme.example", "viewer", PASSWORD), **EVERY_NIGHT)
    assert owner.get(f"/v1/admin/users/{user['id']}").status == 404
    ensure_user("other", "leaving@acme.example", "owner", PASSWORD)
    assert api.signed_in("staying@acme.example")


def test_a_name_that_went_to_another_follows(standby, owner, shop):
    def hand_over():
        owner.put(path_of(shop), {"slug": "old-shop"})
        owner.a_pipeline(name="New shop", slug="shop")

    standby(hand_over, **EVERY_NIGHT)
    owners = {each.name.rpartition("#")[2]: each.owner for each in UniqueName.scan() if "#pipeline#" in each.name}
    assert (set(owners), owners["old-shop"]) == ({"shop", "old-shop"}, shop["id"])


def test_what_a_stage_has_of_its_own_stays(standby, api, owner, shop):
    ensure_user("own", "owner@own.example", "owner", PASSWORD)
    own = api.signed_in("owner@own.example")
    pipeline, integration = own.a_pipeline(name="Own"), own.an_integration()
    own.attach(integration, pipeline)
    beside = owner.a_pipeline(name="Beside")  # in an organisation that the file has
    standby(lambda: None, **EVERY_NIGHT)
    assert (names(api.signed_in("owner@own.example")), names(owner)) == (["Own"], ["Beside", "Shop"])
    assert PipelineIntegration.count() == 2
    assert owner.post("/v1/admin/pipelines", {"name": "x", "type": "web", "slug": beside["slug"]}).status == 409


def test_who_keeps_configuration_notices(standby, owner, shop, time):
    asked_at = clock.milliseconds()
    time.pass_(minutes=10)
    standby(lambda: owner.put(path_of(shop), {"parameters": {"A": "1"}}), different="1")
    assert (shop["org_id"], shop["id"]) in changes.since(asked_at + 60_000)


def test_what_an_import_wrote_that_was_killed_then_is_noticed_after_the_next(
    stages, standby, owner, shop, time, monkeypatch
):
    with monkeypatch.context() as killed:
        killed.setattr(import_stage, "announce", lambda _: None)
        standby(lambda: owner.put(path_of(shop), {"parameters": {"A": "1"}}), different="1")
    asked_at = clock.milliseconds()
    time.pass_(minutes=10)
    stages.take_in(different="1")
    assert (shop["org_id"], shop["id"]) in changes.since(asked_at + 60_000)


def test_a_dry_run_announces_nothing(stages, standby, owner, shop, time):
    standby(lambda: owner.put(path_of(shop), {"parameters": {"A": "1"}}), different="1")
    asked_at = clock.milliseconds()
    time.pass_(minutes=10)
    stages.take_in(dry_run="1")
    assert changes.since(asked_at + 60_000) == set()


def test_who_keeps_a_list_notices(standby, owner, shop, time):
    assert names(owner) == ["Shop"]
    kept = dict(catalogue._snapshots)
    time.pass_(minutes=10)

    def rename():
        owner.put(path_of(shop), {"name": "Renamed"})

    standby(rename, different="1")
    catalogue._snapshots.update(kept)
    assert names(owner) == ["Renamed"]


def test_an_interrupted_import_is_finished_by_the_same_command(stages, api, owner, shop, monkeypatch):
    stages.export()
    stages.go_to_another()
    take = TakingIn._take_up_to

    def interrupted(self, last):
        for noun in ("unique-names", "pipelines"):
            rows, self._waiting[noun] = self._waiting[noun], []
            self._way(noun).take(rows)
        raise KeyboardInterrupt

    monkeypatch.setattr(TakingIn, "_take_up_to", interrupted)
    with pytest.raises(KeyboardInterrupt):
        stages.take_in()
    monkeypatch.setattr(TakingIn, "_take_up_to", take)
    assert (Pipeline.count(), PipelineKey.count()) == (1, 0)
    stages.take_in()
    assert api.post("/v1/t", {"writeKey": shop["pipeline_key"], "event": "Bought"}).status == 200


@pytest.mark.parametrize(
    ("own", "words"),
    [
        pytest.param(lambda: ensure_user("acme", "x@x.example", "owner", PASSWORD), "organisation acme ", id="slug"),
        pytest.param(lambda: ensure_user("x", OWNER, "owner", PASSWORD), f"email {OWNER} ", id="e-mail address"),
    ],
)
def test_what_is_in_the_way_is_named_before_anything_is_written(stages, shop, own, words):
    stages.export()
    stages.go_to_another()
    own()
    before = everything()
    with pytest.raises(OperationFailed, match=f"The stage has of its own what the file has too: {words}"):
        stages.mirror()
    assert everything() == before


@pytest.mark.parametrize("taken", ["slug", "name", "key"])
def test_so_is_what_an_organisation_of_the_file_has_made_here(stages, api, owner, shop, taken):
    stages.export()
    stages.go_to_another()
    stages.take_in()
    stages.go_back()
    made = {"slug": lambda: owner.a_pipeline(name="Twice"), "name": lambda: owner.an_integration(name="Twice")}
    if taken == "key":
        key = PipelineKey.get(shop["pipeline_key"])
        stages.go_back()
        PipelineKey.get(shop["pipeline_key"]).update([PipelineKey.org_id.set("org_other")])
        words = f"pipeline key {key.pipeline_key}"
    else:
        made[taken]()
        stages.export()
        stages.go_back()
        made[taken]()
        words = {"slug": "pipeline twice", "name": "integration twice"}[taken]
    with pytest.raises(OperationFailed, match=words):
        stages.mirror()


def in_the_middle(monkeypatch, noun, change):
    """Do something once while the export goes on, before the first row of a table is taken."""
    rows_of, pending = Picture.rows, [change]

    def rows(self):
        for row in rows_of(self):
            if row[0] == noun and pending:
                pending.pop()()
            yield row

    monkeypatch.setattr(Picture, "rows", rows)


@pytest.mark.parametrize("noun", ["pipelines", "pipeline-revisions", "integrations", "pipeline-integrations", "users"])
def test_what_changes_in_the_middle_is_there_as_it_was_before_or_after(stages, api, owner, shop, monkeypatch, noun):
    """Whatever is read by then: there it can be used and changed, which asks for all that belongs to it."""
    (attached,) = PipelineIntegration.scan()

    def change():
        owner.put(path_of(shop), {"name": "Later", "slug": "later", "enabled": False})
        owner.post(path_of(shop, "/rotate-secret"))
        revised = {"config": {"url": "https://other.example.com/", "authentication": "none"}}
        assert owner.post(f"/v1/admin/integrations/{attached.integration_id}/revisions", revised).status == 201
        again = owner.put(path_of(shop, f"/integrations/{attached.integration_id}"), {"revision": 2})
        assert again.status == 200, again.body
        ensure_user("acme", "new@acme.example", "owner", PASSWORD)
        owner.a_pipeline(name="New")

    in_the_middle(monkeypatch, noun, change)
    stages.export()
    stages.go_to_another()
    stages.take_in()
    there = api.signed_in(OWNER)
    found = there.get(path_of(shop)).json
    accepted = api.post("/v1/t", {"writeKey": shop["pipeline_key"], "event": "Bought"}).status == 200
    assert (found["name"], found["slug"], accepted) in [("Shop", "shop", True), ("Later", "later", False)]
    key = PipelineKey.get(shop["pipeline_key"])
    by = PipelineIntegration.get(shop["id"], attached.integration_id).revision
    revision = Revision.get(attached.integration_id, by)
    assert readiness.template(revision).resolved({}).problems == []
    numbers = [each["number"] for each in there.get(path_of(shop, "/revisions")).json["revisions"]]
    assert numbers == list(range(len(numbers), 0, -1))
    assert int(Pipeline.get(found["org_id"], found["id"]).version) == len(numbers)
    changed = there.put(path_of(shop), {"name": "There", "enabled": True})
    assert (changed.status, key.pipeline_id) == (200, shop["id"])
    assert (
        there.post(
            path_of_integration({"id": attached.integration_id}, "/revisions"), {"requests_per_second": 7}
        ).status
        == 201
    )
    assert api.post("/v1/t", {"writeKey": shop["pipeline_key"], "event": "Bought"}).status == 200


def test_an_organisation_counts_the_owners_that_it_has_when_an_owner_is_added_in_the_middle(
    stages, api, owner, monkeypatch
):
    """Between the reading of the organisation and that of its users: both are read again."""
    paginator, pending = stages.dynamodb.get_paginator, [True]

    def add_an_owner(operation):
        if operation == "query" and pending:
            pending.pop()
            ensure_user("acme", "second@acme.example", "owner", PASSWORD)
        return paginator(operation)

    monkeypatch.setattr(stages.dynamodb, "get_paginator", add_an_owner)
    stages.export()
    stages.go_to_another()
    stages.take_in()
    (organisation,) = Organisation.scan()
    assert int(organisation.owners) == len(owner.get("/v1/admin/users").json["users"]) == 2


def test_a_pipeline_and_its_key_are_read_at_once(stages, owner, shop, monkeypatch):
    """However often somebody changes them; what meets such a change is read again."""
    read, attempts = stages.dynamodb.transact_get_items, []

    def in_conflict(**asked):
        attempts.append([each["Get"]["TableName"] for each in asked["TransactItems"]])
        if len(attempts) == 1:
            error = {"Error": {"Code": "TransactionCanceledException", "Message": "TransactionConflict"}}
            raise stages.dynamodb.exceptions.TransactionCanceledException(error, "TransactGetItems")
        return read(**asked)

    monkeypatch.setattr(stages.dynamodb, "transact_get_items", in_conflict)
    monkeypatch.setattr(picture.time, "sleep", lambda _: None)
    stages.export()
    assert attempts == [["signal-test-pipelines", "signal-test-pipeline-keys"]] * 2


def test_a_name_that_goes_to_another_in_the_middle_is_read_again(stages, owner, shop, monkeypatch, capsys):
    """On a table that gives out one row after the other, as one of many pages does."""
    made = sorted((owner.an_integration(name=name) for name in ("A", "B")), key=lambda each: each["id"])
    (first, last), scan, pending = made, Picture._scan, [True]

    def hand_over():
        assert owner.put(path_of_integration(first), {"name": "C"}).status == 200
        assert owner.put(path_of_integration(last), {"name": first["name"]}).status == 200

    def row_by_row(self, model, **more):
        for item in sorted(scan(self, model, **more), key=str):
            if model is not Integration:
                yield item
                continue
            if item["id"]["S"] == last["id"] and pending:
                pending.pop()
                hand_over()
            yield rows(Integration)[[each["id"] for each in rows(Integration)].index(item["id"])]

    monkeypatch.setattr(Picture, "_scan", row_by_row)
    stages.export()
    assert "A name went from one to another meanwhile; reading all again" in capsys.readouterr().out
    stages.go_to_another()
    stages.take_in()
    names = {each.name: each.id for each in Integration.scan()}
    assert (names[first["name"]], names["C"]) == (last["id"], first["id"])


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        pytest.param({"file": ""}, "Say which file: FILE=", id="no file"),
        pytest.param({"file": "/nowhere/x"}, "FILE /nowhere/x cannot be written: /nowhere must be", id="folder"),
        pytest.param({"audit": "yes"}, "AUDIT 'yes' must be 1", id="switch"),
    ],
)
def test_what_cannot_be_exported_is_said(stages, owner, asked, words):
    with pytest.raises(OperationFailed, match=words):
        stages.export(**asked)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        pytest.param({"file": ""}, "Say which file: FILE=", id="no file"),
        pytest.param({"file": "/nowhere/x"}, "FILE /nowhere/x cannot be read: it must be what", id="nowhere"),
        pytest.param({"removed": "1"}, "REMOVED=1 needs DIFFERENT=1", id="removed alone"),
        pytest.param({"dry_run": "yes"}, "DRY_RUN 'yes' must be 1", id="switch"),
        pytest.param({"confirm": "prod"}, 'Nothing was done: .* say CONFIRM="test"', id="another stage"),
    ],
)
def test_what_cannot_be_imported_is_said(stages, owner, shop, asked, words):
    stages.export()
    stages.go_to_another()
    with pytest.raises(Failure, match=words):
        stages.take_in(**asked)
    assert not any(everything().values())


def test_a_file_that_is_there_is_not_written_over(stages, owner):
    mine = stages.file.with_name("mine")
    mine.write_text("mine")
    with pytest.raises(OperationFailed, match="is there already: give another name, or move it away"):
        stages.export(file=str(mine))
    assert mine.read_text() == "mine"


def test_of_an_export_that_fails_nothing_is_left(stages, owner, shop, monkeypatch):
    in_the_middle(monkeypatch, "users", lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        stages.export()
    assert os.listdir(stages.file.parent) == []


def test_a_file_that_is_not_whole_is_refused_before_anything_is_written(stages, owner, shop):
    content = stages.export().read_bytes()
    stages.go_to_another()
    for damaged in (content[:-1], content[:-40] + bytes(20) + content[-20:]):
        stages.file.write_bytes(damaged)
        with pytest.raises(OperationFailed, match="is not whole, or somebody altered it: take another copy"):
            stages.take_in()
    assert not any(everything().values())
