"""The vendors, one module each. A further vendor is a further module here, named in this list."""

from ..vendor import Vendor
from . import firehose, google_ads, google_analytics, meta_conversions, s3, tiktok, webhook

VENDORS: dict[str, Vendor] = {
    vendor.key: vendor
    for vendor in (
        google_analytics.VENDOR,
        meta_conversions.VENDOR,
        google_ads.VENDOR,
        tiktok.VENDOR,
        webhook.VENDOR,
        s3.VENDOR,
        firehose.VENDOR,
    )
}
