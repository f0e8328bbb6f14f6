"""A region fails: the steps of docs/operations.md, by the commands that it shows, on emulators of which one dies."""

import gzip
import hashlib
import hmac
import json
import re
import shlex
import shutil
import subprocess
import sys
import time
from contextlib import ExitStack

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import EndpointConnectionError

from .. import documents
from ..client import PASSWORD, Api
from ..delivery.stub_vendor import StubVendor
from ..infrastructure.deployment_to_emulator import environment, eventually
from ..infrastructure.emulator import Emulator, emulator_python
from ..running import Running, send_over_http
from .conftest import ROOT
from .stages import PASSPHRASE
from .test_document import DOCUMENT, steady

pytestmark = [pytest.mark.slow, pytest.mark.skipif(shutil.which("make") is None, reason="make is needed")]

SECTION = DOCUMENT.partition("## When a region fails")[2]
OWNER = "owner@acme.example"
TOKEN = "the-token-of-the-vendor"
ONCE = Config(retries={"total_max_attempts": 1})
DOMAIN = "https://data.example.com"  # of whichever stage it leads to
TABLES_BUCKETS_AND_KEY = """
import os
from chalicelib.infrastructure.resources import template
from local.provision import provision
provision(template(os.environ["STAGE"]))
"""


class Region:
    """A region of AWS: an emulator of its own, with the stage that is there."""

    def __init__(self, stack, folder, name, stage):
        self.name, self.stage, self._folder = name, stage, folder / name
        self._folder.mkdir()
        self.emulator = stack.enter_context(Emulator(emulator_python(ROOT), self._folder, {}))
        self.environ = environment(self.emulator.url) | {"AWS_DEFAULT_REGION": name, "AWS_REGION": name}
        made = [sys.executable, "-c", TABLES_BUCKETS_AND_KEY]
        subprocess.run(made, cwd=ROOT, env=self.environ | {"STAGE": stage}, check=True)
        self.running = None

    def run(self, stack):
        """Let the functions of the stage run."""
        told = {name: value for name, value in self.environ.items() if name.startswith("AWS_")}
        told |= {"STAGE": self.stage, "PUBLIC_URL": DOMAIN, "DELIVER_TO_PRIVATE_ADDRESSES": "yes"}
        self.running = Running(self._folder / "state", **told)
        stack.callback(self.running.process.kill)
        return self.running

    def fail(self):
        """Be gone, with all that is in it."""
        self.emulator.kill()
        self.running.process.kill()
        self.running.process.wait()

    def client(self, service):
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": self.name}
        return boto3.client(service, endpoint_url=self.emulator.url, config=ONCE, **keys)

    @property
    def api(self):
        """The API, as nobody."""
        return Api(send_over_http(self.running.url))

    def archived(self):
        """The message ids in the archive."""
        s3, bucket = self.client("s3"), f"signal-{self.stage}-events-000000000000"
        keys = [each["Key"] for each in s3.list_objects_v2(Bucket=bucket, Prefix="pipeline=").get("Contents", [])]
        bodies = [gzip.decompress(s3.get_object(Bucket=bucket, Key=key)["Body"].read()) for key in keys]
        return {json.loads(line)["messageId"] for body in bodies for line in body.splitlines()}


class Operator:
    """Goes through the section, command by command."""

    def __init__(self, folder, regions):
        self._folder, self._regions = folder, regions
        self._left = [step for block in documents.blocks(SECTION, "region") for step in documents.commands(block)]

    def do(self, target):
        """The next command, which makes this."""
        command, documented = self._left.pop(0)
        assert shlex.split(command)[1] == target, command
        region = self._regions[re.search(r"REGION=([a-z0-9-]+)", command)[1]]
        here = command.replace("/backup/", f"{self._folder}/")
        done = documents.made(here, region.environ | {"PASSPHRASE": PASSPHRASE})
        assert PASSPHRASE not in done.stdout + done.stderr
        documents.assert_printed(command, done, documented, self._steady)
        return done.stdout

    def is_done(self):
        """Whether nothing of the section is left."""
        return not self._left

    def _steady(self, text):
        text = re.sub(r"http\S+", "address", text.replace(f"{self._folder}/", "/backup/"))
        return steady(re.sub(r"\d+ (missing|rows)", r"some \1", text))


def shop_of(api, vendor):
    """A pipeline with a collector, whose events go to a vendor that wants a token."""
    pipeline = api.a_pipeline(name="Shop")
    config = {"url": vendor.url, "authentication": "bearer", "auth_token": TOKEN}
    integration = api.an_integration(config=config, mapping={"defaults": {"action": "pass"}})
    api.attach(integration, pipeline)
    path = f"/v1/admin/pipelines/{pipeline['id']}/collector"
    assert api.post(f"{path}/build").status == 200
    eventually(lambda: api.get(f"{path}/status").json["status"] == "ready", "the collector is built")
    return pipeline


def send(api, pipeline, name):
    """What a page sends, and a server that signs."""
    key = pipeline["pipeline_key"]
    assert api.post("/v1/t", {"writeKey": key, "event": "Bought", "messageId": f"{name} of a page"}).status == 200
    body = json.dumps({"type": "track", "event": "Paid", "userId": "ada", "messageId": f"{name} of a server"}).encode()
    at = str(int(time.time() * 1000))
    made = hmac.new(pipeline["pipeline_key_secret"].encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    signed = {"X_Pipeline_Key": key, "X_Timestamp": at, "X_Signature": f"sha256={made}"}
    assert api.post("/v1/events", body, **signed).status == 200
    return {f"{name} of a page", f"{name} of a server"}


@pytest.fixture
def vendor():
    stub = StubVendor()
    yield stub
    stub.stop()


def test_the_steps_lead_to_a_stage_that_goes_on_with_the_same_keys_secrets_and_people(tmp_path, vendor):
    with ExitStack() as stack:
        first = Region(stack, tmp_path, "eu-central-1", "prod")
        second = Region(stack, tmp_path, "eu-west-1", "prod2")
        regions = {first.name: first, second.name: second}
        operator = Operator(tmp_path, regions)
        first.run(stack)
        pipeline = shop_of(first.running.owner_of("acme"), vendor)
        script = f"/{pipeline['pipeline_key']}/d.js"
        loaded = first.api.get(script).body
        before = send(first.api, pipeline, "before")
        eventually(lambda: first.archived() == before, "events are archived")
        operator.do("export")
        operator.do("import")
        operator.do("import")
        eventually(lambda: set(vendor.ids()) == before, "events are delivered")

        first.fail()
        with pytest.raises(EndpointConnectionError):
            first.archived()

        assert "0 missing, 0 different, 1 as they were" in operator.do("import")
        second.run(stack)
        assert loaded
        assert second.api.get(script).body == loaded
        owner = second.api.signed_in(OWNER, PASSWORD)
        assert [each["id"] for each in owner.get("/v1/admin/pipelines").json["pipelines"]] == [pipeline["id"]]
        after = send(second.api, pipeline, "after")
        eventually(lambda: second.archived() == after, "events are archived in the other region")
        eventually(lambda: set(vendor.ids()) == before | after, "and delivered")
        assert {each.headers["authorization"] for each in vendor.requests} == {f"Bearer {TOKEN}"}
        as_deployed(second)
        operator.do("smoke")

        owner.put(f"/v1/admin/pipelines/{pipeline['id']}", {"name": "Renamed meanwhile"})
        back = regions[first.name] = Region(stack, tmp_path / "eu-west-1", "eu-central-1", "prod")
        operator.do("export")
        operator.do("import")
        back.run(stack)
        assert back.api.get(script).body == loaded
        assert send(back.api, pipeline, "again")
        again = back.api.signed_in(OWNER, PASSWORD)
        assert again.get(f"/v1/admin/pipelines/{pipeline['id']}").json["name"] == "Renamed meanwhile"
        assert operator.is_done()


def as_deployed(region):
    """Where the stage's stack says that it is."""
    topic = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "x"}}
    template = {"Resources": {"Topic": topic}, "Outputs": {"PublicUrl": {"Value": region.running.url}}}
    cloudformation, name = region.client("cloudformation"), f"signal-{region.stage}"
    cloudformation.create_stack(StackName=name, TemplateBody=json.dumps(template))
    cloudformation.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
