"""The form of what an integration does: shared by installing one and by its next revision."""

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from ..errors import ValidationFailed, VendorNotFound
from ..integrations import catalog, schemas
from ..integrations.resolution import prefixed
from ..integrations.secrets import MASK
from ..integrations.vendor import Vendor
from . import mapping_form, vendor_form
from .visit import Visit

T = TypeVar("T", bound=msgspec.Struct)
CONSENT = {
    "essential": "Essential: no consent is needed",
    "functional": "Functional",
    "analytics": "Analytics",
    "marketing": "Marketing",
    "personalization": "Personalization",
}
PRESETS = {
    "e_commerce": "Ready-made: the events of a shop, as the vendor wants them",
    "leads": "Ready-made: leads, as the vendor wants them",
    "all_events": "All events",
}
USUAL_REQUESTS_PER_SECOND = 100


def vendor_of(key: str) -> Vendor:
    """The vendor of this key.

    Raises VendorNotFound.
    """
    found = catalog.vendor_of(key)
    if found is None:
        raise VendorNotFound
    return found


def contents(visit: Visit, vendor: Vendor, before: schemas.Revision | None) -> dict[str, Any]:
    """What the form is made of."""
    config: Mapping[str, Any] = before.config if before else {}
    mapping = msgspec.to_builtins(before.mapping) if before else {}
    shapes = vendor_form.fields_of(vendor.key, catalog.json_schema(vendor.key))
    return {
        "vendor": vendor,
        "before": before,
        "config_fields": [
            (each, vendor_form.shown(each, config), vendor_form.is_kept(each, config)) for each in shapes
        ],
        "presets": [
            (name, PRESETS.get(name, vendor_form.label(name)), mapping_form.told(preset))
            for name, preset in vendor.presets.items()
        ],
        "rows": mapping_form.rows(visit.form, mapping),
        "mapping": mapping,
        "mapping_json": mapping_form.json_of(mapping, visit.asked("json")),
        "mapping_told": mapping_form.told(mapping),
        "consents": list(CONSENT.items()),
        "rate": before.requests_per_second if before else USUAL_REQUESTS_PER_SECOND,
    }


def decoded(
    visit: Visit,
    kind: type[T],
    vendor: Vendor,
    before: schemas.Revision | None,
    others: Mapping[str, Any],
) -> T:
    """What was typed as the API's type.

    Raises ValidationFailed with everything that is wrong, so that nobody mends one field only to hear of the next.
    """
    form, problems = visit.form, []
    mapping = msgspec.to_builtins(before.mapping) if before else None
    config = vendor_form.typed(
        vendor_form.fields_of(vendor.key, catalog.json_schema(vendor.key)), form, before.config if before else {}
    )
    fields = {**others, "config": config, "note": form.value("note"), "consent": form.value("consent", vendor.consent)}
    if form.value("requests_per_second").strip():
        fields["requests_per_second"] = form.number("requests_per_second")
    try:
        fields |= mapping_form.fields_of(form, vendor.presets, mapping)
    except ValidationFailed as failed:
        problems += failed.details
    try:
        wanted = visit.decoded(kind, fields)
    except ValidationFailed as failed:
        problems += failed.details
    if problems:
        raise ValidationFailed(problems + _wrong_in(vendor.key, config))
    return wanted


def _wrong_in(vendor: str, config: Mapping[str, Any]) -> list[dict[str, str]]:
    """What is wrong with a configuration, but for the secrets that stay as they are."""
    try:
        catalog.decoded(vendor, dict(config))
    except ValidationFailed as failed:
        return prefixed("config", [each for each in failed.details if config.get(each["field"]) != MASK])
    return []
