"""Pipeline key secrets and challenge tokens: how they are made and what of them is stored."""

import hashlib
import hmac
import secrets

from .. import clock, encryption
from .table import PipelineKey

PREFIX_LENGTH = len("sk_") + 4


def new_secret() -> str:
    """`sk_` and 43 URL-safe characters: 256 bits."""
    return f"sk_{secrets.token_urlsafe(32)}"


def prefix_of(secret: str) -> str:
    """The part by which people recognise a secret."""
    return secret[:PREFIX_LENGTH]


def encrypted(secret: str, pipeline_id: str) -> str:
    """A secret as it is stored: recoverable, because HMAC needs it, and useless for another pipeline."""
    return encryption.encrypt(secret, context_of(pipeline_id))


def context_of(pipeline_id: str) -> dict[str, str]:
    """What a pipeline's secrets are bound to."""
    return {"pipeline_id": pipeline_id}


def valid_secrets(key: PipelineKey) -> list[str]:
    """The pipeline's own secret, and its previous one while that is kept."""
    valid = [key.secret]
    if key.previous_secret and (key.previous_secret_expires_at or 0) > clock.timestamp():
        valid.append(key.previous_secret)
    context = context_of(key.pipeline_id)
    return [encryption.decrypt(ciphertext, context) for ciphertext in valid]


def is_valid(presented: str, key: PipelineKey) -> bool:
    """Whether a secret is one of the pipeline's valid ones."""
    return any(hmac.compare_digest(presented.encode(), secret.encode()) for secret in valid_secrets(key))


def new_challenge_token() -> str:
    """`ct_` and 43 URL-safe characters."""
    return f"ct_{secrets.token_urlsafe(32)}"


def token_hash(token: str) -> str:
    """What is stored of a token. Plain SHA-256 is enough for 256 random bits."""
    return hashlib.sha256(token.encode()).hexdigest()
