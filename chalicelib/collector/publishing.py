"""Where built scripts go: S3, from where the CDN serves them, and the addresses and tags that load them."""

from dataclasses import dataclass
from html import escape

from .. import aws
from ..settings import settings
from .builder import Script

SERVED, KEPT = "collectors", "downloads"  # what the CDN serves, and what only the admin API hands out
CONTENT_TYPE = "application/javascript; charset=utf-8"
FOR_EVER = "public, max-age=31536000, immutable"
FOR_MINUTES = "public, max-age=300, stale-while-revalidate=86400"


@dataclass(frozen=True, slots=True)
class Place:
    """Where one version of one pipeline's script is."""

    pipeline_key: str
    script_filename: str
    version_hash: str

    @property
    def pointer_path(self) -> str:
        """The path that survives every later build."""
        return f"{self.pipeline_key}/{self.script_filename}"

    @property
    def immutable_path(self) -> str:
        """The path of exactly this version."""
        return f"{self.pipeline_key}/{self.version_hash}/{self.script_filename}"

    @property
    def url(self) -> str:
        """The address of the newest version."""
        return f"{settings().public_url}/{self.pointer_path}"

    @property
    def immutable_url(self) -> str:
        """The address of exactly this version."""
        return f"{settings().public_url}/{self.immutable_path}"

    @property
    def script_tag(self) -> str:
        """A tag to paste once; without `integrity`, so that it survives the next build."""
        return f'<script async src="{escape(self.url)}"></script>'

    def pinned_script_tag(self, integrity: str) -> str:
        """A tag that loads exactly this version."""
        address = escape(self.immutable_url)
        return f'<script async src="{address}" integrity="{integrity}" crossorigin="anonymous"></script>'


def keep(place: Place, script: Script, *, served: bool) -> None:
    """Write a version; one that is not served by the CDN only for the admin API's download."""
    folder = SERVED if served else KEPT
    _put(f"{folder}/{place.immutable_path}", script, FOR_EVER)


def point_to(place: Place, script: Script) -> None:
    """Make a version, written before, the one that the pointer path serves."""
    _put(f"{SERVED}/{place.pointer_path}", script, FOR_MINUTES)
    distribution = settings().cdn_distribution_id
    if distribution:
        aws.client("cloudfront").create_invalidation(
            DistributionId=distribution,
            InvalidationBatch={
                "Paths": {"Quantity": 1, "Items": [f"/{place.pointer_path}"]},
                "CallerReference": f"{place.pointer_path}@{place.version_hash}",
            },
        )


def read(place: Place, *, served: bool) -> str:
    """The text of a version."""
    folder = SERVED if served else KEPT
    answer = aws.client("s3").get_object(Bucket=settings().collector_bucket, Key=f"{folder}/{place.immutable_path}")
    content: bytes = answer["Body"].read()
    return content.decode()


def _put(key: str, script: Script, cache_control: str) -> None:
    aws.client("s3").put_object(
        Bucket=settings().collector_bucket,
        Key=key,
        Body=script.content,
        ContentType=CONTENT_TYPE,
        CacheControl=cache_control,
    )
