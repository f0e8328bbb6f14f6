"""docs/deploying.md is true: its commands are run by make, its policy is enough, its Terraform fits the template."""

import json
import re
import shlex
import shutil
from pathlib import Path

import hcl2
import pytest
import yaml
from cfnlint.data import AdditionalSpecs
from cfnlint.helpers import load_resource

from deployment.changes import CAPABILITIES
from deployment.kept import kept

from .. import documents
from ..infrastructure.conftest import ROOT
from ..infrastructure.deployment_to_emulator import PARAMETERS, environment
from ..infrastructure.emulator import Emulator, emulator_python
from .world import World

DOCUMENT = documents.read("docs/deploying.md")
DIFFERENT_EACH_TIME = [
    (r"\b\d{12}\b", "account"),
    (r"\bd[0-9a-z]{13}\b", "cdn"),
    (r"\b[A-Za-z0-9_-]{24}(?= +\(shown)", "password"),
]


def blocks(mark, language):
    """The marked blocks of the document."""
    return documents.blocks(DOCUMENT, mark, language)


def steps():
    """Each command of the document with what it is to print."""
    return [step for block in blocks("deploy", "console") for step in documents.commands(block)]


def steady(text):
    """A text without what differs from one time to the next."""
    return documents.steady(text, DIFFERENT_EACH_TIME)


@pytest.fixture(scope="module")
def strict(tmp_path_factory, local_package):
    """An AWS that asks who calls, and one who may do what the document's policy says, and nothing else."""
    python = emulator_python(ROOT)
    with Emulator(python, tmp_path_factory.mktemp("strict"), {"AUTH": "true"}) as emulator:
        world = World(emulator.url, local_package, tmp_path_factory.mktemp("packages"))
        iam = world.client("iam")
        iam.create_user(UserName="deployer")
        (policy,) = blocks("policy", "json")
        iam.put_user_policy(UserName="deployer", PolicyName="documented", PolicyDocument=policy)
        key = iam.create_access_key(UserName="deployer")["AccessKey"]
        package = world.package("prod")
        keys = {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
        yield environment(emulator.url) | keys, package


def made(command, environ, package):
    """Run a command of the document, with a package for the emulator."""
    of_the_emulator = (f"PARAMETERS={PARAMETERS}", f"ARGS=--package {package} --no-smoke-test")
    return documents.made(command, environ, *(of_the_emulator if "make deploy" in command else ()))


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("make") is None, reason="make is needed")
def test_the_commands_print_what_is_shown_with_no_more_than_the_documented_permissions(strict):
    for command, documented in steps():
        documents.assert_printed(command, made(command, *strict), documented, steady, shortened=True)


def test_the_document_has_its_commands():
    targets = [shlex.split(command)[1] for command, _ in steps()]
    assert targets == ["deploy", "sign-in", "deploy", "destroy", "destroy"]


@pytest.mark.parametrize("command", sorted(set(re.findall(r"(?:`|\$ |\$\(|run: )(make [^`\n)]*)", DOCUMENT))))
def test_every_command_is_one_that_make_has_with_the_variables_that_it_takes(command):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    known = set(re.findall(r"call said,([A-Z_]+)", makefile))
    for target in re.findall(r"make (?:-s )?([a-z-]+)", command):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
    assert set(re.findall(r"\b([A-Z_]+)=", command)) <= known


def test_the_workflow_deploys():
    (text,) = blocks("github", "yaml")
    workflow = yaml.safe_load(text)
    assert workflow["permissions"] == {"id-token": "write", "contents": "read"}
    assert workflow["jobs"]["deploy"]["steps"][-1] == {"run": "make deploy STAGE=prod"}


def _plain(value):
    """A value of the parsed HCL without the quotes that the parser leaves on texts."""
    if isinstance(value, dict):
        return {_plain(name): _plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value.strip('"') if isinstance(value, str) else value


@pytest.fixture(scope="module")
def terraform():
    (text,) = blocks("terraform", "hcl")
    return _plain(hcl2.loads(text))


@pytest.fixture(scope="module")
def template(local_package: Path):
    return json.loads((local_package / "sam.json").read_text())


def _stack(terraform):
    return terraform["resource"][0]["aws_cloudformation_stack"]["signal"]


@pytest.mark.slow
def test_terraform_gives_parameters_that_the_template_has(terraform, template):
    assert set(_stack(terraform)["parameters"]) <= set(template["Parameters"])
    for name, value in _stack(terraform)["parameters"].items():
        assert re.search(template["Parameters"][name]["AllowedPattern"], value), name


@pytest.mark.slow
def test_terraform_reads_outputs_that_the_template_has(terraform, template):
    (text,) = blocks("terraform", "hcl")
    named = re.findall(r'outputs\["(\w+)"\]', text)
    assert set(named) <= set(template["Outputs"])
    assert [name for output in terraform["output"] for name in output] == ["console", "dns_target"]


@pytest.mark.slow
def test_terraform_protects_all_that_keeps_data(terraform, template):
    types = {resource["Type"] for resource in kept(template).values()}
    policy = _stack(terraform)["policy_body"]
    assert types <= set(re.findall(r"AWS::\w+::\w+", policy))
    assert _stack(terraform)["capabilities"] == CAPABILITIES


def test_every_permission_exists():
    known = load_resource(AdditionalSpecs, "Policies.json")
    (policy,) = blocks("policy", "json")
    for statement in json.loads(policy)["Statement"]:
        for action in statement["Action"]:
            service, _, name = action.partition(":")
            assert name == "*" or name.lower() in known[service]["Actions"], action


def test_the_policy_is_short_enough_for_a_managed_policy():
    (policy,) = blocks("policy", "json")
    assert len(re.sub(r"\s", "", policy)) <= 6_144
