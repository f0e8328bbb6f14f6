"""What the CDN stands on: that which the stage was deployed with, which alone its policies name; where no stage was
deployed, one that is made now."""

from typing import Any

from chalicelib import aws

DOMAIN = "data.example.com"


def certificate_arn() -> str:
    """The certificate of the domain, in the region of CloudFront."""
    acm = aws.client("acm", "us-east-1")
    deployed = acm.list_certificates()["CertificateSummaryList"]
    return str((deployed or [acm.request_certificate(DomainName=DOMAIN)])[0]["CertificateArn"])


def distribution_id() -> str:
    """The distribution in front of the scripts."""
    deployed = aws.client("cloudfront").list_distributions()["DistributionList"].get("Items")
    return str((deployed or [_made()])[0]["Id"])


def _made() -> Any:
    origin = {"Id": "scripts", "DomainName": "scripts.s3.amazonaws.com", "S3OriginConfig": {"OriginAccessIdentity": ""}}
    behaviour = {"TargetOriginId": "scripts", "ViewerProtocolPolicy": "allow-all"}
    config = {"CallerReference": "1", "Comment": "", "Enabled": True, "DefaultCacheBehavior": behaviour}
    config["Origins"] = {"Quantity": 1, "Items": [origin]}
    return aws.client("cloudfront").create_distribution(DistributionConfig=config)["Distribution"]
