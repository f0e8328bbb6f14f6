"""Challenge tokens: for pipelines whose events must have one. Only their hashes are stored."""

from .. import clock
from ..settings import settings
from ..store import expiry_shard
from . import schemas, secrets
from .table import ChallengeToken


def prepared(pipeline_id: str) -> tuple[ChallengeToken, schemas.IssuedChallengeToken]:
    """A new token, as it is to be stored and as its owner gets it."""
    token, expires_at = secrets.new_challenge_token(), clock.after(settings().challenge_token_seconds)
    stored = ChallengeToken(
        secrets.token_hash(token), pipeline_id=pipeline_id, expiry_shard=expiry_shard(), expires_at=expires_at
    )
    return stored, schemas.IssuedChallengeToken(token=token, expires_at=clock.iso(expires_at))


def issue(pipeline_id: str) -> schemas.IssuedChallengeToken:
    """A new token, stored."""
    stored, issued = prepared(pipeline_id)
    stored.save()
    return issued


def is_valid(token: str, pipeline_id: str) -> bool:
    """Whether a token is one of this pipeline's and has not expired: DynamoDB's own removal may be days late."""
    try:
        stored = ChallengeToken.get(secrets.token_hash(token), consistent_read=True)
    except ChallengeToken.DoesNotExist:
        return False
    return stored.pipeline_id == pipeline_id and stored.expires_at > clock.now()
