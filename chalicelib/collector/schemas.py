"""What callers get of builds."""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from .. import identifiers
from ..api.types import Time

BuildId = Annotated[
    str, Meta(pattern=f"^bld_{identifiers.PATTERN}$", description="a build's id", examples=["bld_01jz3k8q4c2h9v7m5n0x"])
]


class BuildStarted(msgspec.Struct, kw_only=True):
    """The build was asked for."""

    status: Literal["building"] = "building"
    pipeline_id: str


class BuildStatus(msgspec.Struct, kw_only=True):
    """How the newest build stands, and when none is under way or has failed since, which one is current. What follows
    `message` is there when it is ready; the addresses and tags when it is served, which `delivery_method: download` is
    not. `script_tag` loads whatever is current; `pinned_script_tag` exactly this version. `stale`: the pipeline has
    changed since, or the collector itself; another build would give another script."""

    status: Literal["no_builds", "building", "ready", "failed"]
    pipeline_id: str
    build_id: str | UnsetType = UNSET
    message: str | UnsetType = UNSET
    version_hash: str | UnsetType = UNSET
    file_size_bytes: int | UnsetType = UNSET
    built_at: Time | UnsetType = UNSET
    gzip_bytes: int | UnsetType = UNSET
    brotli_bytes: int | UnsetType = UNSET
    modules: list[str] | UnsetType = UNSET
    stale: bool | UnsetType = UNSET
    delivery_method: Literal["download", "cdn", "cluster"] | UnsetType = UNSET
    url: str | UnsetType = UNSET
    immutable_url: str | UnsetType = UNSET
    integrity: str | UnsetType = UNSET
    script_tag: str | UnsetType = UNSET
    pinned_script_tag: str | UnsetType = UNSET


class Build(msgspec.Struct, kw_only=True):
    """A build. What follows `message` is there when it is ready. `current`: the pointer URL serves it, and the download
    gives it out."""

    build_id: str
    status: Literal["building", "ready", "failed"]
    current: bool
    requested_at: Time
    message: str | UnsetType = UNSET
    version_hash: str | UnsetType = UNSET
    file_size_bytes: int | UnsetType = UNSET
    built_at: Time | UnsetType = UNSET
    gzip_bytes: int | UnsetType = UNSET
    brotli_bytes: int | UnsetType = UNSET
    modules: list[str] | UnsetType = UNSET
    delivery_method: Literal["download", "cdn", "cluster"] | UnsetType = UNSET
    immutable_url: str | UnsetType = UNSET
    integrity: str | UnsetType = UNSET
    pinned_script_tag: str | UnsetType = UNSET


class BuildQuery(msgspec.Struct, kw_only=True):
    """Which builds to list."""

    limit: Annotated[int, Meta(ge=1, le=100, description="a whole number from 1 to 100")] = 20
    before: BuildId | UnsetType = UNSET  # only builds asked for before this one


class BuildList(msgspec.Struct, kw_only=True):
    """Builds, the newest first. With `next` as `before` come the ones after these; null: there are none."""

    builds: list[Build]
    next: str | None


class PublicationStarted(msgspec.Struct, kw_only=True):
    """The build will be the current one in a moment."""

    status: Literal["publishing"] = "publishing"
    pipeline_id: str
    build_id: str
