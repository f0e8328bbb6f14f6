"""The users that a deployment makes: the first one of a person, and that of the smoke test.

`python -m deployment.sign_in --stage prod --email ada@acme.example` makes an owner, or gives one a new password.
"""

import json
import secrets
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .account import Account, open_account
from .command import ended, options
from .failure import DeploymentFailed
from .stage import checked_stage

ROOT = Path(__file__).resolve().parent.parent
PASSWORD_BYTES = 18  # 24 characters
SMOKE_TEST = "smoke-test"  # its organisation, which no person belongs to
FIRST_ORGANISATION = "main"
FIRST_EMAIL = "owner@example.com"


@dataclass(frozen=True, slots=True)
class SignIn:
    """What one signs in with."""

    email: str
    password: str


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the owner that the command line asks for; the exit status."""
    return ended(_run, arguments)


def _run(arguments: Sequence[str] | None) -> None:
    parser = options("sign_in", __doc__)
    parser.add_argument("--org", default=FIRST_ORGANISATION, help="the organisation")
    parser.add_argument("--email", default="", help="the e-mail address")
    asked = parser.parse_args(arguments)
    stage = checked_stage(asked.stage)
    if not asked.email:
        raise DeploymentFailed("Say who is to sign in: EMAIL=ada@acme.example")
    account = open_account(asked.region)
    made = make_owner(account, stage, asked.org, asked.email)
    print(f"{made.email} is owner of {asked.org} in stage {stage}, with the password {made.password} (shown this once)")


def has_users(account: Account, stage: str) -> bool:
    """Whether the stage has an organisation of people."""
    pages = (
        account.client("dynamodb")
        .get_paginator("scan")
        .paginate(TableName=f"signal-{stage}-organisations", ProjectionExpression="slug", ConsistentRead=True)
    )
    return any(item["slug"]["S"] != SMOKE_TEST for page in pages for item in page["Items"])


def make_owner(account: Account, stage: str, org: str, email: str) -> SignIn:
    """An owner of the organisation with a password that nobody has seen yet; one who is there gets a new one.

    Raises DeploymentFailed.
    """
    made = SignIn(email, secrets.token_urlsafe(PASSWORD_BYTES))
    wanted = {"org": org, "email": email, "role": "owner", "password": made.password}
    done = subprocess.run(
        [sys.executable, "-m", "deployment.ensure_user"],
        cwd=ROOT,
        env=account.environment() | {"STAGE": stage},
        input=json.dumps(wanted),
        capture_output=True,
        text=True,
    )
    if done.returncode:
        words = done.stderr.strip().splitlines()
        raise DeploymentFailed(f"The user {email} cannot be made: {words[-1] if words else 'no reason given'}")
    return made


def make_smoke_tester(account: Account, stage: str) -> SignIn:
    """The smoke test's user, of an organisation of its own. Raises DeploymentFailed."""
    return make_owner(account, stage, SMOKE_TEST, f"{SMOKE_TEST}@example.com")


if __name__ == "__main__":
    sys.exit(main())
