"""An emulated AWS that is deployed to by the real commands, as child processes."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3

from ..infrastructure.deployment_to_emulator import PARAMETERS, command, for_emulator
from .cdn import Distribution, serving

PACKAGED = "dev"  # the stage of the one package that all stages are made of
REGION = "us-east-1"


class World:
    """An emulator, and one package for it."""

    def __init__(self, endpoint: str, package: Path, folder: Path) -> None:
        self.endpoint = endpoint
        self._package = package
        self._folder = folder

    def client(self, service: str) -> Any:
        """The client of a service."""
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        return boto3.client(service, endpoint_url=self.endpoint, region_name=REGION, **keys)

    def package(self, stage: str, change: Callable[[Any], None] = lambda template: None) -> Path:
        """The package for `stage`, with something changed in its template."""
        folder = self._folder / f"{stage}-{len(list(self._folder.iterdir()))}"
        shutil.copytree(self._package, folder)
        text = (folder / "sam.json").read_text()
        for naming in ("signal-{}-", "Signal, {}", '"STAGE":"{}"'):
            text = text.replace(naming.format(PACKAGED), naming.format(stage))
        template = for_emulator(json.loads(text))
        change(template)
        (folder / "sam.json").write_text(json.dumps(template))
        return folder

    def deploy(self, stage: str, package: Path | None = None, *more: str) -> subprocess.CompletedProcess[str]:
        """`make deploy`, without its smoke test unless an address is given."""
        asked = ["--stage", stage, "--package", str(package or self.package(stage)), "--parameters", PARAMETERS, *more]
        return command("deploy", self.endpoint, *asked, *([] if "--address" in more else ["--no-smoke-test"]))

    def destroy(self, stage: str, *more: str) -> subprocess.CompletedProcess[str]:
        """`make destroy`."""
        return command("destroy", self.endpoint, "--stage", stage, *more)

    def smoke(self, stage: str) -> subprocess.CompletedProcess[str]:
        """`make smoke`, through the stand-in of the stage's distribution."""
        distribution = Distribution(self.endpoint, self.client, self.outputs(stage)["CdnDistributionId"])
        with serving(distribution) as address:
            return command("smoke", self.endpoint, "--stage", stage, "--address", address)

    def stack(self, stage: str) -> Any:
        """The stack of a stage; None when there is none."""
        stacks = self.client("cloudformation").describe_stacks()["Stacks"]
        return next((each for each in stacks if each["StackName"] == f"signal-{stage}"), None)

    def outputs(self, stage: str) -> dict[str, str]:
        """What the stack says of itself."""
        return {each["OutputKey"]: each["OutputValue"] for each in self.stack(stage)["Outputs"]}

    def types(self, stage: str) -> set[str]:
        """Of which types its resources are."""
        found = self.client("cloudformation").describe_stack_resources(StackName=f"signal-{stage}")["StackResources"]
        return {each["ResourceType"] for each in found if each["ResourceStatus"] != "DELETE_COMPLETE"}

    def users(self, stage: str) -> dict[str, str]:
        """The e-mail address of every user, with the role."""
        found = self.client("dynamodb").scan(TableName=f"signal-{stage}-users")["Items"]
        return {each["email"]["S"]: each["role"]["S"] for each in found}
