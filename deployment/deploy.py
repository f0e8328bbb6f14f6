"""`python -m deployment.deploy --stage prod`: brings a stage of an AWS account to what this source says, from nothing
or from any state that an earlier attempt left it in, and looks whether it works."""

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from chalicelib.infrastructure.resources import template as described_template

from . import changes, concurrency, parameters, sign_in
from .account import Account, open_account
from .artifacts import Artifacts, Uploaded
from .certificate import check_certificate
from .changes import Change, ChangeSet
from .command import ended, options
from .failure import DeploymentFailed
from .kept import kept, stack_policy
from .package import package
from .removal import Removal, named
from .smoke import smoke
from .stack import SETTLED, Stack
from .stage import checked_stage
from .terminal import Terminal
from .waiting import Clock

GOES_ON = "What was begun at AWS goes on there; `make deploy STAGE={}` waits for it, and does the rest."


def main(arguments: Sequence[str] | None = None) -> int:
    """Deploy what the command line asks for; the exit status."""
    stage = _arguments(arguments).stage
    return ended(_run, arguments, interrupted=GOES_ON.format(stage))


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = options("deploy", __doc__)
    parser.add_argument("--domain", help="the first-party domain, such as data.example.com; empty takes it away")
    parser.add_argument("--certificate", help="the ARN of its ACM certificate in us-east-1")
    parser.add_argument("--parameters", default="", help="further parameters of the template: Name=value …")
    parser.add_argument("--org", default=sign_in.FIRST_ORGANISATION, help="the organisation of the first user")
    parser.add_argument("--email", default=sign_in.FIRST_EMAIL, help="the e-mail address of the first user")
    parser.add_argument("--package", type=Path, help="a folder that `python -m deployment.package` made")
    parser.add_argument("--platform", default="lambda", choices=("lambda", "local"), help="local: for an emulator")
    parser.add_argument("--no-smoke-test", action="store_true", help="leave it at deploying")
    parser.add_argument("--address", help="where the smoke test goes (default: CloudFront's own name)")
    return parser.parse_args(arguments)


def _run(arguments: Sequence[str] | None) -> None:
    asked = _arguments(arguments)
    stage = checked_stage(asked.stage)
    said = parameters.Said(asked.domain, asked.certificate, parameters.other_parameters(asked.parameters)).values()
    parameters.check(said, described_template(stage)["Parameters"])
    account = open_account(asked.region)
    clock = Clock()
    terminal = Terminal(clock)
    deployment = Deployment(account, stage, terminal, clock)
    terminal.say(f"Stage {stage}, account {account.id}, {account.region}")
    if asked.package:
        outputs = deployment.deploy(asked.package, said)
    else:
        with tempfile.TemporaryDirectory() as folder:
            deployment.prepare(said)
            package(stage, Path(folder), for_lambda=asked.platform == "lambda", lint=False)
            outputs = deployment.deploy(Path(folder), said)
    first = None
    if not sign_in.has_users(account, stage):
        first = sign_in.make_owner(account, stage, asked.org, asked.email)
    terminal.say(told(outputs, first, deployment.domain))
    if not asked.no_smoke_test:
        smoke(account, stage, asked.address or f"https://{outputs['CdnDomainName']}", terminal, clock)


def told(outputs: dict[str, str], first: sign_in.SignIn | None, domain: str) -> str:
    """What people need to know at the end."""
    lines = [f"  console    {outputs['PublicUrl']}/console"]
    if first:
        lines += [f"  sign in    {first.email}", f"  password   {first.password}   (shown this once)"]
    if domain:
        lines += [f"  DNS        {domain} CNAME {outputs['CdnDomainName']}   (unless it is there already)"]
    return "\n".join(["", *lines, ""])


class Deployment:
    """Bringing the stack of a stage to a package."""

    def __init__(self, account: Account, stage: str, terminal: Terminal, clock: Clock) -> None:
        self.stack = Stack(account, stage, terminal, clock)
        self.domain = ""
        self._account = account
        self._stage = stage
        self._terminal = terminal
        self._clock = clock

    def prepare(self, said: dict[str, str]) -> dict[str, str]:
        """Make the stack one that can be changed, and look at what is said; the values it has now.

        Raises DeploymentFailed.
        """
        found = self.stack.settle()
        previous = {each["ParameterKey"]: each["ParameterValue"] for each in (found or {}).get("Parameters", [])}
        declared = described_template(self._stage)["Parameters"]
        effective = parameters.in_effect(said, previous, declared)
        self.domain = effective[parameters.DOMAIN]
        if self.domain and {parameters.DOMAIN, parameters.CERTIFICATE} & said.keys():
            check_certificate(self._account, effective[parameters.CERTIFICATE], self.domain)
        return previous

    def deploy(self, folder: Path, said: dict[str, str]) -> dict[str, str]:
        """Upload the package, change the stack, and protect what it keeps; the outputs of the stack.

        Raises DeploymentFailed.
        """
        previous = self.prepare(said)
        exists = self.stack.described() is not None
        present = self.stack.template() if exists else {}
        uploaded = Artifacts(self._account, self._stage).upload(folder)
        declared = uploaded.template["Parameters"]
        fitting = concurrency.fitted(self._account, said, previous, declared, self._terminal)
        values = parameters.for_change_set(fitting, previous, declared)
        wanted = self._change_set(uploaded, exists, values)
        if wanted is None:
            self._terminal.say("Nothing to change")
        else:
            self._look_at(wanted, present, uploaded)
            self.execute(wanted, sorted(kept(present)) if exists else None)
        self._protect(list(kept(uploaded.template)))
        described = self.stack.described()
        assert described is not None  # it has just been deployed
        return {each["OutputKey"]: each["OutputValue"] for each in described["Outputs"]}

    def _change_set(self, uploaded: Uploaded, exists: bool, values: list[dict[str, Any]]) -> ChangeSet | None:
        return changes.make(
            self.stack,
            self._clock,
            name=f"deploy-{int(time.time() * 1000)}",
            exists=exists,
            url=uploaded.url,
            parameters=values,
        )

    def _look_at(self, wanted: ChangeSet, present: dict[str, Any], uploaded: Uploaded) -> None:
        try:
            changes.refuse_loss(wanted.changes, present, uploaded.template)
            self._refuse_taken(wanted.changes, uploaded.template, running=bool(present))
        except DeploymentFailed:
            self.stack.cloudformation.delete_change_set(StackName=self.stack.name, ChangeSetName=wanted.id)
            raise
        self._terminal.say("\n".join([f"What changes in {self.stack.name}:", *changes.summary(wanted.changes)]))

    def _refuse_taken(self, found: Sequence[Change], template: dict[str, Any], *, running: bool) -> None:
        """Nothing that is to be made may be there already: it would hold somebody's data."""
        new = {change.name for change in found if change.action == "Add"}
        by_name = named({name: each for name, each in kept(template).items() if name in new}, self._account)
        removal = Removal(self._account, self._clock)
        taken = removal.present(by_name.values())
        if not taken:
            return
        owner = removal.owner(taken[0])
        names = ", ".join(each.name for each in taken[: changes.NAMED])
        more = f" and {len(taken) - changes.NAMED} more" if len(taken) > changes.NAMED else ""
        if owner:
            raise DeploymentFailed(f"The stack {owner} already has {names}{more}: take another STAGE")
        if running:
            raise DeploymentFailed(
                f"There is already {names}{more}, which no stack has: left over from an update that failed, or made by "
                "hand. When nobody needs what is in there delete that alone, then deploy again"
            )
        raise DeploymentFailed(
            f"There is already {names}{more}, which no stack has: left over from one that was deleted by hand. Take "
            f"another STAGE, or when nobody needs what is in there run `make destroy STAGE={self._stage} DATA=delete`"
        )

    def execute(self, wanted: ChangeSet, keeping: list[str] | None) -> None:
        """Do what the change set says, and wait. `keeping` are the resources whose data is there already.

        Raises DeploymentFailed with what failed first.
        """
        if keeping is not None:
            self._protect(keeping)
        self.stack.cloudformation.execute_change_set(
            StackName=self.stack.name, ChangeSetName=wanted.id, RetainExceptOnCreate=True
        )
        found = self.stack.wait(wanted.stack_id, len(wanted.changes))
        status = found["StackStatus"]
        if status not in SETTLED or "ROLLBACK" in status:
            back = "it was put back as it was" if status == "UPDATE_ROLLBACK_COMPLETE" else f"it is now {status}"
            raise DeploymentFailed(
                f"The stack {self.stack.name} could not be changed, {back}. What failed first is "
                f"{self.stack.fault(wanted.stack_id)}"
            )

    def _protect(self, names: list[str]) -> None:
        self.stack.cloudformation.set_stack_policy(StackName=self.stack.name, StackPolicyBody=stack_policy(names))


if __name__ == "__main__":
    sys.exit(main())
