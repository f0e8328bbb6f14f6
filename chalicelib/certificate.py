"""How long the certificate of the organisation's domain is valid. ACM renews it by itself as long as its DNS entry is
there; when that is gone, pages lose scripts and entrance on the day it expires."""

from . import aws, clock
from .settings import settings

REGION = "us-east-1"  # CloudFront takes certificates from there alone, wherever the stage is
DAY_SECONDS = 24 * 3600


def days_left() -> float | None:
    """Days until it expires, none where CloudFront's own is used."""
    arn = settings().certificate_arn
    if arn is None:
        return None
    certificate = aws.client("acm", REGION).describe_certificate(CertificateArn=arn)["Certificate"]
    return round(float((certificate["NotAfter"] - clock.now()).total_seconds()) / DAY_SECONDS, 1)
