"""Whether the account has room for the concurrency that is reserved for the API. A new account may run as few as ten
functions at once, of which none can be reserved."""

from collections.abc import Mapping
from typing import Any

from .account import Account
from .failure import DeploymentFailed
from .terminal import Terminal

RESERVED = "ApiConcurrency"
# Lambda developer guide, "Configuring reserved concurrency": so many stay for functions that have none of their own.
KEPT_BY_AWS = 100
MORE = "ask AWS for a larger quota of Lambda's `Concurrent executions`"


def fitted(
    account: Account,
    said: Mapping[str, str],
    previous: Mapping[str, str],
    declared: Mapping[str, Any],
    terminal: Terminal,
) -> dict[str, str]:
    """What is said, with nothing reserved where nobody asked for it and there is no room.

    Raises DeploymentFailed where somebody did.
    """
    if RESERVED not in declared or (RESERVED in previous and RESERVED not in said):
        return dict(said)
    wanted = int(said.get(RESERVED, declared[RESERVED]["Default"]))
    had = int(previous.get(RESERVED, 0))
    unreserved = account.client("lambda").get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"]
    room = max(0, unreserved + had - KEPT_BY_AWS)
    if wanted <= room:
        return dict(said)
    if RESERVED in said:
        raise DeploymentFailed(
            f"{RESERVED}={wanted} cannot be reserved: this account has room for {room}; say less, or {MORE}"
        )
    terminal.say(
        f"This account runs at most {unreserved} functions at once, so nothing is reserved for the API and the "
        f"console: {MORE}, then deploy with PARAMETERS={RESERVED}={wanted}"
    )
    return dict(said) | {RESERVED: "0"}
