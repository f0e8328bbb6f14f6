"""All of a pipeline that enters its script. Nothing is copied wholesale: parameters, secrets and the settings of
integrations are not among what is named here, so they cannot get in."""

from dataclasses import dataclass
from typing import Any

from . import consent, vendors


@dataclass(frozen=True, slots=True)
class PublicConfig:
    """What the script is told, and the features that are switched on without being told anything."""

    told: dict[str, Any]
    switched_on: tuple[str, ...]


def public_config(
    *,
    key: str,
    url: str,
    js: dict[str, Any],
    identity: dict[str, Any],
    challenge_token_required: bool,
) -> PublicConfig:
    """The script's configuration: `js` and `identity` are the pipeline's `js_builder_config` and `identity_config`."""
    told: dict[str, Any] = {
        "key": key,
        "name": js["global_variable"],
        "url": url,
        "batch": js.get("batch_size", 10),
        "wait": js.get("flush_interval_ms", 1000),
    }
    told |= _consent(js.get("consent_config") or {}) | _vendors(js, identity) | _cross_domain(js, identity)
    page_views = js.get("page_views", "history")
    if page_views == "hash":
        told["hash"] = True
    switches = {
        "page_views": page_views != "manual",
        "navigation": page_views in ("history", "hash"),
        "retry": js.get("retry", True),
        "challenge": challenge_token_required,
    }
    return PublicConfig(told, tuple(module for module, on in switches.items() if on))


def _consent(given: dict[str, Any]) -> dict[str, Any]:
    return {"consent": consent.rules(given), "need": consent.required(given)} if given else {}


def _vendors(js: dict[str, Any], identity: dict[str, Any]) -> dict[str, Any]:
    syncs = (identity.get("vendor_sync") or {}) | (js.get("vendor_syncs") or {})
    given = js.get("consent_config") or {}
    found: dict[str, Any] = {}
    if syncs:
        found["vendors"] = vendors.rows(syncs)
    if "ga4" in syncs:
        found["ga"] = vendors.ga_session(syncs["ga4"])
    refused = given.get("global_privacy_control", consent.GLOBAL_PRIVACY_CONTROL)
    if refused and (syncs or given):
        found["gpc"] = refused
    return found


def _cross_domain(js: dict[str, Any], identity: dict[str, Any]) -> dict[str, Any]:
    hosts = identity.get("cross_domain_domains") or []
    on = js.get("cross_domain") or identity.get("cross_domain_enabled")
    return {"hosts": hosts} if on and hosts else {}
