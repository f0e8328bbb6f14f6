"""Types that several schemas share."""

from typing import Annotated

from msgspec import Meta

Time = Annotated[str, Meta(extra_json_schema={"format": "date-time", "examples": ["2026-02-20T10:00:00Z"]})]
