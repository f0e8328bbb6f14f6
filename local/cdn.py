"""The CDN's stand-in: serves built collectors from the bucket as the CloudFront distribution does, without keeping
them, so that a new build is seen at once."""

import gzip
from collections.abc import Iterable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib import aws
from chalicelib.collector.publishing import SERVED
from chalicelib.settings import settings

from .gateway import StartResponse

SMALLEST_COMPRESSED = 1000  # bytes, as CloudFront
HEADERS = [
    ("Access-Control-Allow-Origin", "*"),
    ("Timing-Allow-Origin", "*"),
    ("X-Content-Type-Options", "nosniff"),
    ("Vary", "Accept-Encoding"),
]


def serve_script(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes] | None:
    """Answer one request for a script; errors are never to be kept. None: it is not here, so the API is to be asked."""
    if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
        return _plain(start_response, "405 Method Not Allowed", [("Allow", "GET, HEAD")])
    key = f"{SERVED}{environ['PATH_INFO']}"
    try:
        found = aws.client("s3").get_object(Bucket=settings().collector_bucket, Key=key)
        body: bytes = found["Body"].read()
    except ClientError as error:
        missing = error.response.get("Error", {}).get("Code") in ("NoSuchKey", "404", "AccessDenied")
        return None if missing else _plain(start_response, "502 Bad Gateway")
    except BotoCoreError:
        return _plain(start_response, "502 Bad Gateway")
    return _script(environ, start_response, found, body)


def _script(
    environ: dict[str, Any], start_response: StartResponse, found: dict[str, Any], body: bytes
) -> Iterable[bytes]:
    headers = [*HEADERS, ("ETag", found["ETag"]), ("Cache-Control", found.get("CacheControl", "no-store"))]
    if found["ETag"] in [tag.strip().removeprefix("W/") for tag in environ.get("HTTP_IF_NONE_MATCH", "").split(",")]:
        start_response("304 Not Modified", headers)
        return [b""]
    if len(body) >= SMALLEST_COMPRESSED and "gzip" in environ.get("HTTP_ACCEPT_ENCODING", ""):
        body = gzip.compress(body, mtime=0)
        headers.append(("Content-Encoding", "gzip"))
    headers += [("Content-Type", found["ContentType"]), ("Content-Length", str(len(body)))]
    start_response("200 OK", headers)
    return [b"" if environ["REQUEST_METHOD"] == "HEAD" else body]


def _plain(start_response: StartResponse, status: str, more: list[tuple[str, str]] | None = None) -> Iterable[bytes]:
    body = f"{status}\n".encode()
    kept = [("Content-Type", "text/plain"), ("Content-Length", str(len(body))), ("Cache-Control", "no-store")]
    start_response(status, [*kept, *(more or [])])
    return [body]
