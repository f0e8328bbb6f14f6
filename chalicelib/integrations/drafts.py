"""What a revision is to say: checked as a whole, with every wrong field named, before it is written."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from .. import clock
from ..api.validation import decode
from ..errors import ValidationFailed
from . import catalog, dry_run_schemas, parameters, schemas, secrets
from .mapping import EventMapping
from .resolution import Problems, prefixed
from .secrets import MASK
from .table import Revision
from .targets import Judge
from .vendor import Consent, Vendor

LARGEST = 256 * 1024  # bytes of JSON as it is stored, in ASCII: with what encryption adds well inside DynamoDB's 400 KB
USUAL_REQUESTS_PER_SECOND = 100
LARGEST_SECRET = 4096  # bytes, KMS's limit

Wanted = schemas.IntegrationCreate | schemas.RevisionCreate | dry_run_schemas.DryRun


@dataclass(frozen=True, slots=True)
class Draft:
    """The contents of a revision, valid, with its secrets in the clear. `kept` has those that were given as `***`: the
    ciphertexts that they have already."""

    vendor: Vendor
    config: dict[str, Any]
    kept: dict[str, str]
    mapping: dict[str, Any]
    consent: Consent
    requests_per_second: int


def drafted(vendor: Vendor, wanted: Wanted, before: Revision | None = None, *, to_be_saved: bool = True) -> Draft:
    """What is wanted, and for what is not said, what the revision before says. What is not to be saved, so that nothing
    will be sent by it, may have any address.

    Raises ValidationFailed with all wrong fields.
    """
    problems: Problems = []
    config, kept = _config(vendor, wanted.config, before, problems)
    if to_be_saved and wanted.config is not UNSET and config:
        problems += prefixed("config", Judge(looks_up=True).problems(config, vendor.addresses))
        problems += _oversized_secrets(vendor, config) + _sent_elsewhere(vendor, config, before, kept)
    mapping = _mapping(vendor, wanted, before, problems)
    if problems:
        raise ValidationFailed(problems)
    said = before.consent if before else vendor.consent
    consent: Consent = said if wanted.consent is UNSET else wanted.consent  # type: ignore[assignment]  # as stored
    draft = Draft(vendor, config, kept, mapping, consent, _requests_per_second(wanted, before))
    _refuse_oversized(draft)
    return draft


def sealed(draft: Draft, org_id: str, integration_id: str, number: int, note: str, user_id: str) -> Revision:
    """The revision of a draft, with its secrets encrypted."""
    fresh = {field: value for field, value in draft.config.items() if field not in draft.kept}
    fields = catalog.secret_fields(draft.vendor.key)
    shown, encrypted = secrets.sealed(integration_id, fresh, fields)
    return Revision(
        integration_id,
        number,
        org_id=org_id,
        vendor=draft.vendor.key,
        config={field: shown.get(field, MASK) for field in draft.config},
        secrets=encrypted | draft.kept,
        parameters=parameters.keys_in([draft.config, draft.mapping]),
        mapping=draft.mapping,
        consent=draft.consent,
        requests_per_second=draft.requests_per_second,
        note=note,
        created_at=clock.iso(clock.now()),
        created_by=user_id,
    )


def _requests_per_second(wanted: Wanted, before: Revision | None) -> int:
    given = UNSET if isinstance(wanted, dry_run_schemas.DryRun) else wanted.requests_per_second
    if given is UNSET:
        return int(before.requests_per_second) if before else USUAL_REQUESTS_PER_SECOND
    return given


def _config(
    vendor: Vendor, wanted: dict[str, Any] | UnsetType, before: Revision | None, problems: Problems
) -> tuple[dict[str, Any], dict[str, str]]:
    """The whole configuration with its secrets, and the ciphertexts of those that stay."""
    if wanted is UNSET and before:
        return secrets.revealed(before.integration_id, before.config, before.secrets), dict(before.secrets)
    given = {} if wanted is UNSET else wanted
    kept = _kept(vendor, given, before, problems)
    plain = secrets.revealed(before.integration_id, given, kept) if before else given
    try:
        decoded = catalog.decoded(vendor.key, plain)
    except ValidationFailed as failed:
        named = {problem["field"] for problem in problems}
        problems += [problem for problem in prefixed("config", failed.details) if problem["field"] not in named]
        return {}, {}
    config: dict[str, Any] = msgspec.to_builtins(decoded)
    return config, kept


def _kept(vendor: Vendor, given: Mapping[str, Any], before: Revision | None, problems: Problems) -> dict[str, str]:
    """The ciphertexts of the secrets that are given as `***`."""
    known = before.secrets if before else {}
    masked = [field for field in catalog.secret_fields(vendor.key) if given.get(field) == MASK]
    problems += [
        {"field": f"config.{field}", "message": f"is {MASK}, but there is no secret to keep: give it"}
        for field in sorted(masked)
        if field not in known
    ]
    return {field: known[field] for field in masked if field in known}


def _sent_elsewhere(vendor: Vendor, config: dict[str, Any], before: Revision | None, kept: dict[str, str]) -> Problems:
    """Secrets that would go to another server than they were given for: whoever may change an integration could have
    them sent to a server of their own."""
    changed = [field for field in vendor.addresses if before and config.get(field) != before.config.get(field)]
    message = f"must be given again, because {' and '.join(changed)} changed"
    return [{"field": f"config.{field}", "message": message} for field in sorted(kept) if changed]


def _oversized_secrets(vendor: Vendor, config: Mapping[str, Any]) -> Problems:
    return [
        {"field": f"config.{field}", "message": f"must have at most {LARGEST_SECRET:,} bytes"}
        for field in sorted(catalog.secret_fields(vendor.key) & config.keys())
        if len(config[field].encode()) > LARGEST_SECRET
    ]


def _mapping(
    vendor: Vendor,
    wanted: Wanted,
    before: Revision | None,
    problems: Problems,
) -> dict[str, Any]:
    """The mapping as JSON: the given one, that of a preset, or that of the revision before."""
    if wanted.mapping is not UNSET and wanted.preset is not UNSET:
        problems.append({"field": "preset", "message": "cannot be given together with a mapping"})
        return {}
    if wanted.preset is not UNSET:
        return _preset(vendor, wanted.preset, problems)
    if wanted.mapping is UNSET:
        if before is None:
            problems.append({"field": "mapping", "message": "is required, or a preset"})
        return before.mapping if before else {}
    try:
        mapping: dict[str, Any] = msgspec.to_builtins(decode(EventMapping, wanted.mapping))
    except ValidationFailed as failed:
        problems += prefixed("mapping", failed.details)
        return {}
    return mapping


def _preset(vendor: Vendor, name: str, problems: Problems) -> dict[str, Any]:
    if name not in vendor.presets:
        has = ", ".join(vendor.presets)
        problems.append({"field": "preset", "message": f"is no preset of {vendor.name}; it has {has}"})
        return {}
    mapping: dict[str, Any] = msgspec.to_builtins(decode(EventMapping, dict(vendor.presets[name])))
    return mapping


def _refuse_oversized(draft: Draft) -> None:
    """Raises ValidationFailed, naming the largest part."""
    sizes = {name: len(json.dumps(getattr(draft, name))) for name in ("config", "mapping")}
    if sum(sizes.values()) > LARGEST:
        largest = max(sizes, key=lambda name: sizes[name])
        message = f"makes the revision too large: it has {sum(sizes.values()):,} bytes as JSON, of at most {LARGEST:,}"
        raise ValidationFailed([{"field": largest, "message": message}])
