"""What callers get of builds."""

from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from ..api.types import Time


class BuildStarted(msgspec.Struct, kw_only=True):
    """The build was asked for."""

    status: Literal["building"] = "building"
    pipeline_id: str


class BuildStatus(msgspec.Struct, kw_only=True):
    """How the newest build stands. What follows `message` is there when it is ready; the addresses and tags when it
    is served, which `delivery_method: download` is not."""

    status: Literal["no_builds", "building", "ready", "failed"]
    pipeline_id: str
    build_id: str | UnsetType = UNSET
    message: str | UnsetType = UNSET
    version_hash: str | UnsetType = UNSET
    file_size_bytes: int | UnsetType = UNSET
    built_at: Time | UnsetType = UNSET
    url: str | UnsetType = UNSET
    immutable_url: str | UnsetType = UNSET
    integrity: str | UnsetType = UNSET
    script_tag: str | UnsetType = UNSET
    pinned_script_tag: str | UnsetType = UNSET
