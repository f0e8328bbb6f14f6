"""The commands on a stage of an account, by somebody who may do what docs/deploying.md lists and nothing else."""

import json
import os
import subprocess
import sys

import boto3
import pytest

from .. import documents
from ..infrastructure.deployment_to_emulator import environment
from ..infrastructure.emulator import Emulator, emulator_python
from .archives import Objects
from .conftest import ROOT
from .stages import PASSPHRASE

pytestmark = pytest.mark.slow

MAKE_A_STAGE = """
import os
from chalicelib.infrastructure.resources import template
from local.provision import provision
provision(template("prod"))
from chalicelib.accounts.bootstrap import ensure_user
ensure_user("acme", "ada@acme.example", "owner", "correct horse battery staple")
from chalicelib.accounts.table import Organisation
from chalicelib.pipelines.table import Pipeline
(org,) = Organisation.scan()
from chalicelib.pipelines.table import PipelineKey
from chalicelib.pipelines.secrets import encrypted
os.environ["KMS_KEY_ID"] = "alias/signal-prod-secrets"
PipelineKey("dk_pip_1", org_id=org.id, pipeline_id="pip_1", type="web", enabled=True, deleted=False,
    domain_allowlist=[], rate_limit_rps=1, challenge_token_required=False, secret=encrypted("sk_x", "pip_1")).save()
Pipeline(org.id, "pip_1", version=1, name="Shop", slug="shop", type="web", pipeline_key_secret_prefix="sk_x",
    domain_allowlist=[], labels=[], rate_limit_rps=1, challenge_token_required=False, parameters={}, config={},
    js_builder_config={}, identity_config={}, enabled=True, created_at="x", updated_at="x").save()
"""


class Strict:
    """A stage prod in an AWS that asks who calls."""

    def __init__(self, endpoint):
        self.endpoint = endpoint
        self.environ = environment(endpoint) | {"STAGE": "prod"}
        made = subprocess.run(
            [sys.executable, "-c", MAKE_A_STAGE], cwd=ROOT, env=self.environ, capture_output=True, text=True
        )
        assert made.returncode == 0, made.stderr
        self.client("secretsmanager").create_secret(Name="signal-prod-signing-key", SecretString="x" * 64)
        self.objects = Objects(self.client("s3"), "signal-prod-events-000000000000")
        self.objects.keep_versions()

    def client(self, service):
        """The client of a service, as root."""
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        return boto3.client(service, endpoint_url=self.endpoint, region_name="us-east-1", **keys)

    def user(self, policy):
        """The keys of somebody with a policy."""
        iam, name = self.client("iam"), f"user-{len(policy)}"
        iam.create_user(UserName=name)
        iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=policy)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}

    def operate(self, keys, *arguments):
        """Run a command as somebody."""
        kept = {name: value for name, value in self.environ.items() if name not in ("STAGE", *os.environ)}
        environ = os.environ | kept | keys | {"PASSPHRASE": PASSPHRASE}
        line = [sys.executable, "-m", "operations", *arguments, "--stage", "prod"]
        return subprocess.run(line, cwd=ROOT, env=environ, capture_output=True, text=True)


@pytest.fixture(scope="module")
def strict(tmp_path_factory):
    python = emulator_python(ROOT)
    with Emulator(python, tmp_path_factory.mktemp("strict"), {"AUTH": "true"}) as emulator:
        yield Strict(emulator.url)


@pytest.fixture(scope="module")
def deployer(strict):
    """The keys of somebody who may do what deploying needs, and nothing else."""
    (documented,) = documents.blocks(documents.read("docs/deploying.md"), "policy", "json")
    policy = json.loads(documented)
    # The emulator does not know which table this action is on; AWS asks for it on the table (dynamodb:* has it).
    restoring = {"Effect": "Allow", "Action": "dynamodb:RestoreTableToPointInTime", "Resource": "*"}
    return strict.user(json.dumps(policy | {"Statement": [*policy["Statement"], restoring]}))


def test_what_deploying_needs_is_enough(strict, deployer):
    key = "pipeline=pip_1/day=2026-02-25/hour=10/a.jsonl.gz"
    strict.objects.put(key, {"userId": "ada"}, {"userId": "bob"})
    for arguments in (
        ["erase", "--org", "acme", "--user-id", "ada", "--confirm", "ada"],
        ["restore", "--table", "all", "--at", "2026-02-25T10:00:00Z", "--confirm", "prod"],
        ["rotate-signing-key"],
        ["rotate-signing-key", "--leaked", "1"],
    ):
        done = strict.operate(deployer, *arguments)
        assert (done.returncode, done.stderr) == (0, ""), done.stderr
    assert strict.objects.all_lines() == [b'{"userId": "bob"}\n']


def test_it_is_enough_for_taking_a_stage_elsewhere_with_its_secrets(strict, deployer, tmp_path):
    file, dynamodb = f"{tmp_path}/prod.signal", strict.client("dynamodb")
    exported = strict.operate(deployer, "export", "--file", file, "--audit", "1")
    assert (exported.returncode, exported.stderr) == (0, ""), exported.stderr
    key = {"TableName": "signal-prod-pipeline-keys", "Key": {"pipeline_key": {"S": "dk_pip_1"}}}
    before = dynamodb.get_item(**key)["Item"]
    dynamodb.delete_item(**key)
    extra = {"pipeline_id": {"S": "pip_1"}, "integration_id": {"S": "int_1"}, "org_id": before["org_id"]}
    dynamodb.put_item(TableName="signal-prod-pipeline-integrations", Item=extra)
    asked = ["--different", "1", "--removed", "1", "--confirm", "prod"]
    imported = strict.operate(deployer, "import", "--file", file, *asked)
    assert (imported.returncode, imported.stderr) == (0, ""), imported.stderr
    after = dynamodb.get_item(**key)["Item"]
    assert after["secret"] != before["secret"]
    assert after | {"secret": before["secret"]} == before
    assert "1 gone" in imported.stdout
    assert dynamodb.scan(TableName="signal-prod-pipeline-integrations")["Items"] == []


def test_a_permission_that_is_missing_is_named(strict):
    keys = strict.user(
        '{"Statement": [{"Effect": "Allow", "Action": ["sts:*"], "Resource": "*"}], "Version": "2012-10-17"}'
    )
    done = strict.operate(keys, "erase", "--org", "acme", "--user-id", "ada")
    assert done.stderr.startswith("error: The credentials may not dynamodb:DescribeTable; "), done.stderr
    assert len(done.stderr.splitlines()) == 1
