"""Deploying a package as the AWS CLI does: upload, create the stack, read its outputs."""

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

from ..client import Reply

ROOT = Path(__file__).resolve().parents[2]
STACK = "signal-dev"
ARTIFACTS = "artifacts"
PATIENCE_SECONDS = 60
# Vendors of these tests are on the loopback.
PARAMETERS = {"JwtSecret": "a signing key of more than 32 characters", "DeliverToPrivateAddresses": "yes"}


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
        return _client(service, self.endpoint, self.access_key, self.secret_key)

    def as_user(self, access_key: str, secret_key: str) -> "Deployed":
        """The same for somebody else."""
        return replace(self, access_key=access_key, secret_key=secret_key)

    def call(self, method: str, path: str, body: Any = None, token: str | None = None) -> Answer:
        """Call the deployed API; an error status is an answer too."""
        address = self.address_of(path)
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        data = None if body is None else json.dumps(body).encode()
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
        opener = urllib.request.build_opener(_Staying)
        request = urllib.request.Request(self.address_of(path), body or None, dict(headers), method=method)
        try:
            with opener.open(request, timeout=PATIENCE_SECONDS) as answer:
                return Reply(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as refused:
            return Reply(refused.code, refused.headers, refused.read())

    def run(self, code: str, *arguments: str) -> None:
        """Run Python code of the product against the deployed stores, as an operator would."""
        names = {"AWS_ENDPOINT_URL": self.endpoint, "STAGE": "dev", **_environment()}
        subprocess.run([sys.executable, "-c", code, *arguments], cwd=ROOT, env=os.environ | names, check=True)


def deploy(folder: Path, endpoint: str) -> Deployed:
    """Create the stack of the package in `folder`."""
    s3 = _client("s3", endpoint)
    s3.create_bucket(Bucket=ARTIFACTS)
    s3.upload_file(str(folder / "deployment.zip"), ARTIFACTS, "deployment.zip")
    template = json.loads(
        (folder / "sam.json").read_text().replace("./deployment.zip", f"s3://{ARTIFACTS}/deployment.zip")
    )
    _allow_clear_text(template)
    _leave_out_what_the_emulator_lacks(template)
    s3.put_object(Bucket=ARTIFACTS, Key="sam.json", Body=json.dumps(template).encode())
    cloudformation = _client("cloudformation", endpoint)
    cloudformation.create_stack(
        StackName=STACK,
        TemplateURL=f"{endpoint}/{ARTIFACTS}/sam.json",
        Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in PARAMETERS.items()],
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
    )
    stack = eventually(lambda: _created(cloudformation), "the stack is created")
    return Deployed(endpoint, {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]})


def _allow_clear_text(template: dict[str, Any]) -> None:
    """The emulator speaks HTTP, and enforces that the buckets want TLS."""
    for bucket in ("CollectorBucket", "EventsBucket"):
        policy = template["Resources"][f"{bucket}Policy"]["Properties"]["PolicyDocument"]
        kept = [each for each in policy["Statement"] if each["Sid"] != "NothingTravelsInTheClear"]
        assert len(kept) == len(policy["Statement"]) - 1
        policy["Statement"] = kept
    del template["Resources"]["EventsBucketPolicy"]  # a policy must say something


def _leave_out_what_the_emulator_lacks(template: dict[str, Any]) -> None:
    """Its CloudFormation knows neither saved queries, whose texts are asked all the same, nor alarms with an
    expression, which are linted."""
    resources = template["Resources"]
    for name, resource in list(resources.items()):
        expression = resource["Type"] == "AWS::CloudWatch::Alarm" and "Metrics" in resource["Properties"]
        if expression or resource["Type"] == "AWS::Logs::QueryDefinition":
            del resources[name]


def eventually(found: Callable[[], Any], what: str) -> Any:
    """The first true answer of `found`; fails when there is none in time."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (answer := found()):
        assert time.monotonic() < deadline, f"not within {PATIENCE_SECONDS} s: {what}"
        time.sleep(0.1)
    return answer


def _created(cloudformation: Any) -> Any:
    stack = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]
    if stack["StackStatus"].endswith("IN_PROGRESS"):
        return None
    assert stack["StackStatus"] == "CREATE_COMPLETE", _failures(cloudformation)
    return stack


def _failures(cloudformation: Any) -> list[tuple[str, str]]:
    events = cloudformation.describe_stack_events(StackName=STACK)["StackEvents"]
    failed = [event for event in events if event["ResourceStatus"].endswith("FAILED")]
    return [(event["LogicalResourceId"], event.get("ResourceStatusReason", "")) for event in failed]


def _environment() -> dict[str, str]:
    return {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}


def _client(service: str, endpoint: str, access_key: str = "test", secret_key: str = "test") -> Any:
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id=access_key,
        aws_secret_access_key=secret_key,
    )
