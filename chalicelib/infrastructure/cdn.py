"""The one address that pages see: CloudFront, in front of the scripts in S3 and of the API."""

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

ALL_METHODS = ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"]
READ_METHODS = ["GET", "HEAD"]
CACHEABLE_ERRORS = (400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504)


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
                "Origins": [_scripts_origin(), _api_origin()],
                "OriginGroups": {"Quantity": 1, "Items": [_scripts_or_api()]},
                "CacheBehaviors": [_api_behaviour(), _scripts_behaviour(), _console_files_behaviour()],
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
        "Id": "scripts",
        "DomainName": {"Fn::GetAtt": ["CollectorBucket", "RegionalDomainName"]},
        "OriginPath": SCRIPTS_FOLDER,
        "OriginAccessControlId": {"Fn::GetAtt": ["CollectorAccess", "Id"]},
        "S3OriginConfig": {"OriginAccessIdentity": ""},
    }


def _api_origin() -> dict[str, Any]:
    return {
        "Id": "api",
        "DomainName": {"Fn::Sub": "${RestAPI}.execute-api.${AWS::Region}.${AWS::URLSuffix}"},
        "OriginPath": f"/{API_STAGE}",
        "CustomOriginConfig": {"OriginProtocolPolicy": "https-only", "OriginSSLProtocols": ["TLSv1.2"]},
    }


def _scripts_or_api() -> dict[str, Any]:
    """A script that is not in the folder of the CDN may be one that the API serves (`delivery_method: cluster`): it is
    asked then, and says 404 in the product's own words for one that is nowhere."""
    missing = [403, 404]
    return {
        "Id": "scripts-or-api",
        "FailoverCriteria": {"StatusCodes": {"Quantity": len(missing), "Items": missing}},
        "Members": {"Quantity": 2, "Items": [{"OriginId": "scripts"}, {"OriginId": "api"}]},
    }


def _api_behaviour() -> dict[str, Any]:
    # Not a redirect: a token or an event sent in the clear was already read on its way.
    return {"PathPattern": "/v1/*"} | _to_api("https-only")


def _to_api(viewer_protocol: str) -> dict[str, Any]:
    return {
        "TargetOriginId": "api",
        "ViewerProtocolPolicy": viewer_protocol,
        "AllowedMethods": ALL_METHODS,
        "CachePolicyId": CACHING_DISABLED,
        "OriginRequestPolicyId": ALL_VIEWER_EXCEPT_HOST,
    }


def _scripts_behaviour() -> dict[str, Any]:
    return {
        "PathPattern": "/dk_*",
        "TargetOriginId": "scripts-or-api",
        "ViewerProtocolPolicy": "redirect-to-https",
        "AllowedMethods": READ_METHODS,
        "CachePolicyId": CACHING_OPTIMIZED,
        "ResponseHeadersPolicyId": {"Ref": "CollectorHeaders"},
        "Compress": True,
    }


def _console_files_behaviour() -> dict[str, Any]:
    """The console's style sheet and scripts, whose addresses change with them: kept at the edge, the same for all."""
    return {
        "PathPattern": f"{assets.FOLDER}*",
        "TargetOriginId": "api",
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
