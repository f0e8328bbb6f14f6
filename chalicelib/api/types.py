"""Types that several schemas share."""

from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

Time = Annotated[str, Meta(extra_json_schema={"format": "date-time", "examples": ["2026-02-20T10:00:00Z"]})]
RevisionNumber = Annotated[int, Meta(ge=1, le=1_000_000_000, description="the number of a revision")]


class DifferencesQuery(msgspec.Struct, kw_only=True):
    """With which revision to compare; without it the one before."""

    against: RevisionNumber | UnsetType = UNSET


class Difference(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A field that differs. Where there is no `before` it was added, where there is no `after` it was removed. Of a
    `secret` no more is shown than that it was given anew."""

    path: str
    before: Any | UnsetType = UNSET
    after: Any | UnsetType = UNSET
    secret: bool = False


class Differences(msgspec.Struct, kw_only=True):
    """The differences between two revisions. The first one is compared with nothing: `against` is null."""

    number: int
    against: int | None
    differences: list[Difference]
