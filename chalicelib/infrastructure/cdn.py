"""The one address that pages see: CloudFront, in front of the scripts in S3 and of the APIs."""

from fnmatch import fnmatchcase
from typing import Any

from ..collector.publishing import SERVED
from ..console import assets
from .api import API_STAGE
from .parameters import HAS_DOMAIN
from .stores import bucket_policy

SCRIPTS_FOLDER = f"/{SERVED}"  # where the builder puts `<pipeline_key>/…` in the bucket

# AWS's own policies, the same in every account.
CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
CACHING_OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6"  # as the object's Cache-Control says; gzip and brotli
ALL_VIEWER_EXCEPT_HOST = "b689b0a8-53d0-40ab-baf2-68738e2966ac"  # API Gateway finds its API by Host

SCRIPTS, API, EVENTS, SCRIPTS_OR_API = "scripts", "api", "events", "scripts-or-api"
CONSOLE_FILES = f"{assets.FOLDER}*"
# Which origin has what: the first pattern that fits. Everything else is the API's.
ORIGINS = {
    "/dk_*": SCRIPTS_OR_API,
    "/v1/admin/*": API,
    "/v1/docs*": API,
    "/v1/openapi.json": API,
    "/v1/*": EVENTS,
    "/sourceConfig*": EVENTS,
    CONSOLE_FILES: API,
}

ALL_METHODS = ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"]
READ_METHODS = ["GET", "HEAD"]
CACHEABLE_ERRORS = (400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504)


def origin_of(path: str) -> str:
    """Which origin has what is at a path."""
    return next((origin for pattern, origin in ORIGINS.items() if fnmatchcase(path, pattern)), API)


def cdn(prefix: str) -> dict[str, Any]:
    """The distribution and what it needs to read the bucket; names start with `prefix`."""
    return {
        "CollectorAccess": _access(f"{prefix}collectors"),
        "CollectorBucketPolicy": _bucket_policy(),
        "CollectorHeaders": _headers(f"{prefix}collectors"),
        "CollectorDistribution": _distribution(prefix.rstrip("-")),
    }


def _distribution(comment: str) -> dict[str, Any]:
    return {
        "Type": "AWS::CloudFront::Distribution",
        "Properties": {
            "DistributionConfig": {
                "Comment": comment,
                "Enabled": True,
                "HttpVersion": "http2and3",
                "IPV6Enabled": True,
                "Aliases": {"Fn::If": [HAS_DOMAIN, [{"Ref": "DomainName"}], {"Ref": "AWS::NoValue"}]},
                "ViewerCertificate": _certificate(),
                "Origins": [_scripts_origin(), _api_origin(), _events_origin()],
                "OriginGroups": {"Quantity": 1, "Items": [_scripts_or_api()]},
                "CacheBehaviors": [_behaviour(pattern, origin) for pattern, origin in ORIGINS.items()],
                # Everything else goes to the API: it has the pages for people, and it says 404 in the product's
                # own words where S3 would answer 403 in XML.
                "DefaultCacheBehavior": _to_api("redirect-to-https"),
                # An error is over when its cause is: the next request asks the origin again.
                "CustomErrorResponses": [{"ErrorCode": status, "ErrorCachingMinTTL": 0} for status in CACHEABLE_ERRORS],
            }
        },
    }


def _certificate() -> dict[str, Any]:
    """CloudFront's own certificate does not let its TLS versions be chosen; a domain's does."""
    own = {
        "AcmCertificateArn": {"Ref": "CertificateArn"},
        "SslSupportMethod": "sni-only",
        "MinimumProtocolVersion": "TLSv1.2_2021",
    }
    return {"Fn::If": [HAS_DOMAIN, own, {"CloudFrontDefaultCertificate": True}]}


def _scripts_origin() -> dict[str, Any]:
    return {
        "Id": SCRIPTS,
        "DomainName": {"Fn::GetAtt": ["CollectorBucket", "RegionalDomainName"]},
        "OriginPath": SCRIPTS_FOLDER,
        "OriginAccessControlId": {"Fn::GetAtt": ["CollectorAccess", "Id"]},
        "S3OriginConfig": {"OriginAccessIdentity": ""},
    }


def _api_origin() -> dict[str, Any]:
    return _gateway(API, "RestAPI") | {"OriginPath": f"/{API_STAGE}"}


def _events_origin() -> dict[str, Any]:
    return _gateway(EVENTS, "EventsApi")


def _gateway(origin: str, logical_id: str) -> dict[str, Any]:
    return {
        "Id": origin,
        "DomainName": {"Fn::Sub": f"${{{logical_id}}}.execute-api.${{AWS::Region}}.${{AWS::URLSuffix}}"},
        "CustomOriginConfig": {"OriginProtocolPolicy": "https-only", "OriginSSLProtocols": ["TLSv1.2"]},
    }


def _scripts_or_api() -> dict[str, Any]:
    """A script that is not in the folder of the CDN may be one that the API serves (`delivery_method: cluster`): it is
    asked then, and says 404 in the product's own words for one that is nowhere."""
    missing = [403, 404]
    return {
        "Id": SCRIPTS_OR_API,
        "FailoverCriteria": {"StatusCodes": {"Quantity": len(missing), "Items": missing}},
        "Members": {"Quantity": 2, "Items": [{"OriginId": SCRIPTS}, {"OriginId": API}]},
    }


def _behaviour(pattern: str, origin: str) -> dict[str, Any]:
    if origin == SCRIPTS_OR_API:
        rest = _scripts_behaviour()
    elif pattern == CONSOLE_FILES:
        rest = _console_files_behaviour()
    else:
        # Not a redirect: a token or an event sent in the clear was already read on its way.
        rest = _to_api("https-only", origin)
    return {"PathPattern": pattern} | rest


def _to_api(viewer_protocol: str, origin: str = API) -> dict[str, Any]:
    return {
        "TargetOriginId": origin,
        "ViewerProtocolPolicy": viewer_protocol,
        "AllowedMethods": ALL_METHODS,
        "CachePolicyId": CACHING_DISABLED,
        "OriginRequestPolicyId": ALL_VIEWER_EXCEPT_HOST,
    }


def _scripts_behaviour() -> dict[str, Any]:
    return {
        "TargetOriginId": SCRIPTS_OR_API,
        "ViewerProtocolPolicy": "redirect-to-https",
        "AllowedMethods": READ_METHODS,
        "CachePolicyId": CACHING_OPTIMIZED,
        "ResponseHeadersPolicyId": {"Ref": "CollectorHeaders"},
        "Compress": True,
    }


def _console_files_behaviour() -> dict[str, Any]:
    """The console's style sheet and scripts, whose addresses change with them: kept at the edge, the same for all."""
    return {
        "TargetOriginId": API,
        "ViewerProtocolPolicy": "redirect-to-https",
        "AllowedMethods": READ_METHODS,
        "CachePolicyId": CACHING_OPTIMIZED,
        "Compress": True,
    }


def _access(name: str) -> dict[str, Any]:
    config = {
        "Name": name,
        "OriginAccessControlOriginType": "s3",
        "SigningBehavior": "always",
        "SigningProtocol": "sigv4",
    }
    return {
        "Type": "AWS::CloudFront::OriginAccessControl",
        "Properties": {"OriginAccessControlConfig": config},
    }


def _headers(name: str) -> dict[str, Any]:
    """Any page may load a script, also with `integrity`, which asks for CORS, or isolated from other origins."""
    any_page = {
        "AccessControlAllowCredentials": False,
        "AccessControlAllowHeaders": {"Items": ["*"]},
        "AccessControlAllowMethods": {"Items": ["GET", "HEAD"]},
        "AccessControlAllowOrigins": {"Items": ["*"]},
        "OriginOverride": True,
    }
    isolated = {"Header": "Cross-Origin-Resource-Policy", "Value": "cross-origin", "Override": True}
    config = {
        "Name": name,
        "CorsConfig": any_page,
        "CustomHeadersConfig": {"Items": [isolated]},
        "SecurityHeadersConfig": {"ContentTypeOptions": {"Override": True}},
    }
    return {
        "Type": "AWS::CloudFront::ResponseHeadersPolicy",
        "Properties": {"ResponseHeadersPolicyConfig": config},
    }


def _bucket_policy() -> dict[str, Any]:
    distribution = {
        "Fn::Sub": "arn:${AWS::Partition}:cloudfront::${AWS::AccountId}:distribution/${CollectorDistribution}"
    }
    bucket = {"Fn::GetAtt": ["CollectorBucket", "Arn"]}
    scripts = {"Fn::Sub": f"${{CollectorBucket.Arn}}{SCRIPTS_FOLDER}/*"}
    reader = {
        "Effect": "Allow",
        "Principal": {"Service": "cloudfront.amazonaws.com"},
        "Condition": {"StringEquals": {"AWS:SourceArn": distribution}},
    }
    statements = [
        {"Sid": "ScriptsAreReadByTheDistribution", "Action": "s3:GetObject", "Resource": scripts} | reader,
        # With it a script that is not there is a 404 instead of a 403. No path of the distribution reaches the
        # bucket itself, so nobody can list it.
        {"Sid": "MissingScriptsAreNotFound", "Action": "s3:ListBucket", "Resource": bucket} | reader,
    ]
    return bucket_policy("CollectorBucket", statements)
