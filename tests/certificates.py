"""The certificate of the domain, in the region of CloudFront."""

from chalicelib import aws

DOMAIN = "data.example.com"


def certificate_arn() -> str:
    """The one that the stage was deployed with, which alone its policies name; where none was, one that is made now."""
    acm = aws.client("acm", "us-east-1")
    deployed = acm.list_certificates()["CertificateSummaryList"]
    arn: str = (deployed or [acm.request_certificate(DomainName=DOMAIN)])[0]["CertificateArn"]
    return arn
