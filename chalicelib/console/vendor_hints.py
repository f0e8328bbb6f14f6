"""Where people find what a vendor's form asks for: what stands under a field in place of the schema's own words."""

_META_TEST = (
    "For trying out alone, from Test events in Events Manager. Take it out again: events that bear it count too."
)
_FORMAT = "Canonical: each event as it was accepted. Mapped: what the rules below make of it."

HINTS: dict[str, dict[str, str]] = {
    "google_analytics_4": {
        "measurement_id": "Such as G-1A2BCD345E. In Google Analytics under Admin, Data streams, your web stream.",
        "api_secret": "In Google Analytics under Admin, Data streams, your stream, Measurement Protocol API secrets.",
        "region": "Where Google collects the events.",
        "send_ip": "Lets Google tell which country and city visitors are in.",
        "debug_view": "Shows the events in DebugView of Google Analytics, for trying out.",
    },
    "meta_capi": {
        "pixel_id": "The number of your pixel, also called dataset, in Meta's Events Manager.",
        "access_token": "In Events Manager under your pixel's settings, Conversions API, Generate access token.",
        "test_event_code": _META_TEST,
        "action_source": "Where the events happen.",
    },
    "google_ads": {
        "customer_id": "Such as 123-456-7890, at the top of Google Ads.",
        "conversion_action_id": "The number of the conversion action, in the address of its page in Google Ads.",
        "oauth_client_id": "Of the OAuth client in your project in the Google Cloud console.",
        "oauth_client_secret": "Of the same OAuth client.",
        "oauth_refresh_token": "Of somebody who has access to the account, given to that OAuth client.",
        "login_customer_id": "Of the manager account, if access is by one.",
        "developer_token": "For the Google Ads API alone; the Data Manager API needs none.",
        "api": "Data Manager, unless your account has uploaded by the Google Ads API before.",
    },
    "tiktok": {
        "pixel_code": "The ID of your pixel in TikTok's Events Manager, of capital letters and digits.",
        "access_token": "In TikTok's Events Manager under the pixel's settings, Generate access token.",
        "test_event_code": "For trying out alone, from Test events in Events Manager.",
        "event_source": "Where the events happen.",
    },
    "webhook": {
        "url": "The address of your server that takes the events, beginning with https.",
        "method": "How your server takes them.",
        "headers": "Sent with every request. One a line, as Name: value.",
        "authentication": "How your server knows that it is you. Bearer sends the token in Authorization, Header in a "
        "header of your choice, Basic with a user name; HMAC signs every request with the signing secret.",
        "auth_user": "For Basic.",
        "auth_header": "For Header: what the header is called, such as X-Api-Key.",
        "auth_token": "For Bearer, Header and Basic.",
        "signing_secret": "For HMAC: whsec_ and 24 to 64 random bytes in Base64, as Standard Webhooks has it.",
        "payload_format": f"{_FORMAT} Custom: what the template makes.",
        "payload_template": "For Custom: JSON with {{event}}, {{name}} and {{values}} in it; with batches, {{events}}.",
        "batch_enabled": "Sends several events in one request, as a JSON list.",
        "batch_size": "How many at most, 1 to 500.",
    },
    "s3": {
        "bucket": "The name of the bucket that the files go to.",
        "prefix": "The folder. {date} and {hour} stand for when the events came in.",
        "bucket_owner": "The twelve digits of the AWS account that the bucket must belong to.",
        "storage_class": "Standard for files that are read often.",
        "payload_format": _FORMAT,
    },
    "firehose": {
        "stream": "The name of the delivery stream, in this account and region.",
        "payload_format": _FORMAT,
    },
}
