"""Bodies as callers may send them, for the API's description. Those of create and update are the specification's."""

CREATE = {
    "name": "Marketing Website",
    "slug": "marketing-website",
    "type": "web",
    "domain_allowlist": ["www.example.com", "example.com"],
    "labels": ["env:production", "brand:marketing"],
    "rate_limit_rps": 1000,
    "parameters": {"ga4_measurement_id": "G-XXXXXXX", "ga4_api_secret": "xxxxxxxxxxx"},
    "js_builder_config": {"script_filename": "d.js", "global_variable": "_df"},
}
UPDATE = {
    "name": "Marketing Website (Updated)",
    "domain_allowlist": ["www.example.com", "example.com", "blog.example.com"],
    "labels": ["env:production", "brand:marketing", "site:blog"],
    "parameters": {"ga4_measurement_id": "G-NEWIDXX", "ga4_api_secret": "new_secret_value"},
    "enabled": False,
}
ROTATE = {"grace_seconds": 3600}
