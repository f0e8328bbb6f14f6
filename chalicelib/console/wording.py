"""The words for what the API names by codes. Plain data and functions."""

import re

DEEDS = {
    "pipeline.created": "created the pipeline",
    "pipeline.updated": "changed the settings",
    "pipeline.deleted": "deleted the pipeline",
    "pipeline.restored": "restored the pipeline",
    "pipeline.secret_rotated": "rotated the secret",
    "pipeline.token_issued": "issued a challenge token",
    "pipeline.revision_restored": "set the settings back",
    "pipeline.events_erased": "erased a person's events",
    "collector.build_requested": "asked for a build",
    "collector.build_published": "published an earlier build",
    "integration.created": "created the integration",
    "integration.updated": "changed the integration",
    "integration.deleted": "deleted the integration",
    "integration.restored": "restored the integration",
    "integration.revised": "made a revision",
    "integration.attached": "attached an integration",
    "integration.detached": "detached an integration",
    "integration.attachment_updated": "changed how an integration is attached",
    "dead_letters.replayed": "replayed dead letters",
    "user.added": "added a person",
    "user.updated": "changed a person",
    "user.removed": "removed a person",
    "user.password_changed": "changed their password",
    "auth.login": "signed in",
    "auth.login_failed": "failed to sign in",
    "auth.logout": "signed out",
}
KINDS = {
    "pipeline.": "pipelines",
    "collector.": "builds",
    "integration.": "integrations",
    "dead_letters.": "dead letters",
    "user.": "people",
    "auth.": "signing in",
}
FIELDS = {
    "name": "name",
    "slug": "slug",
    "domain_allowlist": "domains that may send",
    "labels": "labels",
    "rate_limit_rps": "rate limit",
    "challenge_token_required": "challenge token",
    "parameters": "parameters",
    "config": "privacy and the rest",
    "js_builder_config": "collector",
    "identity_config": "identity across domains",
    "enabled": "accepting events",
}


def deed(action: str) -> str:
    """What somebody did: `changed the settings`."""
    return DEEDS.get(action, action)


def field(path: str) -> str:
    """A field by its path: `js_builder_config.retry` → `collector: retry`, `labels[1]` → `labels`."""
    first = re.split(r"[.\[]", path, maxsplit=1)[0]
    rest = re.sub(r"^\[\d+\]$", "", path[len(first) :]).lstrip(".")
    named = FIELDS.get(first, first.replace("_", " "))
    return f"{named}: {rest}" if rest else named
