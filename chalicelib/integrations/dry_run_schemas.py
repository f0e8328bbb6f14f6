"""What callers send and get of dry runs: what would be sent for an event."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from ..api.types import RevisionNumber
from ..pipelines.schemas import PipelineId
from .attachment_schemas import Problem
from .schemas import Config, Mapping, PresetName
from .vendor import Consent

StoppedBy = Literal["configuration", "parameters", "consent", "mapping", "vendor"]


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
