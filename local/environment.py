"""What the product is told on this machine, through the same environment variables as its deployed functions."""

import os
from collections.abc import Mapping

from .problem import Problem
from .state import State

FILE = "environment.json"
ENDPOINTS = ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DYNAMODB")


def use(variables: Mapping[str, str]) -> None:
    """Set variables for this process; what the caller's environment has already wins."""
    for name, value in variables.items():
        os.environ.setdefault(name, value)


def reach_this_machine_directly() -> None:
    """A proxy that the environment names is for what is elsewhere: it cannot reach this machine's loopback."""
    named = os.environ.get("no_proxy") or os.environ.get("NO_PROXY")
    os.environ["no_proxy"] = ",".join(filter(None, [named, "localhost", "127.0.0.1"]))


def defaults(state: State, url: str, aws_url: str | None) -> dict[str, str]:
    """The variables that do not depend on what is provisioned."""
    variables = {
        "STAGE": "local",
        "PUBLIC_URL": url,
        "LIVE_EVENTS": "always",
        "JWT_SECRET": state.secret("jwt_secret"),
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    if aws_url:
        variables |= {"AWS_ENDPOINT_URL": aws_url, "AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}
    return variables


def publish(state: State, names: Mapping[str, str]) -> None:
    """Write the variables in force to the state folder, for other processes to attach."""
    kept = {name: os.environ[name] for name in names}
    kept |= {name: os.environ[name] for name in ENDPOINTS if name in os.environ}
    state.write(FILE, kept)


def attach(state: State) -> None:
    """Use the variables of the run that is using this state folder. Raises Problem when there is none."""
    if state.user() is None:
        raise Problem(f"Nothing is running on STATE {state.folder}; start it with `make run`")
    use(state.read(FILE))


def points_somewhere() -> bool:
    """Whether the caller's environment names a store itself."""
    return any(os.environ.get(name) for name in (*ENDPOINTS, "STAGE"))
