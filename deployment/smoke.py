"""`python -m deployment.smoke --stage prod`: whether a deployed stage does what it is for."""

import sys
from collections.abc import Sequence

from .account import Account, open_account
from .command import ended, options
from .failure import DeploymentFailed
from .sign_in import make_smoke_tester
from .smoke_test import SmokeTest
from .stack import Stack
from .stage import checked_stage
from .terminal import Terminal
from .waiting import Clock


def main(arguments: Sequence[str] | None = None) -> int:
    """Test the stage that the command line names; the exit status."""
    return ended(_run, arguments)


def _run(arguments: Sequence[str] | None) -> None:
    parser = options("smoke", __doc__)
    parser.add_argument("--address", help="where to go (default: the stage's public address)")
    asked = parser.parse_args(arguments)
    stage = checked_stage(asked.stage)
    account = open_account(asked.region)
    clock = Clock()
    terminal = Terminal(clock)
    found = Stack(account, stage, terminal, clock).described()
    outputs = {each["OutputKey"]: each["OutputValue"] for each in (found or {}).get("Outputs", [])}
    if "PublicUrl" not in outputs:
        raise DeploymentFailed(f"Stage {stage} is not deployed in {account.region}: run `make deploy STAGE={stage}`")
    smoke(account, stage, asked.address or outputs["PublicUrl"], terminal, clock)


def smoke(account: Account, stage: str, address: str, terminal: Terminal, clock: Clock) -> None:
    """Walk through the stage at `address`. Raises DeploymentFailed."""
    terminal.say(f"Smoke test at {address}")
    user = make_smoke_tester(account, stage)
    SmokeTest(address, user, lambda function: f"/aws/lambda/signal-{stage}-{function}", terminal, clock).walk()
    terminal.say("Everything works")


if __name__ == "__main__":
    sys.exit(main())
