"""The stage that is operated on: one of an AWS account, or the one that `make run` runs."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deployment.account import Account, open_account
from deployment.stage import checked_stage
from local import environment
from local.problem import Problem
from local.state import State

from .failure import OperationFailed

LOCAL = "local"


@dataclass(frozen=True, slots=True)
class Place:
    """A stage, and whose it is."""

    account: Account
    stage: str

    def client(self, service: str) -> Any:
        """The client of a service, such as `s3`."""
        return self.account.client(service)

    @property
    def prefix(self) -> str:
        """What its tables, buckets, queues and keys are named after."""
        return f"signal-{self.stage}-"

    @property
    def events_bucket(self) -> str:
        """Where its events are archived."""
        return f"{self.prefix}events-{self.account.id}"

    @property
    def collectors_bucket(self) -> str:
        """Where its built collectors lie."""
        return f"{self.prefix}collectors-{self.account.id}"

    def __str__(self) -> str:
        return f"Stage {self.stage}, account {self.account.id}, {self.account.region}"


def open_place(stage: str, region: str | None, state: Path) -> Place:
    """The stage, when it is there; from then on the product's own modules, imported after this, work on it.

    Raises OperationFailed, DeploymentFailed for a name or region that cannot be, botocore's errors.
    """
    stage = checked_stage(stage)
    if stage == LOCAL and not any(os.environ.get(name) for name in environment.ENDPOINTS):
        _attach(state)
    place = Place(open_account(region), stage)
    os.environ.update(place.account.environment())
    for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE"):
        os.environ.pop(name, None)
    os.environ |= {
        "STAGE": stage,
        "EVENTS_BUCKET": place.events_bucket,
        "COLLECTOR_BUCKET": place.collectors_bucket,
        "KMS_KEY_ID": f"alias/{place.prefix}secrets",
    }
    dynamodb = place.client("dynamodb")
    try:
        dynamodb.describe_table(TableName=f"{place.prefix}organisations")
    except dynamodb.exceptions.ResourceNotFoundException:
        raise OperationFailed(
            f"There is no stage {stage} in account {place.account.id}, {place.account.region}: look at STAGE and REGION"
        ) from None
    return place


def _attach(state: Path) -> None:
    environment.reach_this_machine_directly()
    try:
        environment.attach(State(state))
    except Problem as problem:
        raise OperationFailed(str(problem)) from None
