"""What callers send and get: the shapes that validate requests and describe the API."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from .. import identifiers
from ..api.types import Time
from . import rules
from .collector_config import AllowedDomain, IdentityConfig, JsBuilderConfig

READ_ONLY = frozenset(
    {
        "id",
        "org_id",
        "type",
        "pipeline_key",
        "pipeline_key_secret",
        "pipeline_key_secret_prefix",
        "pipeline_key_secrets",
        "created_at",
        "updated_at",
    }
)

PipelineType = Literal["web", "app", "server"]
Name = Annotated[
    str,
    Meta(
        min_length=1, max_length=200, extra={"check": rules.display_name}, description="a string of 1 to 200 characters"
    ),
]
Slug = Annotated[
    str,
    Meta(
        pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$",
        description="1 to 63 lower-case letters, digits and hyphens, with no hyphen at either end",
    ),
]
DomainAllowlist = Annotated[
    list[AllowedDomain],
    Meta(max_length=200, extra={"check": rules.without_repeats}, description="a list of at most 200 host names"),
]
Label = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=rules.LONGEST_LABEL,
        extra={"check": rules.label},
        description="a string of 1 to 100 characters",
    ),
]
Labels = Annotated[
    list[Label],
    Meta(
        max_length=rules.MOST_LABELS,
        extra={"check": rules.without_repeats},
        description="a list of at most 64 labels",
    ),
]
RateLimit = Annotated[
    int, Meta(ge=1, le=1_000_000, description="a whole number from 1 to 1,000,000 (events per second)")
]
ParameterKey = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z_][A-Za-z0-9_.-]{0,63}$",
        description="a key of 1 to 64 letters, digits, _ . and - that begins with a letter or underscore",
    ),
]
ParameterValue = Annotated[str, Meta(max_length=4096, description="a string of at most 4,096 characters")]
Parameters = Annotated[
    dict[ParameterKey, ParameterValue], Meta(max_length=200, description="an object of at most 200 keys")
]
Config = Annotated[
    dict[str, Any],
    Meta(
        extra={"check": rules.pipeline_config},
        description="an object; anonymize_ip and filter_bots in it are true or false",
    ),
]
PipelineId = Annotated[str, Meta(pattern=f"^pip_{identifiers.PATTERN}$", examples=["pip_01jz3k8q4c2h9v7m5n0x"])]


class PipelineCreate(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A new pipeline. Only `name` and `type` are required."""

    name: Name
    type: PipelineType
    slug: Slug | UnsetType = UNSET
    domain_allowlist: DomainAllowlist = []
    labels: Labels = []
    rate_limit_rps: RateLimit = 1000
    challenge_token_required: bool = False
    parameters: Parameters = {}
    config: Config = {}
    js_builder_config: JsBuilderConfig = msgspec.field(default_factory=JsBuilderConfig)
    identity_config: IdentityConfig = msgspec.field(default_factory=IdentityConfig)
    enabled: bool = True


class PipelineUpdate(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The fields to change. A list or object given replaces the old one."""

    name: Name | UnsetType = UNSET
    slug: Slug | UnsetType = UNSET
    domain_allowlist: DomainAllowlist | UnsetType = UNSET
    labels: Labels | UnsetType = UNSET
    rate_limit_rps: RateLimit | UnsetType = UNSET
    challenge_token_required: bool | UnsetType = UNSET
    parameters: Parameters | UnsetType = UNSET
    config: Config | UnsetType = UNSET
    js_builder_config: JsBuilderConfig | UnsetType = UNSET
    identity_config: IdentityConfig | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET


class SecretInUse(msgspec.Struct, kw_only=True):
    """A secret that is valid now, known by its prefix. The last use is true to a minute."""

    prefix: str
    expires_at: Time | None
    last_used_at: Time | None


class Pipeline(msgspec.Struct, kw_only=True):
    """A pipeline."""

    id: PipelineId
    org_id: str
    name: str
    slug: str
    type: PipelineType
    pipeline_key: str
    pipeline_key_secret_prefix: str
    pipeline_key_secrets: list[SecretInUse]
    domain_allowlist: list[str]
    labels: list[str]
    rate_limit_rps: int
    challenge_token_required: bool
    parameters: dict[str, str]
    config: dict[str, Any]
    js_builder_config: JsBuilderConfig
    identity_config: IdentityConfig
    enabled: bool
    created_at: Time
    updated_at: Time


class CreatedPipeline(Pipeline, kw_only=True):
    """A new pipeline with its secret, which is shown this once."""

    pipeline_key_secret: str


class PipelineInList(msgspec.Struct, kw_only=True):
    """A pipeline as a list shows it."""

    id: PipelineId
    name: str
    slug: str
    type: PipelineType
    pipeline_key: str
    labels: list[str]
    enabled: bool
    created_at: Time
    updated_at: Time


class AvailableLabel(msgspec.Struct, kw_only=True):
    """A label in use in the organisation; a plain tag has neither prefix nor value."""

    label: str
    prefix: str | None
    value: str | None
    count: int


class PipelineList(msgspec.Struct, kw_only=True):
    """A page of pipelines; `total` counts all that match, `available_labels` covers the whole organisation."""

    pipelines: list[PipelineInList]
    total: int
    limit: int
    offset: int
    available_labels: list[AvailableLabel]


class PipelineQuery(msgspec.Struct, kw_only=True):
    """What to list."""

    search: Annotated[
        str,
        Meta(max_length=200, extra={"check": rules.search}, description="a string of at most 200 characters"),
    ] = ""
    type: PipelineType | UnsetType = UNSET
    label: Annotated[list[Label], Meta(max_length=64, description="at most 64 labels")] = []
    enabled: Annotated[bool, Meta(description="true or false")] | UnsetType = UNSET
    limit: Annotated[int, Meta(ge=1, le=100, description="a whole number from 1 to 100")] = 50
    offset: Annotated[int, Meta(ge=0, le=1_000_000, description="a whole number from 0 to 1,000,000")] = 0
    sort: Literal["created_at", "-created_at", "updated_at", "-updated_at", "name", "-name"] = "created_at"


MOST_REVISIONS = 999_999_999


class PipelineRevisionQuery(msgspec.Struct, kw_only=True):
    """Which revisions to list, the newest first."""

    limit: Annotated[int, Meta(ge=1, le=100, description="a whole number from 1 to 100")] = 50
    cursor: (
        Annotated[str, Meta(pattern="^[1-9][0-9]{0,8}$", description="`next_cursor` of an earlier answer")] | UnsetType
    ) = UNSET


class PipelineRevisionInList(msgspec.Struct, kw_only=True):
    """One version of a pipeline: who made it, by which request, and the paths of what became different, of very many
    the first hundred. `restored_from` is the revision whose configuration was set back to."""

    pipeline_id: PipelineId
    number: int
    action: str
    user_id: str
    user_email: str
    request_id: str
    changed: list[str]
    changed_count: int
    restored_from: int | None
    created_at: Time


class PipelineConfiguration(msgspec.Struct, kw_only=True):
    """What can be changed of a pipeline, as it was. Rules may have become stricter since, and a field that there was
    none of is not there."""

    name: str | UnsetType = UNSET
    slug: str | UnsetType = UNSET
    domain_allowlist: list[str] | UnsetType = UNSET
    labels: list[str] | UnsetType = UNSET
    rate_limit_rps: int | UnsetType = UNSET
    challenge_token_required: bool | UnsetType = UNSET
    parameters: dict[str, str] | UnsetType = UNSET
    config: dict[str, Any] | UnsetType = UNSET
    js_builder_config: dict[str, Any] | UnsetType = UNSET
    identity_config: dict[str, Any] | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET


class PipelineRevision(PipelineRevisionInList, kw_only=True):
    """One version of a pipeline with its whole configuration."""

    configuration: PipelineConfiguration


class PipelineRevisionList(msgspec.Struct, kw_only=True):
    """A page of revisions, the newest first. `next_cursor` leads to older ones, null when there are none."""

    revisions: list[PipelineRevisionInList]
    next_cursor: str | None


class RotateSecret(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """How long the old secret stays valid; by default not at all."""

    grace_seconds: Annotated[
        int, Meta(ge=0, le=604_800, description="a whole number of seconds from 0 to 604,800 (7 days)")
    ] = 0


class RotatedSecret(msgspec.Struct, kw_only=True):
    """The new secret, which is shown this once."""

    pipeline_key: str
    pipeline_key_secret: str
    pipeline_key_secret_prefix: str
    previous_secret_expires_at: Time | UnsetType = UNSET


class DeletedPipeline(msgspec.Struct, kw_only=True):
    """The pipeline was deleted."""

    status: Literal["deleted"] = "deleted"


class IssuedChallengeToken(msgspec.Struct, kw_only=True):
    """A challenge token for events."""

    token: str
    expires_at: Time
