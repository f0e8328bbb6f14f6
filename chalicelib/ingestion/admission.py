"""Who sends, and whether the gate lets them in: what is known of a request and of its pipeline, brought together."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from .. import clock
from ..errors import InvalidPipelineKey, RateLimited
from ..pipelines import challenge, secrets
from ..pipelines.table import PipelineKey
from . import credentials, gate
from .limiter import Taken, limiter
from .signature import Signature


@dataclass(frozen=True, slots=True)
class Incoming:
    """What was sent, once it could be read."""

    sent: dict[str, Any]
    signature: Signature | None = None

    @property
    def items(self) -> list[Any]:
        """The events in it, not checked yet."""
        batch = self.sent.get("batch")
        return batch if isinstance(batch, list) and batch else [self.sent]


@dataclass(frozen=True, slots=True)
class Sender:
    """Whose key a request has, and the secret that came with it, not checked yet."""

    pipeline: PipelineKey
    secret: str


def sender_of(headers: Mapping[str, str], query: Mapping[str, str], sent: Mapping[str, Any]) -> Sender:
    """Who sends, by the key alone.

    Raises InvalidPipelineKey.
    """
    given = credentials.credentials_of(headers, query, sent)
    return Sender(pipeline_of(given.key), given.secret)


def admit(
    sender: Sender,
    headers: Mapping[str, str],
    incoming: Incoming,
    checks: gate.Checks,
    *,
    signature_required: bool = False,
) -> str:
    """The secret that the sender has, empty for one who showed none, when every check lets the request pass.

    Raises what the first check says that does not.
    """
    pipeline = sender.pipeline
    room, proof = _Room(pipeline, len(incoming.items)), Proof(pipeline, sender.secret, incoming.signature)
    claims = claims_of(headers, incoming, proof, room)
    refusal = gate.refusal(rules_of(pipeline, signature_required=signature_required), claims, checks)
    if refusal is RateLimited:
        raise RateLimited(headers=room.headers())
    if refusal:
        raise refusal
    return proof.proven


def pipeline_of(key: str) -> PipelineKey:
    """What the gate enforces of a pipeline, by one strongly consistent read: a change acts on the very next event.

    Raises InvalidPipelineKey.
    """
    try:
        return PipelineKey.get(key, consistent_read=True)
    except PipelineKey.DoesNotExist:
        raise InvalidPipelineKey from None


def rules_of(pipeline: PipelineKey, *, signature_required: bool = False) -> gate.Rules:
    """The pipeline's rules. One for servers takes signed events alone."""
    return gate.Rules(
        pipeline.deleted,
        pipeline.enabled,
        tuple(pipeline.domain_allowlist),
        pipeline.challenge_token_required,
        signature_required or pipeline.type == "server",
    )


@dataclass(slots=True)
class Proof:
    """That the sender has a secret of the pipeline: by the secret itself, or by a signature made with it. Looked at
    when the gate asks, since it costs a decryption."""

    pipeline: PipelineKey
    secret: str
    signature: Signature | None
    proven: str = ""  # the secret that the sender was seen to have

    def by_secret(self) -> bool:
        """Whether the secret that came is valid."""
        valid = secrets.is_valid(self.secret, self.pipeline)
        self.proven = self.secret if valid else self.proven
        return valid

    def by_signature(self) -> bool:
        """Whether the signature that came is valid."""
        valid = secrets.valid_secrets(self.pipeline)
        made_with = self.signature.made_with(valid, clock.milliseconds()) if self.signature else None
        self.proven = made_with or self.proven
        return made_with is not None


def claims_of(
    headers: Mapping[str, str], incoming: Incoming, proof: Proof, has_room: Callable[[], bool]
) -> gate.Claims:
    """What the request says, to be checked against the pipeline."""
    token = credentials.challenge_token(headers, incoming.sent)
    return gate.Claims(
        headers.get("origin"),
        headers.get("referer"),
        proof.by_secret if proof.secret else None,
        proof.by_signature if proof.signature else None,
        partial(challenge.is_valid, token, proof.pipeline.pipeline_id) if token else None,
        has_room,
    )


class _Room:
    """Whether the rate limit has room for a request, and what the sender is told when it has not."""

    def __init__(self, pipeline: PipelineKey, events: int) -> None:
        self.pipeline, self.events = pipeline, events
        self.limit = int(pipeline.rate_limit_rps)
        self.taken = Taken(allowed=True)

    def __call__(self) -> bool:
        self.taken = limiter.take(self.pipeline.pipeline_id, self.limit, self.events)
        return self.taken.allowed

    def headers(self) -> dict[str, str]:
        """`Retry-After` (RFC 9110), and the fields of draft-ietf-httpapi-ratelimit-headers."""
        seconds = self.taken.retry_after
        return {
            "Retry-After": str(seconds),
            "RateLimit": f'"pipeline";r=0;t={seconds}',
            "RateLimit-Policy": f'"pipeline";q={self.limit};w=1',
        }
