"""The gate: the checks a request must pass, in order; the first refusal wins. Plain functions."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from ..errors import ApiError, InvalidSecret, OriginNotAllowed, PipelineDeleted, PipelineDisabled
from ..pipelines.rules import host


@dataclass(frozen=True, slots=True)
class Rules:
    """What the gate enforces of a pipeline."""

    deleted: bool
    enabled: bool
    domain_allowlist: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Claims:
    """What a request says about where it comes from. `secret_is_valid` answers for a secret that was presented, when
    it comes to that; None when there was none."""

    origin: str | None
    referer: str | None
    secret_is_valid: Callable[[], bool] | None = None


def not_deleted(rules: Rules, _: Claims) -> type[ApiError] | None:
    """A deleted pipeline takes nothing."""
    return PipelineDeleted if rules.deleted else None


def enabled(rules: Rules, _: Claims) -> type[ApiError] | None:
    """A disabled pipeline takes nothing."""
    return None if rules.enabled else PipelineDisabled


def secret_valid(_: Rules, claims: Claims) -> type[ApiError] | None:
    """A secret that is presented must be one of the pipeline's."""
    return None if claims.secret_is_valid is None or claims.secret_is_valid() else InvalidSecret


def origin_allowed(rules: Rules, claims: Claims) -> type[ApiError] | None:
    """With an allowlist the page's host must match an entry; an empty one lets all pass. Who has the secret is no
    page, and is not asked for one."""
    if not rules.domain_allowlist or claims.secret_is_valid is not None:
        return None
    page = host_of(claims)
    allowed = page is not None and any(matches(entry, page) for entry in rules.domain_allowlist)
    return None if allowed else OriginNotAllowed


CHECKS: tuple[Callable[[Rules, Claims], type[ApiError] | None], ...] = (
    not_deleted,
    enabled,
    secret_valid,
    origin_allowed,
)


def refusal(rules: Rules, claims: Claims) -> type[ApiError] | None:
    """The first reason to refuse, or None when every check lets the request pass."""
    return next(filter(None, (check(rules, claims) for check in CHECKS)), None)


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
