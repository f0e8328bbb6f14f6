"""A copy in S3 of what is attached to each pipeline, for processes that start while the tables do not answer. What is
secret in it is encrypted as in the tables."""

from dataclasses import dataclass
from typing import Any

import msgspec

from .. import aws
from ..integrations.table import Revision
from ..settings import settings

FOLDER = "configuration/"


@dataclass(frozen=True)
class Known:
    """A pipeline's parameters, and the revisions that are attached to it."""

    parameters: dict[str, str]
    revisions: list[Revision]

    def encoded(self) -> bytes:
        """As JSON."""
        return msgspec.json.encode(
            {"parameters": self.parameters, "revisions": [each.attribute_values for each in self.revisions]},
            order="sorted",
        )


NOTHING = Known({}, [])


def write(pipeline_id: str, known: Known) -> None:
    """Keep what is known of a pipeline."""
    aws.client("s3").put_object(Bucket=settings().events_bucket, Key=_key(pipeline_id), Body=known.encoded())


def read(pipeline_id: str) -> Known | None:
    """What was kept last; None if nothing was."""
    s3 = aws.client("s3")
    try:
        content = s3.get_object(Bucket=settings().events_bucket, Key=_key(pipeline_id))["Body"].read()
    except s3.exceptions.NoSuchKey:
        return None
    kept: dict[str, Any] = msgspec.json.decode(content)
    return Known(kept["parameters"], [Revision(**fields) for fields in kept["revisions"]])


def _key(pipeline_id: str) -> str:
    return f"{FOLDER}{pipeline_id}.json"
