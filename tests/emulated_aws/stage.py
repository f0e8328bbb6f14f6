"""The stage `test`, deployed to a MiniStack of this process's own."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest

from deployment import package
from deployment.circle import break_circle

from ..cdn import DOMAIN
from ..infrastructure.deployment_to_emulator import ROOT, allow_clear_text, client_of, command, for_emulator
from ..infrastructure.emulator import Emulator, emulator_python

STAGE = "test"
ACCOUNT = "123456789012"  # moto's, so that ARNs and addresses are the same on both


@contextmanager
def deployed_stage(folder: Path) -> Iterator[str]:
    """The endpoint of a MiniStack that has the stage. Fails where none is installed: it was asked for."""
    python = _emulator_python()
    packaged = folder / "package"
    _package(packaged)
    with Emulator(python, folder, {"AUTH": "true", "MINISTACK_ACCOUNT_ID": ACCOUNT}) as emulator:
        asked = ("--stage", STAGE, "--package", str(packaged), "--no-smoke-test", *_with_domain(emulator.url))
        done = command("deploy", emulator.url, *asked)
        assert done.returncode == 0, done.stdout + done.stderr
        yield emulator.url


def _emulator_python() -> Path:
    try:
        return emulator_python(ROOT)
    except pytest.skip.Exception as missing:
        raise RuntimeError(str(missing)) from missing


def deployed_function(function: str) -> dict[str, Any]:
    """How a function is deployed, such as `api_handler`: with which role, and what its environment tells it."""
    name = f"signal-{STAGE}-{function.removesuffix('_handler')}"
    found: dict[str, Any] = boto3.client("lambda").get_function_configuration(FunctionName=name)
    return found


def _with_domain(endpoint: str) -> tuple[str, ...]:
    """So that the policies have what they grant on that condition."""
    given = client_of("acm", endpoint).request_certificate(DomainName=DOMAIN)
    return "--domain", DOMAIN, "--certificate", given["CertificateArn"]


def _package(out: Path) -> None:
    """The template as it is packaged to be deployed, and the code without what it needs: it runs in this process."""
    out.mkdir()
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        package._copy(project)
        (project / "vendor").mkdir()
        package._chalice(project, STAGE, out, for_lambda=False)
    sam = out / "sam.json"
    template = json.loads(sam.read_text())
    break_circle(template)
    template = for_emulator(template)
    allow_clear_text(template)
    _leave_the_work_to_tests(template["Resources"])
    sam.write_text(json.dumps(template))


def _leave_the_work_to_tests(resources: dict[str, Any]) -> None:
    """Take away what would happen by itself: functions that take from queues or run on a schedule, and rows that expire
    by the engine's clock, which is not that of the tests."""
    for resource in resources.values():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::Serverless::Function":
            events = properties.get("Events", {})
            properties["Events"] = {name: each for name, each in events.items() if each["Type"] == "Api"}
        if resource["Type"] == "AWS::DynamoDB::Table":
            properties.pop("TimeToLiveSpecification", None)
