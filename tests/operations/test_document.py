"""docs/operations.md is true: its commands are run by make, and print what it shows."""

import json
import os
import re
import shlex
import shutil

import pytest

from operations import tables

from .. import documents
from ..infrastructure.deployment_to_emulator import eventually
from .archives import Objects, archive_of, client
from .conftest import ROOT

DOCUMENT = documents.read("docs/operations.md")
REPLICATION = documents.blocks(DOCUMENT, "replication")
DIFFERENT_EACH_TIME = [
    (r"(pip|org)_[0-9a-z]{20}", r"\1_…"),
    (r"^Stage \w+, account \d+, [a-z0-9-]+", "Stage"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "time"),
    (r"\d{4}-\d\d-\d\d", "date"),
    (r"\d+ as they were", "so many as they were"),
    (r"in \d+ objects", "in so many objects"),  # as many as the batches that they came in
]


def steady(text):
    """A text without what differs from one time to the next."""
    return documents.steady(text, DIFFERENT_EACH_TIME)


def steps():
    """The commands of the document that are run, each with what it is to print."""
    return [step for block in documents.blocks(DOCUMENT, "operate") for step in documents.commands(block)]


@pytest.fixture(scope="module")
def acme(running):
    """The organisation of the document, with what its commands find."""
    api = running.owner_of("acme")
    pipeline = api.a_pipeline(name="Shop")
    for name, ids in {
        "Looked": {"anonymousId": "phone"},
        "Signed in": {"anonymousId": "phone", "userId": "ada"},
        "Watched": {"anonymousId": "tv", "userId": "ada"},
        "Zapped": {"anonymousId": "tv", "userId": "bob"},
    }.items():
        api.post("/v1/t", {"writeKey": pipeline["pipeline_key"], "event": name, "messageId": name} | ids)
    client(running, "secretsmanager").create_secret(Name="signal-local-signing-key", SecretString="x" * 64)
    eventually(lambda: seen(api, pipeline) == 4, "the events are in the archive, and can be looked at")
    return api


def test_a_key_that_is_to_be_deleted_is_had_again_as_the_document_says(running):
    kms, alias = client(running, "kms"), "alias/signal-local-secrets"
    (block,) = documents.blocks(DOCUMENT, "kms")
    first, *others = re.findall(r"aws kms ([a-z-]+)", block)
    key_id = kms.describe_key(KeyId=alias)["KeyMetadata"]["KeyId"]
    api = running.owner_of("locked")
    kms.schedule_key_deletion(KeyId=key_id, PendingWindowInDays=7)
    refused = api.post("/v1/admin/pipelines", {"name": "Shop", "type": "server"})
    assert (first, refused.status) == ("describe-key", 503)
    for each in others:
        getattr(kms, each.replace("-", "_"))(KeyId=key_id)
    assert api.post("/v1/admin/pipelines", {"name": "Shop", "type": "server"}).status == 201


def test_an_object_is_had_again_as_the_document_says(running):
    objects = archive_of(running)
    objects.keep_versions()
    objects.put("x", {"n": 1})
    (version,) = objects.s3.list_object_versions(Bucket=objects.bucket, Prefix="x")["Versions"]
    objects.s3.delete_object(Bucket=objects.bucket, Key="x")
    (block,) = documents.blocks(DOCUMENT, "versions")
    assert re.findall(r"aws s3api ([a-z-]+)", block) == ["list-object-versions", "copy-object"]
    source = re.search(r'--copy-source "(.*?)"', block)[1].replace("signal-prod-events-123456789012", objects.bucket)
    source = source.replace("$KEY", "x").replace("$VERSION", version["VersionId"])
    objects.s3.copy_object(Bucket=objects.bucket, Key="x", CopySource=source)
    assert objects.lines("x") == [b'{"n": 1}\n']
    objects.s3.delete_object(Bucket=objects.bucket, Key="x")


@pytest.fixture
def copied(running):
    """The archive, and the bucket that the document has it copied to."""
    objects, copy = archive_of(running), Objects(client(running, "s3"), "signal-local-copy")
    commands = dict(each.partition(" ")[::2] for each in re.findall(r"aws s3api (.*)", "".join(REPLICATION)))
    assert list(commands) == ["create-bucket", "put-bucket-versioning", "put-bucket-replication"]
    (configuration,) = documents.blocks(DOCUMENT, "replication", "json")
    configuration = configuration.replace("signal-prod-copy-123456789012", copy.bucket)
    copy.s3.create_bucket(Bucket=copy.bucket)
    for each in (objects, copy):
        each.keep_versions()
    objects.s3.put_bucket_replication(Bucket=objects.bucket, ReplicationConfiguration=json.loads(configuration))
    yield objects, copy
    objects.s3.delete_bucket_replication(Bucket=objects.bucket)


def test_what_is_archived_is_copied_as_the_document_says(running, copied):
    objects, copy = copied
    api = running.owner_of("copied")
    pipeline = api.a_pipeline(name="Shop")
    api.post("/v1/t", {"writeKey": pipeline["pipeline_key"], "event": "Bought", "messageId": "copied"})
    prefix = f"pipeline={pipeline['id']}/"
    eventually(lambda: keys(copy, prefix), "the copy has what was archived")
    (key,) = keys(copy, prefix)
    assert copy.lines(key) == objects.lines(key)
    assert json.loads(copy.lines(key)[0])["messageId"] == "copied"
    objects.s3.delete_object(Bucket=objects.bucket, Key=key)
    assert (objects.lines(key), keys(copy, prefix)) == (None, [key])


def keys(objects, prefix):
    """What a bucket has under a prefix."""
    listed = objects.s3.list_objects_v2(Bucket=objects.bucket, Prefix=prefix)
    return [each["Key"] for each in listed.get("Contents", [])]


def seen(api, pipeline):
    """How many events can be looked at; by then they are in the archive."""
    return len(api.get(f"/v1/admin/pipelines/{pipeline['id']}/events").json["events"])


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("make") is None, reason="make is needed")
def test_the_commands_print_what_is_shown(running, acme):
    for command, documented in steps():
        done = documents.made(command.replace("=prod", "=local"), running.environ | {"STATE": str(running.state)})
        documents.assert_printed(command, done, documented, steady)


def test_the_document_has_its_commands():
    made = [shlex.split(command)[1] for command, _ in steps()]
    assert made == ["erase"] * 2 + ["rotate-signing-key"] * 2 + ["restore"] * 2


@pytest.mark.parametrize("command", sorted(set(re.findall(r"(?:`|\$ )(make [^`\n)]*)", DOCUMENT))))
def test_every_command_is_one_that_make_has_with_the_variables_that_it_takes(command):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    target = shlex.split(command)[1]
    recipe = re.search(rf"^{target}:(.*\n(?:\t.*\n)*)", makefile, re.MULTILINE)
    assert recipe, command
    known = set(re.findall(r"call said,([A-Z_]+)", recipe[1])) | {"STAGE", "REGION", "EMAIL", "ORG"}
    assert set(re.findall(r"\b([A-Z_]+)=", command)) <= known


@pytest.mark.skipif(shutil.which("make") is None, reason="make is needed")
@pytest.mark.parametrize("target", ["export", "import"])
def test_a_passphrase_behind_make_is_refused(target, tmp_path):
    done = documents.made(f"make {target}", os.environ, f"FILE={tmp_path}/x", "PASSPHRASE=seen by others")
    assert (done.returncode, "PASSPHRASE behind make can be seen by others: put it into" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    ("row", "nouns"),
    [
        ("goes along", tables.EXPORTED),
        ("is made anew from it", tables.DERIVED),
        ("stays", tables.STAYING),
    ],
)
def test_which_tables_go_to_another_stage_is_told(row, nouns):
    (told,) = re.findall(rf"^\| {row} \| (.*) \|$", DOCUMENT, re.MULTILINE)
    assert sorted(re.findall(r"`([a-z-]+)`", told)) == sorted(nouns)


def test_every_table_of_events_is_one_that_there_is():
    from chalicelib.infrastructure.tables import tables

    names = {each["Properties"]["TableName"] for each in tables("").values()}
    rows = re.findall(r"^\| `([a-z-]+)` \|", DOCUMENT, re.MULTILINE)
    assert set(rows) <= names
    assert {"live-events", "dead-letters", "seen-events", "deliveries"} <= set(rows)
