"""The vendors, one module each. A further vendor is a further module here, named in this list."""

from ..vendor import Vendor
from . import google_ads, google_analytics, meta_conversions, tiktok, webhook

VENDORS: dict[str, Vendor] = {
    vendor.key: vendor
    for vendor in (
        google_ads.VENDOR,
        google_analytics.VENDOR,
        meta_conversions.VENDOR,
        tiktok.VENDOR,
        webhook.VENDOR,
    )
}
