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
    """Whose key a request has, and the secret that came with it."""

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
) -> None:
    """Return when every check lets the request pass.

    Raises what the first check says that does not.
    """
    pipeline = sender.pipeline
    room = _Room(pipeline, len(incoming.items))
    claims = claims_of(headers, incoming, sender.secret, pipeline, room)
    refusal = gate.refusal(rules_of(pipeline, signature_required=signature_required), claims, checks)
    if refusal is RateLimited:
        raise RateLimited(headers=room.headers())
    if refusal:
        raise refusal


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


def claims_of(
    headers: Mapping[str, str],
    incoming: Incoming,
    secret: str,
    pipeline: PipelineKey,
    has_room: Callable[[], bool],
) -> gate.Claims:
    """What the request says, to be checked against this pipeline."""
    token, signature = credentials.challenge_token(headers, incoming.sent), incoming.signature
    return gate.Claims(
        headers.get("origin"),
        headers.get("referer"),
        partial(secrets.is_valid, secret, pipeline) if secret else None,
        partial(_is_valid, signature, pipeline) if signature else None,
        partial(challenge.is_valid, token, pipeline.pipeline_id) if token else None,
        has_room,
    )


def _is_valid(signature: Signature, pipeline: PipelineKey) -> bool:
    return signature.is_valid(secrets.valid_secrets(pipeline), clock.milliseconds())


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
