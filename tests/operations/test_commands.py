"""The commands as processes of their own: on the product that runs, and where there is nothing to work on."""

import os
import re
import subprocess
import sys

import pytest

from .archives import archive_of, client
from .conftest import ROOT
from .stages import PASSPHRASE

pytestmark = pytest.mark.slow


@pytest.fixture
def org(running):
    """An organisation of its own, and its API."""
    return running.owner_of("erasing")


def test_a_person_is_erased_from_a_stage_that_keeps_versions(running, org, operate):
    pipeline = org.a_pipeline(name="Shop")
    objects = archive_of(running)
    objects.keep_versions()
    folder = f"pipeline={pipeline['id']}/day=2026-02-25/hour=10"
    for number in range(3):
        objects.put(f"{folder}/{number}.jsonl.gz", {"userId": "ada"}, {"userId": "bob"})
    told = ["--org", "erasing", "--user-id", "ada"]
    dry = operate("erase", *told, "--dry-run", "1")
    assert (dry.returncode, dry.stderr) == (0, "")
    assert "archive            3 events in 3 objects" in dry.stdout
    refused = operate("erase", *told)
    assert refused.stderr == 'error: Nothing was done: type it when asked, or say CONFIRM="ada"\n'
    assert len(objects.lines(f"{folder}/0.jsonl.gz")) == 2
    done = operate("erase", *told, "--confirm", "ada")
    assert (done.returncode, done.stderr) == (0, "")
    assert "archive            3 events in 3 objects" in done.stdout
    assert re.search(r"a run from \d{4}-\d\d-\d\d on is final", done.stdout)
    assert b'{"userId": "ada"}\n' not in objects.all_lines()
    assert objects.lines(f"{folder}/2.jsonl.gz") == [b'{"userId": "bob"}\n']


def test_the_events_of_an_organisation_are_erased_when_its_name_is_said_again(running, operate):
    api = running.owner_of("leaving")
    pipeline, objects = api.a_pipeline(name="Shop"), archive_of(running)
    key = f"pipeline={pipeline['id']}/day=2026-02-25/hour=10/a.jsonl.gz"
    objects.put(key, {"userId": "ada"}, {"userId": "bob"})
    asked = ["--org", "leaving", "--pipeline", "all"]
    refused = operate("erase", *asked, "--confirm", "acme")
    assert "say CONFIRM=\"leaving\" ('acme' is something else)" in refused.stderr
    assert len(objects.lines(key)) == 2
    done = operate("erase", *asked, "--confirm", "leaving")
    assert (done.returncode, done.stderr, objects.lines(key)) == (0, "", None)


def test_an_object_that_cannot_be_read_is_named_at_the_end(running, operate):
    api = running.owner_of("broken")
    pipeline, objects = api.a_pipeline(name="Shop"), archive_of(running)
    folder = f"pipeline={pipeline['id']}/day=2026-02-25/hour=10"
    objects.put(f"{folder}/a.jsonl.gz", {"userId": "ada"})
    objects.s3.put_object(Bucket=objects.bucket, Key=f"{folder}/b.txt", Body=b"no archive")
    done = operate("erase", "--org", "broken", "--user-id", "ada", "--confirm", "ada")
    assert f"not read           {folder}/b.txt: it is not gzip" in done.stdout
    assert done.stderr.startswith("error: 1 objects could not be read and were left as they are"), done.stderr
    assert (done.returncode, objects.lines(f"{folder}/a.jsonl.gz")) == (1, None)


def test_what_was_lost_is_restored_with_all_that_belongs_to_it(running, operate):
    """On an engine that restores what a table has now: so it is restored beside first, then lost."""
    api = running.owner_of("restoring")
    pipeline = api.a_pipeline(name="Shop")
    asked = ["--table", "configuration", "--at", "2026-02-25T10:00:00Z"]
    assert operate("restore", *asked, "--dry-run", "1").returncode == 0
    dynamodb = client(running, "dynamodb")
    key = {"org_id": {"S": pipeline["org_id"]}, "id": {"S": pipeline["id"]}}
    dynamodb.delete_item(TableName="signal-local-pipelines", Key=key)
    pipeline_key = {"pipeline_key": {"S": pipeline["pipeline_key"]}}
    dynamodb.delete_item(TableName="signal-local-pipeline-keys", Key=pipeline_key)
    sent = {"writeKey": pipeline["pipeline_key"], "event": "Bought"}
    assert api.post("/v1/t", sent).status == 401
    done = operate("restore", *asked, "--confirm", "local")
    assert (done.returncode, done.stderr) == (0, "")
    assert "pipeline-keys          1 missing" in done.stdout
    assert api.post("/v1/t", sent).status == 200
    assert api.get(f"/v1/admin/pipelines/{pipeline['id']}").json["name"] == "Shop"
    assert not [name for name in dynamodb.list_tables()["TableNames"] if "-at-" in name]


def test_a_stage_that_was_exported_is_the_same_again_also_for_functions_that_run(running, operate, tmp_path):
    api, file = running.owner_of("exporting"), str(tmp_path / "stage.signal")
    pipeline = api.a_pipeline(name="Shop")
    done = operate("export", "--file", file, PASSPHRASE=PASSPHRASE)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    path = f"/v1/admin/pipelines/{pipeline['id']}"
    api.put(path, {"name": "Renamed", "enabled": False})
    assert [each["name"] for each in api.get("/v1/admin/pipelines").json["pipelines"]] == ["Renamed"]
    asked = ["--file", file, "--different", "1", "--newer", "1"]
    dry = operate("import", *asked, "--dry-run", "1", PASSPHRASE=PASSPHRASE)
    assert f"different {pipeline['org_id']} / {pipeline['id']}" in dry.stdout, dry.stderr
    refused = operate("import", *asked, PASSPHRASE=PASSPHRASE)
    assert refused.stderr == 'error: Nothing was done: type it when asked, or say CONFIRM="local"\n'
    done = operate("import", *asked, "--confirm", "local", PASSPHRASE=PASSPHRASE)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    assert [each["name"] for each in api.get("/v1/admin/pipelines").json["pipelines"]] == ["Shop"]
    assert api.post("/v1/t", {"writeKey": pipeline["pipeline_key"], "event": "Bought"}).status == 200


@pytest.mark.parametrize(
    ("command", "file", "environ", "words"),
    [
        pytest.param("export", "", {}, "Say which file: FILE=", id="no file"),
        pytest.param("export", "x", {}, "Type the passphrase when asked, or put it into", id="no passphrase"),
        pytest.param("export", "x", {"PASSPHRASE": "short"}, "PASSPHRASE must have at least 16", id="short"),
        pytest.param("import", "x", {}, "FILE x cannot be read: ", id="no such file"),
        pytest.param("import", "README.md", {"PASSPHRASE": "x"}, "FILE README.md is none that", id="another file"),
    ],
)
def test_what_cannot_be_exported_or_imported_is_said_in_one_sentence(operate, command, file, environ, words):
    done = operate(command, "--file", file, **environ)
    assert (done.returncode, done.stderr[: len(words) + 7]) == (1, f"error: {words}"), done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(["--org", "nobody", "--user-id", "a"], "There is no organisation 'nobody'", id="organisation"),
        pytest.param(["--org", "acme"], "Say who is to be erased: USER_ID=", id="nobody to erase"),
        pytest.param(["--user-id", "a", "--pipeline", "all"], "Say who is to be erased: USER_ID=", id="both"),
        pytest.param(["--user-id", "a"], "Say which organisation: ORG=acme", id="no organisation"),
        pytest.param(
            ["--user-id", "a", "--org", "demo", "--dry-run", "yes"],
            "DRY_RUN 'yes' must be 1, or not be said",
            id="switch",
        ),
    ],
)
def test_what_cannot_be_erased_is_said_in_one_sentence(operate, arguments, words):
    done = operate("erase", *arguments)
    assert (done.returncode, done.stderr[: len(words) + 7]) == (1, f"error: {words}"), done.stderr
    assert len(done.stderr.splitlines()) == 1


KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "eu-central-1"}


@pytest.mark.parametrize("command", ["erase", "rotate-signing-key", "restore", "export", "import"])
@pytest.mark.parametrize(
    ("environ", "stage", "words"),
    [
        pytest.param({}, "", "Say which stage: STAGE=prod", id="no stage"),
        pytest.param({"AWS_REGION": "eu-central-1"}, "prod", "There are no AWS credentials: ", id="no credentials"),
        pytest.param(KEYS, "prod", "AWS cannot be reached", id="no network"),
        pytest.param({"AWS_ENDPOINT_URL": ""}, "local", "Nothing is running on STATE", id="nothing runs"),
    ],
)
def test_where_there_is_nothing_to_work_on_one_sentence_says_why(tmp_path, command, environ, stage, words):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    bare = {"HOME": str(tmp_path), "AWS_EC2_METADATA_DISABLED": "true", "AWS_ENDPOINT_URL": "http://127.0.0.1:1"}
    line = [sys.executable, "-m", "operations", command, "--stage", stage, "--state", str(tmp_path)]
    done = subprocess.run(line, cwd=ROOT, env=kept | bare | environ, capture_output=True, text=True)
    assert (done.returncode, done.stderr[: len(words) + 7]) == (1, f"error: {words}"), done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_stage_that_is_not_there_is_named(running, operate):
    environ = running.environ | KEYS | {"AWS_ENDPOINT_URL": running.credentials["aws_endpoint_url"]}
    line = [sys.executable, "-m", "operations", "erase", "--stage", "prodd"]
    done = subprocess.run(line, cwd=ROOT, env=environ, capture_output=True, text=True)
    assert done.stderr.startswith("error: There is no stage prodd in account "), done.stderr
