"""A package deployed to the emulator by the command that deploys it to AWS, and calls of what came of it."""

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import boto3

from chalicelib.infrastructure.cdn import EVENTS, origin_of

from ..client import Reply
from . import http_api

ROOT = Path(__file__).resolve().parents[2]
STACK = "signal-dev"
EVENTS_FUNCTION = f"{STACK}-ingest:live"
PATIENCE_SECONDS = 60
# Vendors of these tests are on the loopback.
PARAMETERS = "DeliverToPrivateAddresses=yes"


@dataclass(frozen=True)
class Answer:
    """What the deployed API said."""

    status: int
    headers: dict[str, str]
    content: bytes

    def json(self) -> Any:
        return json.loads(self.content)


class _Staying(urllib.request.HTTPRedirectHandler):
    """Leaves it to the caller to go where an answer leads."""

    def redirect_request(self, *_: Any) -> None:
        return None


@dataclass(frozen=True)
class Deployed:
    """A stack that was created, and its API."""

    endpoint: str
    outputs: dict[str, str]
    access_key: str = "test"  # the emulator's root
    secret_key: str = "test"

    def client(self, service: str) -> Any:
        return client_of(service, self.endpoint, self.access_key, self.secret_key)

    def as_user(self, access_key: str, secret_key: str) -> "Deployed":
        """The same for somebody else."""
        return replace(self, access_key=access_key, secret_key=secret_key)

    def call(self, method: str, path: str, body: Any = None, token: str | None = None) -> Answer:
        """Call the deployed API; an error status is an answer too."""
        address = self.address_of(path)
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        data = None if body is None else json.dumps(body).encode()
        if origin_of(path.partition("?")[0]) == EVENTS:
            reply = self.send(method, path, headers, data or b"")
            return Answer(reply.status, dict(reply.headers), reply.body)
        request = urllib.request.Request(address, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
                return Answer(answer.status, dict(answer.headers), answer.read())
        except urllib.error.HTTPError as refused:
            return Answer(refused.code, dict(refused.headers), refused.read())

    def address_of(self, path: str) -> str:
        """Where the emulator has a path of the API."""
        return f"{self.endpoint}/restapis/{self.outputs['RestAPIId']}/api/_user_request_{path}"

    def send(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """One request as it is, without following where it leads."""
        if origin_of(path.partition("?")[0]) == EVENTS:
            return http_api.ask(self.client("lambda"), EVENTS_FUNCTION, method, path, headers, body)
        opener = urllib.request.build_opener(_Staying)
        request = urllib.request.Request(self.address_of(path), body or None, dict(headers), method=method)
        try:
            with opener.open(request, timeout=PATIENCE_SECONDS) as answer:
                return Reply(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as refused:
            return Reply(refused.code, refused.headers, refused.read())

    def run(self, code: str, *arguments: str) -> None:
        """Run Python code of the product against the deployed stores, as an operator would."""
        names = environment(self.endpoint) | {"STAGE": "dev"}
        subprocess.run([sys.executable, "-c", code, *arguments], cwd=ROOT, env=names, check=True)


def deploy(folder: Path, endpoint: str) -> Deployed:
    """Deploy the package in `folder`."""
    sam = folder / "sam.json"
    template = for_emulator(json.loads(sam.read_text()))
    allow_clear_text(template)
    sam.write_text(json.dumps(template))
    asked = ("--package", str(folder), "--parameters", PARAMETERS, "--no-smoke-test")
    done = command("deploy", endpoint, "--stage", "dev", *asked)
    assert done.returncode == 0, done.stdout + done.stderr
    (stack,) = client_of("cloudformation", endpoint).describe_stacks(StackName=STACK)["Stacks"]
    return Deployed(endpoint, {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]})


def command(module: str, endpoint: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run one of the commands of deployment against the emulator, to its end."""
    line = [sys.executable, "-m", f"deployment.{module}", *arguments]
    return subprocess.run(line, cwd=ROOT, env=environment(endpoint), capture_output=True, text=True)


def environment(endpoint: str) -> dict[str, str]:
    """The variables with which a child process takes the emulator for AWS."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return kept | {"AWS_ENDPOINT_URL": endpoint, **_environment()}


def for_emulator(template: dict[str, Any]) -> Any:
    """The template with the defaults of numbers in the place of references, of which the emulator makes texts, and
    without what its CloudFormation does not know: saved queries, whose texts are asked all the same, and alarms with an
    expression, which are linted."""
    known = {name: each for name, each in template["Resources"].items() if not _is_unknown(each)}
    return _with_numbers(template | {"Resources": known}, template["Parameters"])


def allow_clear_text(template: dict[str, Any]) -> None:
    """The emulator speaks HTTP, and enforces that the buckets want TLS."""
    for bucket in ("CollectorBucket", "EventsBucket"):
        policy = template["Resources"][f"{bucket}Policy"]["Properties"]["PolicyDocument"]
        kept = [each for each in policy["Statement"] if each["Sid"] != "NothingTravelsInTheClear"]
        assert len(kept) == len(policy["Statement"]) - 1
        policy["Statement"] = kept
    del template["Resources"]["EventsBucketPolicy"]  # a policy must say something


def _with_numbers(part: Any, parameters: dict[str, Any]) -> Any:
    if isinstance(part, list):
        return [_with_numbers(each, parameters) for each in part]
    if not isinstance(part, dict):
        return part
    parameter = parameters.get(part["Ref"], {}) if set(part) == {"Ref"} else {}
    if parameter.get("Type") == "Number":
        return parameter["Default"]
    return {name: _with_numbers(each, parameters) for name, each in part.items()}


def _is_unknown(resource: dict[str, Any]) -> bool:
    expression = resource["Type"] == "AWS::CloudWatch::Alarm" and "Metrics" in resource["Properties"]
    return expression or resource["Type"] == "AWS::Logs::QueryDefinition"


def eventually(found: Callable[[], Any], what: str) -> Any:
    """The first true answer of `found`; fails when there is none in time."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (answer := found()):
        assert time.monotonic() < deadline, f"not within {PATIENCE_SECONDS} s: {what}"
        time.sleep(0.1)
    return answer


def _environment() -> dict[str, str]:
    return {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}


def client_of(service: str, endpoint: str, access_key: str = "test", secret_key: str = "test") -> Any:
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id=access_key,
        aws_secret_access_key=secret_key,
    )
