"""What can be done, by the names that entries have. Plain data."""

from typing import Literal, get_args

Action = Literal[
    "pipeline.created",
    "pipeline.updated",
    "pipeline.deleted",
    "pipeline.restored",
    "pipeline.secret_rotated",
    "pipeline.token_issued",
    "pipeline.revision_restored",
    "pipeline.events_erased",
    "collector.build_requested",
    "collector.build_published",
    "integration.created",
    "integration.updated",
    "integration.deleted",
    "integration.restored",
    "integration.revised",
    "integration.attached",
    "integration.detached",
    "integration.attachment_updated",
    "dead_letters.replayed",
    "user.added",
    "user.updated",
    "user.removed",
    "user.password_changed",
    "auth.login",
    "auth.login_failed",
    "auth.logout",
]
ResourceType = Literal["pipeline", "integration", "user"]

ACTIONS: tuple[str, ...] = get_args(Action)
GROUPS = tuple(dict.fromkeys(f"{action.partition('.')[0]}." for action in ACTIONS))


def matches(action: str, wanted: str) -> bool:
    """Whether an action is the one that is wanted, or of the group: `pipeline.` is all of pipelines."""
    return action.startswith(wanted) if wanted.endswith(".") else action == wanted


def action_or_group(given: str) -> str:
    """An action, or the beginning of several up to the dot."""
    if given not in ACTIONS and given not in GROUPS:
        raise ValueError(f"must be an action such as {ACTIONS[0]}, or all of a kind: {', '.join(GROUPS)}")
    return given
