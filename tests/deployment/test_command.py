"""How the commands end where there is no account to deploy to, by the real commands as child processes."""

import json
import os
import signal
import subprocess
import sys

import pytest

from ..infrastructure.conftest import ROOT
from ..infrastructure.deployment_to_emulator import PARAMETERS, environment
from ..infrastructure.emulator import Emulator, emulator_python
from .world import World

pytestmark = pytest.mark.slow

NOWHERE = "http://127.0.0.1:1"


@pytest.fixture
def bare(tmp_path):
    """The environment of a machine on which nobody has ever used AWS."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    # Not to ask the machine itself, which in a cloud may have credentials.
    return kept | {"HOME": str(tmp_path), "AWS_EC2_METADATA_DISABLED": "true", "AWS_ENDPOINT_URL": NOWHERE}


def run(environ, *arguments, module="deploy"):
    """A command, to its end."""
    line = [sys.executable, "-m", f"deployment.{module}", *arguments]
    return subprocess.run(line, cwd=ROOT, env=environ, capture_output=True, text=True)


KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
REGION = {"AWS_REGION": "eu-central-1"}


PROD = ["--stage", "prod"]


@pytest.mark.parametrize(
    ("environ", "arguments", "words"),
    [
        pytest.param({}, [], "Say which stage: STAGE=prod, ", id="no stage"),
        pytest.param({}, ["--stage", "Prod"], "STAGE 'Prod' does not fit: ", id="a stage that does not fit"),
        pytest.param(REGION, PROD, "There are no AWS credentials: ", id="no credentials"),
        pytest.param(
            REGION | {"AWS_ACCESS_KEY_ID": "test"}, PROD, "The AWS credentials are not complete: ", id="half of them"
        ),
        pytest.param({"AWS_PROFILE": "work"}, PROD, "The config profile (work) could not be found", id="no profile"),
        pytest.param(KEYS, PROD, "No region is given: say REGION=eu-central-1, ", id="no region"),
        pytest.param(
            KEYS,
            [*PROD, "--region", "eu-centra-1"],
            "'eu-centra-1' is not a region of AWS; is it eu-central-1?",
            id="typo",
        ),
        pytest.param(KEYS | REGION, PROD, "AWS cannot be reached (Could not connect to the endpoint", id="no network"),
        pytest.param(
            KEYS | REGION,
            [*PROD, "--domain", "https://data.example.com"],
            "DOMAIN 'https://data.example.com' cannot be used: it must be a host name",
            id="a domain that is none",
        ),
        pytest.param(
            KEYS | REGION,
            [*PROD, "--parameters", "Size=9"],
            "'Size' is not a parameter; the template has ",
            id="unknown",
        ),
    ],
)
def test_where_nothing_can_be_deployed_one_sentence_says_why(bare, environ, arguments, words):
    done = run(bare | environ, *arguments)
    assert (done.returncode, done.stderr[: len(words) + 7]) == (1, f"error: {words}"), done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.fixture(scope="module")
def strict(tmp_path_factory, local_package):
    """An AWS that asks who calls."""
    python = emulator_python(ROOT)
    with Emulator(python, tmp_path_factory.mktemp("strict"), {"AUTH": "true"}) as emulator:
        yield World(emulator.url, local_package, tmp_path_factory.mktemp("packages"))


@pytest.mark.parametrize(
    ("source", "told"),
    [
        pytest.param({"AWS_REGION": "eu-west-1"}, "eu-west-1", id="AWS_REGION"),
        pytest.param({"AWS_DEFAULT_REGION": "eu-west-2"}, "eu-west-2", id="AWS_DEFAULT_REGION"),
        pytest.param({"AWS_PROFILE": "work"}, "eu-west-3", id="the profile"),
    ],
)
def test_the_region_is_that_of_the_environment_or_the_profile(strict, bare, tmp_path, source, told):
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "config").write_text("[profile work]\nregion = eu-west-3\n")
    environ = bare | KEYS | source | {"AWS_ENDPOINT_URL": strict.endpoint}
    done = run(environ, *PROD, "--data", "neither", module="destroy")
    assert "DATA 'neither' must be keep or delete" in done.stderr
    done = run(environ, *PROD, module="destroy")
    assert done.stdout == f"Stage prod, account 000000000000, {told}\n", done.stderr


def test_credentials_that_aws_does_not_know_are_named(strict):
    unknown = {"AWS_ACCESS_KEY_ID": "AKIA0000000000000000", "AWS_SECRET_ACCESS_KEY": "x"}
    done = run(environment(strict.endpoint) | unknown, "--stage", "prod")
    assert (done.returncode, done.stderr.startswith("error: AWS does not know the credentials; ")) == (1, True), (
        done.stderr
    )


@pytest.mark.parametrize(
    ("allowed", "missing"),
    [
        pytest.param(["sts:*"], "cloudformation:DescribeStacks", id="nothing"),
        pytest.param(["sts:*", "cloudformation:*"], "s3:CreateBucket", id="only stacks"),
        pytest.param(["sts:*", "cloudformation:D*", "s3:*"], "cloudformation:CreateChangeSet", id="only looking"),
    ],
)
def test_a_permission_that_is_missing_is_named(strict, allowed, missing):
    name = f"user-{missing.replace(':', '-')}"
    iam = strict.client("iam")
    iam.create_user(UserName=name)
    statement = {"Effect": "Allow", "Action": allowed, "Resource": "*"}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    iam.put_user_policy(UserName=name, PolicyName="some", PolicyDocument=json.dumps(policy))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    keys = {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
    package = strict.package("prod")
    asked = ("--stage", "prod", "--package", str(package), "--parameters", PARAMETERS, "--no-smoke-test")
    done = run(environment(strict.endpoint) | keys, *asked)
    assert (done.returncode, missing in done.stderr) == (1, True), done.stderr
    assert "Traceback" not in done.stderr


def test_who_interrupts_a_deployment_is_told_that_it_goes_on(strict):
    package = strict.package("long")
    asked = ("--stage", "long", "--package", str(package), "--parameters", PARAMETERS, "--address", NOWHERE)
    line = [sys.executable, "-m", "deployment.deploy", *asked]
    process = subprocess.Popen(
        line, cwd=ROOT, env=environment(strict.endpoint), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    for told in process.stdout:
        if told.startswith("Smoke test at"):
            break
    process.send_signal(signal.SIGINT)
    _, words = process.communicate(timeout=60)
    assert process.returncode == 130
    told = "What was begun at AWS goes on there; `make deploy STAGE=long` waits for it, and does the rest."
    assert words == f"\nInterrupted. {told}\n"


def test_who_deploys_needs_no_more_than_what_running_needs():
    """`make deploy` installs requirements-run.txt: the linters are for developers."""
    developing = "cfnlint", "samtranslator", "moto", "pytest", "hcl2"
    without = f"import sys; sys.modules |= dict.fromkeys({developing})"
    commands = ", ".join(f"deployment.{name}" for name in ("deploy", "destroy", "smoke", "sign_in", "upload"))
    subprocess.run([sys.executable, "-c", f"{without}; import {commands}"], cwd=ROOT, check=True)
