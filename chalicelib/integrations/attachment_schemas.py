"""What callers send and get of what is attached to pipelines."""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from ..api.types import RevisionNumber, Time
from ..pipelines import rules
from ..pipelines.schemas import Label, PipelineId
from .schemas import IntegrationId, Limit, Offset
from .vendor import State

MOST_PIPELINES = 1000  # that are named in one request

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
