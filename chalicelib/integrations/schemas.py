"""What callers send and get of integrations and their revisions: the shapes that validate requests and describe the
API."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from .. import identifiers, text
from ..api.types import Time
from ..pipelines import rules
from ..pipelines.schemas import Name
from .mapping import EventMapping
from .vendor import Category, Consent

PATH = "/v1/admin/integrations"  # of them all

READ_ONLY = frozenset({"id", "org_id", "vendor", "latest_revision", "revision", "created_at", "updated_at"})

IntegrationId = Annotated[str, Meta(pattern=f"^int_{identifiers.PATTERN}$", examples=["int_01jz3k8q4c2h9v7m5n0x"])]
Description = Annotated[
    str,
    Meta(
        max_length=1000,
        extra={"check": lambda given: text.one_line(given, 0, 1000)},
        description="a string of at most 1,000 characters",
    ),
]
Note = Annotated[
    str,
    Meta(
        max_length=500,
        extra={"check": lambda given: text.one_line(given, 0, 500)},
        description="a string of at most 500 characters",
    ),
]
VendorKey = Annotated[str, Meta(min_length=1, max_length=100, description="the key of a vendor, as /vendors has them")]
PresetName = Annotated[str, Meta(min_length=1, max_length=100, description="the name of one of the vendor's presets")]
Config = Annotated[dict[str, Any], Meta(description="an object as the vendor's config_schema says")]
# Decoded beside the configuration, so that one answer names every wrong field of both.
Mapping = Annotated[
    dict[str, Any],
    Meta(description="an object", extra_json_schema={"$ref": "#/components/schemas/EventMapping"}),
]
Limit = Annotated[int, Meta(ge=1, le=100, description="a whole number from 1 to 100")]
Offset = Annotated[int, Meta(ge=0, le=1_000_000, description="a whole number from 0 to 1,000,000")]


class Vendor(msgspec.Struct, kw_only=True):
    """Where events can go. Without consent to `consent` nothing is sent, unless that is `essential` or a revision says
    otherwise. One that is `testable` takes events that do not count; one that `batches` takes several in a request."""

    key: str
    name: str
    description: str
    category: Category
    documentation: str
    consent: Consent
    testable: bool
    batches: bool
    presets: list[str]


class VendorList(msgspec.Struct, kw_only=True):
    """All vendors."""

    vendors: list[Vendor]


class VendorInDetail(Vendor, kw_only=True):
    """A vendor with the JSON Schema of its configuration (secrets are `writeOnly`) and the mappings to begin with."""

    config_schema: dict[str, Any]
    preset_mappings: dict[str, EventMapping]


RequestsPerSecond = Annotated[
    int,
    Meta(
        ge=1,
        le=1000,
        description="a whole number from 1 to 1,000 (requests a second of each pipeline to the vendor, at most)",
    ),
]


class IntegrationCreate(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A new integration with its first revision. It needs either a `mapping` or the name of a `preset`. Without
    `consent` it is the vendor's."""

    name: Name
    vendor: VendorKey
    description: Description = ""
    config: Config
    mapping: Mapping | UnsetType = UNSET
    preset: PresetName | UnsetType = UNSET
    consent: Consent | UnsetType = UNSET
    requests_per_second: RequestsPerSecond | UnsetType = UNSET  # by default 100
    note: Note = ""
    enabled: bool = True


class IntegrationUpdate(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The fields to change. What is sent to the vendor is changed by a revision."""

    name: Name | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET


class RevisionCreate(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What is to be different from the latest revision. A configuration given replaces the old one whole, but a secret
    given as `***` stays as it is."""

    config: Config | UnsetType = UNSET
    mapping: Mapping | UnsetType = UNSET
    preset: PresetName | UnsetType = UNSET
    consent: Consent | UnsetType = UNSET
    requests_per_second: RequestsPerSecond | UnsetType = UNSET
    note: Note = ""


class RevisionInList(msgspec.Struct, kw_only=True):
    """A revision as a list shows it. `parameters` are the pipelines' parameters that it refers to."""

    number: int
    parameters: list[str]
    consent: Consent
    requests_per_second: int
    note: str
    created_at: Time
    created_by: str


class Revision(RevisionInList, kw_only=True):
    """What an integration does, under a number that never means anything else. Secrets are shown as `***`."""

    integration_id: IntegrationId
    vendor: str
    config: dict[str, Any]
    mapping: EventMapping


class RevisionList(msgspec.Struct, kw_only=True):
    """A page of revisions, the newest first; `total` counts all."""

    revisions: list[RevisionInList]
    total: int
    limit: int
    offset: int


class RevisionQuery(msgspec.Struct, kw_only=True):
    """Which page."""

    limit: Limit = 20
    offset: Offset = 0


class Integration(msgspec.Struct, kw_only=True):
    """A template by which events of many pipelines go to one vendor. What is sent is in its revisions."""

    id: IntegrationId
    org_id: str
    name: str
    description: str
    vendor: str
    enabled: bool
    latest_revision: int
    created_at: Time
    updated_at: Time


class IntegrationWithRevision(Integration, kw_only=True):
    """An integration and the latest of its revisions."""

    revision: Revision


class IntegrationList(msgspec.Struct, kw_only=True):
    """A page of integrations; `total` counts all that match."""

    integrations: list[Integration]
    total: int
    limit: int
    offset: int


class IntegrationQuery(msgspec.Struct, kw_only=True):
    """What to list; `search` looks into names and vendors."""

    search: Annotated[
        str,
        Meta(max_length=200, extra={"check": rules.search}, description="a string of at most 200 characters"),
    ] = ""
    vendor: VendorKey | UnsetType = UNSET
    enabled: Annotated[bool, Meta(description="true or false")] | UnsetType = UNSET
    limit: Limit = 50
    offset: Offset = 0


class DeletedIntegration(msgspec.Struct, kw_only=True):
    """The integration was deleted."""

    status: Literal["deleted"] = "deleted"
