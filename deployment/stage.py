"""A stage: its name, and what is named after it."""

import re

from .failure import DeploymentFailed

# The bucket `signal-<stage>-collectors-<account>` has 31 further characters of the 63 that S3 allows; some are left for
# names that are still to come.
LONGEST = 24
FITTING = re.compile(rf"[a-z]([a-z0-9-]{{0,{LONGEST - 2}}}[a-z0-9])?")


def checked_stage(name: str) -> str:
    """The name, when it fits. Raises DeploymentFailed."""
    if not name:
        raise DeploymentFailed("Say which stage: STAGE=prod, STAGE=dev or another name")
    if not FITTING.fullmatch(name):
        raise DeploymentFailed(
            f"STAGE {name!r} does not fit: 1 to {LONGEST} lower-case letters, digits and hyphens, a letter first and "
            "no hyphen last, such as prod"
        )
    return name


def stack_name(stage: str) -> str:
    """The CloudFormation stack of the stage."""
    return f"signal-{stage}"


def description(stage: str) -> str:
    """What the stack says of itself, by which it is known as ours."""
    return f"Datafly Signal, {stage}"


def artifacts_bucket(stage: str, account_id: str) -> str:
    """Where zips and templates of the stage are put. Bucket names are unique in the world, hence the account."""
    return f"signal-{stage}-artifacts-{account_id}"
