"""The gate: the checks a request must pass, in order; the first refusal wins. Plain functions."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from ..errors import (
    ApiError,
    ChallengeTokenRequired,
    InvalidChallengeToken,
    InvalidSecret,
    InvalidSignature,
    OriginNotAllowed,
    PipelineDeleted,
    PipelineDisabled,
    RateLimited,
    SignatureRequired,
)
from ..pipelines.rules import host


@dataclass(frozen=True, slots=True)
class Rules:
    """What the gate enforces of a pipeline."""

    deleted: bool
    enabled: bool
    domain_allowlist: tuple[str, ...]
    challenge_token_required: bool = False
    signature_required: bool = False


@dataclass(frozen=True, slots=True)
class Claims:
    """What a request says about where it comes from. What costs something is asked only when it comes to that:
    whether a secret, a signature and a challenge token are valid that were presented (None when there was none), and
    whether the rate limit has room."""

    origin: str | None
    referer: str | None
    secret_is_valid: Callable[[], bool] | None = None
    signature_is_valid: Callable[[], bool] | None = None
    token_is_valid: Callable[[], bool] | None = None
    has_room: Callable[[], bool] = lambda: True

    @property
    def is_signed(self) -> bool:
        """Whether it comes from somebody who has the secret, once that was checked."""
        return self.secret_is_valid is not None or self.signature_is_valid is not None


def not_deleted(rules: Rules, _: Claims) -> type[ApiError] | None:
    """A deleted pipeline takes nothing."""
    return PipelineDeleted if rules.deleted else None


def enabled(rules: Rules, _: Claims) -> type[ApiError] | None:
    """A disabled pipeline takes nothing."""
    return None if rules.enabled else PipelineDisabled


def secret_valid(_: Rules, claims: Claims) -> type[ApiError] | None:
    """A secret that is presented must be one of the pipeline's."""
    return None if claims.secret_is_valid is None or claims.secret_is_valid() else InvalidSecret


def signature_valid(rules: Rules, claims: Claims) -> type[ApiError] | None:
    """A signature that is presented must be made with one of the pipeline's secrets, and lately. Where one is required
    the secret itself is as good."""
    if rules.signature_required and not claims.is_signed:
        return SignatureRequired
    return None if claims.signature_is_valid is None or claims.signature_is_valid() else InvalidSignature


def origin_allowed(rules: Rules, claims: Claims) -> type[ApiError] | None:
    """With an allowlist the page's host must match an entry; an empty one lets all pass. Who has the secret is no
    page, and is not asked for one."""
    if not rules.domain_allowlist or claims.is_signed:
        return None
    page = host_of(claims)
    allowed = page is not None and any(matches(entry, page) for entry in rules.domain_allowlist)
    return None if allowed else OriginNotAllowed


def challenge_met(rules: Rules, claims: Claims) -> type[ApiError] | None:
    """Where a challenge token is required it must be there and valid; servers get theirs from the admin API."""
    if not rules.challenge_token_required:
        return None
    if claims.token_is_valid is None:
        return ChallengeTokenRequired
    return None if claims.token_is_valid() else InvalidChallengeToken


def within_limit(_: Rules, claims: Claims) -> type[ApiError] | None:
    """The pipeline's events per second, counted over all processes."""
    return None if claims.has_room() else RateLimited


Checks = tuple[Callable[[Rules, Claims], type[ApiError] | None], ...]
WHO: Checks = (not_deleted, enabled, secret_valid, signature_valid, origin_allowed)
CHECKS: Checks = (*WHO, challenge_met, within_limit)
FOR_A_TOKEN: Checks = (*WHO, within_limit)  # who may ask for a challenge token


def refusal(rules: Rules, claims: Claims, checks: Checks = CHECKS) -> type[ApiError] | None:
    """The first reason to refuse, or None when every check lets the request pass."""
    return next(filter(None, (check(rules, claims) for check in checks)), None)


def host_of(claims: Claims) -> str | None:
    """The host of the page: of `Origin`, or of `Referer` when there is no origin. Scheme and port do not count."""
    address = claims.origin if claims.origin is not None else claims.referer
    try:
        found = urlsplit(address or "")
        return host(found.hostname) if found.scheme in ("http", "https") and found.hostname else None
    except ValueError:
        return None


def matches(entry: str, page: str) -> bool:
    """`example.com` matches only itself; `*.example.com` any subdomain, but not `example.com`."""
    return page.endswith(entry[1:]) if entry.startswith("*.") else page == entry
