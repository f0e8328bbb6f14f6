"""What callers send and get of integrations: the shapes that validate requests and describe the API."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from .. import identifiers, text
from ..api.types import RevisionNumber, Time
from ..pipelines import rules
from ..pipelines.schemas import Label, Name, PipelineId
from .mapping import EventMapping
from .vendor import Category, Consent, State

PATH = "/v1/admin/integrations"  # of them all

READ_ONLY = frozenset({"id", "org_id", "vendor", "latest_revision", "revision", "created_at", "updated_at"})
MOST_PIPELINES = 1000  # that are named in one request

StoppedBy = Literal["configuration", "parameters", "consent", "mapping", "vendor"]

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


PipelineIds = Annotated[
    list[PipelineId],
    Meta(
        min_length=1,
        max_length=MOST_PIPELINES,
        extra={"check": rules.without_repeats},
        description="a list of 1 to 1,000 ids of pipelines",
    ),
]


class Problem(msgspec.Struct, kw_only=True):
    """A field that cannot be used once the pipeline's parameters are in it, and why."""

    field: str
    message: str


class Attach(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """By which revision, and whether switched on. Without `revision` it is the latest; but where only `enabled` is
    given of what is attached already, the revision stays."""

    revision: RevisionNumber | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET


class Attached(msgspec.Struct, kw_only=True):
    """An integration that a pipeline's events go to. `state` says whether they do: the keys of parameters that are
    `missing` in the pipeline and the `problems` of the configuration with them stand in the way."""

    integration_id: IntegrationId
    name: str
    vendor: str
    revision: int
    latest_revision: int
    enabled: bool
    state: State
    missing: list[str]
    problems: list[Problem]
    attached_at: Time
    updated_at: Time


class AttachedList(msgspec.Struct, kw_only=True):
    """Everything that is attached to a pipeline."""

    integrations: list[Attached]


class Detached(msgspec.Struct, kw_only=True):
    """The integration was detached."""

    status: Literal["detached"] = "detached"


class AttachedPipeline(msgspec.Struct, kw_only=True):
    """A pipeline that an integration is attached to."""

    pipeline_id: PipelineId
    name: str
    revision: int
    enabled: bool
    state: State
    missing: list[str]
    problems: list[Problem]
    attached_at: Time
    updated_at: Time


class AttachedPipelineList(msgspec.Struct, kw_only=True):
    """A page of pipelines; `total` counts all."""

    pipelines: list[AttachedPipeline]
    total: int
    limit: int
    offset: int


class AttachedPipelineQuery(msgspec.Struct, kw_only=True):
    """Which page."""

    limit: Limit = 50
    offset: Offset = 0


class Selection(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Which pipelines: those of `pipeline_ids`, or all with a `label`."""

    pipeline_ids: PipelineIds | UnsetType = UNSET
    label: Label | UnsetType = UNSET


class AttachMany(Selection, forbid_unknown_fields=True, kw_only=True):
    """To which pipelines, and how. With `allow_missing` also those are taken that could not send yet. With `dry_run`
    the answer is the same and nothing is changed."""

    revision: RevisionNumber | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET
    allow_missing: bool = False
    dry_run: bool = False


class DetachMany(Selection, forbid_unknown_fields=True, kw_only=True):
    """From which pipelines. With `dry_run` the answer is the same and nothing is changed."""

    dry_run: bool = False


class AttachResult(msgspec.Struct, kw_only=True):
    """What became of one pipeline."""

    pipeline_id: str
    name: str | None
    result: Literal["attached", "changed", "unchanged", "refused", "not_found"]
    missing: list[str]
    problems: list[Problem]


class AttachedMany(msgspec.Struct, kw_only=True):
    """What became of each pipeline, and how many became what."""

    revision: int
    dry_run: bool
    counts: dict[str, int]
    pipelines: list[AttachResult]


class DetachResult(msgspec.Struct, kw_only=True):
    """What became of one pipeline."""

    pipeline_id: str
    name: str | None
    result: Literal["detached", "not_attached", "not_found"]


class DetachedMany(msgspec.Struct, kw_only=True):
    """What became of each pipeline, and how many became what."""

    dry_run: bool
    counts: dict[str, int]
    pipelines: list[DetachResult]


class Preflight(Selection, forbid_unknown_fields=True, kw_only=True):
    """Which pipelines to check, by which revision; without one the latest."""

    revision: RevisionNumber | UnsetType = UNSET


class NotReady(msgspec.Struct, kw_only=True):
    """A pipeline that could not send, and why."""

    pipeline_id: str
    name: str
    missing: list[str]
    problems: list[Problem]


class PreflightReport(msgspec.Struct, kw_only=True):
    """Which of the pipelines could not send. `missing` has every key that some pipeline lacks."""

    revision: int
    checked: int
    ready: int
    missing: list[str]
    not_ready: list[NotReady]
    not_found: list[str]


class ParameterUser(msgspec.Struct, kw_only=True):
    """An attached integration that refers to a parameter."""

    integration_id: IntegrationId
    name: str
    revision: int


class ParameterUse(msgspec.Struct, kw_only=True):
    """A parameter: whether the pipeline has it, and what refers to it."""

    key: str
    defined: bool
    used_by: list[ParameterUser]


class ParameterUses(msgspec.Struct, kw_only=True):
    """Every parameter that the pipeline has or that something attached to it refers to. `missing` are those that it
    does not have, `unused` those that nothing refers to."""

    parameters: list[ParameterUse]
    missing: list[str]
    unused: list[str]


class DryRun(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """An event as SDKs send it, or as the archive has it. With `pipeline_id` that pipeline's parameters are used,
    without one placeholders stay. It is tried with a revision, by default the latest; what is given of config, mapping
    (or preset) and consent takes the place of the revision's."""

    event: Annotated[dict[str, Any], Meta(description="an event", examples=[{"type": "track", "event": "Signed up"}])]
    pipeline_id: PipelineId | UnsetType = UNSET
    revision: RevisionNumber | UnsetType = UNSET
    config: Config | UnsetType = UNSET
    mapping: Mapping | UnsetType = UNSET
    preset: PresetName | UnsetType = UNSET
    consent: Consent | UnsetType = UNSET


class ShownHttpRequest(msgspec.Struct, kw_only=True, tag="http", tag_field="kind"):
    """A request over HTTP, without secrets. The body is JSON, otherwise a text."""

    method: str
    url: str
    headers: dict[str, str]
    body: Any


class ShownAwsRequest(msgspec.Struct, kw_only=True, tag="aws", tag_field="kind"):
    """A call of an AWS service. What is compressed is shown as it was before."""

    service: str
    operation: str
    arguments: dict[str, Any]


class DryRunReport(msgspec.Struct, kw_only=True):
    """What would be sent, or why nothing: what it was `stopped_by`, and the `reason` in words. `event` is the event
    with what every accepted event has, `values` what the mapping makes of it."""

    revision: int
    event: dict[str, Any]
    missing: list[str]
    problems: list[Problem] = []
    vendor_event_name: str | None = None
    values: dict[str, Any] = {}
    would_be_sent: bool = False
    stopped_by: StoppedBy | None = None
    reason: str = ""
    requests: list[ShownHttpRequest | ShownAwsRequest] = []
