"""Where built scripts go: S3, from where the CDN or the API serves them, and the addresses and tags that load them."""

from dataclasses import dataclass
from html import escape

from botocore.exceptions import ClientError

from .. import aws, clock
from ..settings import settings

# Where in the bucket the scripts of each delivery method are. The CDN serves the first folder and no other.
FOLDERS = {"cdn": "collectors", "cluster": "cluster", "download": "downloads"}
SERVED = FOLDERS["cdn"]
SERVED_METHODS = ("cdn", "cluster")
CONTENT_TYPE = "application/javascript; charset=utf-8"
FOR_EVER = "public, max-age=31536000, immutable"
FOR_MINUTES = "public, max-age=300, stale-while-revalidate=86400"


@dataclass(frozen=True, slots=True)
class Place:
    """Where one version of one pipeline's script is."""

    pipeline_key: str
    script_filename: str
    version_hash: str
    delivery_method: str

    @property
    def served(self) -> bool:
        """Whether pages can load it; otherwise only the admin API hands it out."""
        return self.delivery_method in SERVED_METHODS

    @property
    def pointer_path(self) -> str:
        """The path that survives every later build."""
        return f"{self.pipeline_key}/{self.script_filename}"

    @property
    def immutable_path(self) -> str:
        """The path of exactly this version."""
        return f"{self.pipeline_key}/{self.version_hash}/{self.script_filename}"

    @property
    def readable_path(self) -> str:
        """The path of this version as it was before it was minified, for people."""
        return f"{self.immutable_path.removesuffix('.js')}.src.js"

    @property
    def url(self) -> str:
        """The address of the current version."""
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

    def key(self, path: str) -> str:
        """The key in the bucket of one of its paths."""
        return f"{FOLDERS[self.delivery_method]}/{path}"


def keep(place: Place, content: bytes, readable: bytes) -> None:
    """Write a version, for ever."""
    _put(place.key(place.readable_path), readable, FOR_EVER)
    _put(place.key(place.immutable_path), content, FOR_EVER)


def point_to(place: Place, content: bytes) -> None:
    """Make a version, written before, the one that the pointer path serves: one write, so that a reader gets the whole
    old file or the whole new one. Then the pointer that another way of delivery may have left at the same address goes,
    which the CDN would go on to serve, and the CDN is told to forget the old file."""
    _put(place.key(place.pointer_path), content, FOR_MINUTES)
    for folder in {FOLDERS[method] for method in SERVED_METHODS} - {FOLDERS[place.delivery_method]}:
        _remove(f"{folder}/{place.pointer_path}")
    distribution = settings().cdn_distribution_id
    if distribution:
        aws.client("cloudfront").create_invalidation(
            DistributionId=distribution,
            InvalidationBatch={
                "Paths": {"Quantity": 1, "Items": [f"/{place.pointer_path}"]},
                "CallerReference": f"{place.pointer_path}@{place.version_hash}@{clock.milliseconds()}",
            },
        )


def read(place: Place) -> bytes:
    """A version."""
    found = read_path(place.delivery_method, place.immutable_path)
    if found is None:
        raise RuntimeError(f"{place.immutable_path} is gone from the bucket")
    return found


def read_path(delivery_method: str, path: str) -> bytes | None:
    """What is at a path, or None."""
    key = f"{FOLDERS[delivery_method]}/{path}"
    try:
        answer = aws.client("s3").get_object(Bucket=settings().collector_bucket, Key=key)
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") == "NoSuchKey":
            return None
        raise
    content: bytes = answer["Body"].read()
    return content


def _remove(key: str) -> None:
    aws.client("s3").delete_object(Bucket=settings().collector_bucket, Key=key)


def _put(key: str, content: bytes, cache_control: str) -> None:
    aws.client("s3").put_object(
        Bucket=settings().collector_bucket,
        Key=key,
        Body=content,
        ContentType=CONTENT_TYPE,
        CacheControl=cache_control,
    )
