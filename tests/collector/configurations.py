"""Configurations of the collector, for tests."""

from typing import Any

from chalicelib.collector import builder
from chalicelib.collector.public_config import PublicConfig, public_config

JS = {"script_filename": "d.js", "global_variable": "_df", "delivery_method": "cdn"}


def a_config(
    *,
    key: str = "dk_pip_01jz3k8q4c2h9v7m5n0x",
    url: str = "https://data.example.com",
    identity: dict[str, Any] | None = None,
    challenge_token_required: bool = False,
    **js: Any,
) -> PublicConfig:
    """The configuration of a script whose `js_builder_config` has these fields."""
    return public_config(
        key=key, url=url, js=JS | js, identity=identity or {}, challenge_token_required=challenge_token_required
    )


def a_script(**fields: Any) -> builder.Script:
    """The script of such a configuration."""
    return builder.build(a_config(**fields))


FULL = a_config(
    vendor_syncs={
        name: {}
        for name in ("ga4", "google_ads", "linkedin", "meta", "microsoft_ads", "pinterest", "snapchat", "tiktok")
    },
    consent_config={"sources": [{"type": "tcf"}, {"type": "google_consent_mode"}, {"type": "onetrust"}]},
    identity={"cross_domain_enabled": True, "cross_domain_domains": ["shop.example.net"]},
    challenge_token_required=True,
)
