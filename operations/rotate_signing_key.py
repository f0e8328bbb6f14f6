"""`make rotate-signing-key`: signs access tokens and forms with a new key."""

import argparse
from datetime import datetime
from typing import Any

from chalicelib import clock, signing_keys
from chalicelib.infrastructure.stores import SIGNING_KEY_CHARACTERS
from deployment.terminal import Terminal

from .failure import OperationFailed
from .place import Place
from .switches import switch


def options(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("--leaked", default="", help="1: what the old keys signed is refused at once")


def run(place: Place, asked: argparse.Namespace) -> None:
    """Change the key. Raises OperationFailed, botocore's errors."""
    leaked = switch("LEAKED", asked.leaked)
    secrets, name = place.client("secretsmanager"), f"{place.prefix}signing-key"
    terminal = Terminal()
    terminal.say(str(place))
    dropped_until = _accepted_until(secrets, name, place)
    if leaked:
        # The product accepts the newest two.
        _put(secrets, name)
        _put(secrets, name)
        terminal.say(f"Everything signed until now is refused within {_minutes()} minutes; who is signed in stays so")
        return
    if dropped_until and clock.now() < dropped_until:
        raise OperationFailed(
            f"The key was changed a short time ago, and what the one before signed is accepted until "
            f"{clock.iso(dropped_until)}: wait until then, or say LEAKED=1 to refuse all that was signed until now"
        )
    _put(secrets, name)
    until = clock.iso(signing_keys.previous_until(clock.now()))
    terminal.say(f"The new key signs within {_minutes()} minutes; what the old one signed is accepted until {until}")


def _minutes() -> int:
    return int(signing_keys.KEPT.total_seconds()) // 60


def _accepted_until(secrets: Any, name: str, place: Place) -> datetime | None:
    """Until when the key is needed that another change would drop; None where there is none."""
    try:
        made = secrets.get_secret_value(SecretId=name)["CreatedDate"]
    except secrets.exceptions.ResourceNotFoundException:
        raise OperationFailed(
            f"Stage {place.stage} has no secret {name}: a stage that was deployed has one, that of `make run` signs "
            "with the key in secrets.json of its STATE"
        ) from None
    stages = secrets.describe_secret(SecretId=name)["VersionIdsToStages"].values()
    return signing_keys.previous_until(made) if any("AWSPREVIOUS" in each for each in stages) else None


def _put(secrets: Any, name: str) -> None:
    made = secrets.get_random_password(PasswordLength=SIGNING_KEY_CHARACTERS, ExcludePunctuation=True)
    secrets.put_secret_value(SecretId=name, SecretString=made["RandomPassword"])
