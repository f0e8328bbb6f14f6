"""Whose account is deployed to, and in which region."""

import difflib
import os
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import boto3
from botocore.config import Config

from .failure import DeploymentFailed
from .refusals import note_service

CONFIG = Config(connect_timeout=10, read_timeout=60, retries={"mode": "standard", "total_max_attempts": 6})
# What boto3 would read in place of the credentials that a child process is given.
OTHER_CREDENTIALS = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN")


@dataclass(frozen=True, slots=True)
class Account:
    """An AWS account as its caller sees it, in one region."""

    session: boto3.Session
    id: str
    region: str

    def client(self, service: str, region: str | None = None) -> Any:
        """The client of a service, such as `s3`."""
        return _client(self.session, service, region or self.region)

    def environment(self) -> dict[str, str]:
        """The variables with which a child process is the same caller, without asking for a second factor again."""
        kept = {name: value for name, value in os.environ.items() if name not in OTHER_CREDENTIALS}
        credentials = self.session.get_credentials().get_frozen_credentials()
        token = {"AWS_SESSION_TOKEN": credentials.token} if credentials.token else {}
        return (
            kept
            | {"AWS_DEFAULT_REGION": self.region, "AWS_REGION": self.region}
            | {"AWS_ACCESS_KEY_ID": credentials.access_key, "AWS_SECRET_ACCESS_KEY": credentials.secret_key}
            | token
        )


@lru_cache(maxsize=32)
def _client(session: boto3.Session, service: str, region: str) -> Any:
    made = session.client(service, region_name=region, config=CONFIG)
    made.meta.events.register("after-call", note_service)
    return made


def open_account(region: str | None) -> Account:
    """The account of the credentials that the environment has.

    Raises DeploymentFailed without a region, and what boto3 raises without credentials that are taken.
    """
    session = boto3.Session()
    # boto3 itself does not read AWS_REGION, which the other tools of AWS do.
    region = region or os.environ.get("AWS_REGION") or session.region_name
    if not region:
        raise DeploymentFailed(
            "No region is given: say REGION=eu-central-1, or set AWS_REGION, AWS_DEFAULT_REGION or the region of the "
            "profile"
        )
    _check_region(session, region)
    account = Account(session, "", region)
    return replace(account, id=_caller(account))


def _caller(account: Account) -> str:
    return str(account.client("sts").get_caller_identity()["Account"])


def _check_region(session: boto3.Session, region: str) -> None:
    known = [
        name
        for partition in session.get_available_partitions()
        for name in session.get_available_regions("cloudformation", partition_name=partition)
    ]
    if region not in known:
        near = difflib.get_close_matches(region, known, n=1)
        raise DeploymentFailed(f"{region!r} is not a region of AWS" + (f"; is it {near[0]}?" if near else ""))
