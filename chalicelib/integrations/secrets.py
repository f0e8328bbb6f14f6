"""The secrets in a configuration: encrypted at rest and shown as `***`."""

from typing import Any

from .. import encryption
from ..masking import MASK as MASK  # the same wherever a secret is hidden
from .parameters import PLACEHOLDER


def sealed(
    integration_id: str, config: dict[str, Any], fields: frozenset[str]
) -> tuple[dict[str, Any], dict[str, str]]:
    """The configuration with its secrets masked, and these encrypted by their fields. What is but the name of a
    pipeline's parameter is no secret, and what is empty is none."""
    shown, secrets = dict(config), {}
    for field in fields & config.keys():
        if config[field] and not PLACEHOLDER.fullmatch(config[field]):
            secrets[field] = encryption.encrypt(config[field], context_of(integration_id))
            shown[field] = MASK
    return shown, secrets


def revealed(integration_id: str, config: dict[str, Any], secrets: dict[str, str]) -> dict[str, Any]:
    """The configuration with its secrets in their places."""
    context = context_of(integration_id)
    return config | {field: encryption.decrypt(ciphertext, context) for field, ciphertext in secrets.items()}


def context_of(integration_id: str) -> dict[str, str]:
    """What an integration's secrets are bound to."""
    return {"integration_id": integration_id}
