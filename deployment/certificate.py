"""The certificate of the domain, looked at before anything is begun: CloudFront says late, and in fewer words, what is
wrong with it."""

import re
from typing import Any

from .account import Account
from .failure import DeploymentFailed

REGION = "us-east-1"  # CloudFront takes no other certificates
ARN = re.compile(r"arn:aws[a-z-]*:acm:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):certificate/.+")
NEW = "`aws acm request-certificate --region us-east-1 --validation-method DNS --domain-name {}` asks for one"


def check_certificate(account: Account, arn: str, domain: str) -> None:
    """Raises DeploymentFailed unless the certificate is issued, in us-east-1 and for the domain."""
    found = ARN.fullmatch(arn)
    if not found:
        raise DeploymentFailed(
            f"CERTIFICATE {arn!r} is not the ARN of an ACM certificate, such as "
            "arn:aws:acm:us-east-1:123456789012:certificate/…"
        )
    if found["region"] != REGION:
        raise DeploymentFailed(
            f"The certificate is in {found['region']}, and CloudFront takes only those of {REGION}: "
            + NEW.format(domain)
        )
    certificate = _described(account, arn)
    if certificate["Status"] != "ISSUED":
        raise DeploymentFailed(_not_issued(certificate))
    names = {certificate["DomainName"], *certificate.get("SubjectAlternativeNames", [])}
    if not any(covers(name, domain) for name in names):
        raise DeploymentFailed(
            f"The certificate is for {', '.join(sorted(names))} and not for {domain}: " + NEW.format(domain)
        )


def covers(name: str, domain: str) -> bool:
    """Whether a name of a certificate stands for the domain: `*.example.com` does for `data.example.com` alone."""
    name, domain = name.lower(), domain.lower()
    first, _, rest = name.partition(".")
    return name == domain or (first == "*" and domain.partition(".")[2] == rest)


def _described(account: Account, arn: str) -> dict[str, Any]:
    acm = account.client("acm", REGION)
    try:
        found: dict[str, Any] = acm.describe_certificate(CertificateArn=arn)["Certificate"]
    except acm.exceptions.ResourceNotFoundException:
        raise DeploymentFailed(
            f"Account {account.id} has no certificate {arn}; "
            f"`aws acm list-certificates --region {REGION}` lists those it has"
        ) from None
    return found


def _not_issued(certificate: dict[str, Any]) -> str:
    status = certificate["Status"]
    if status != "PENDING_VALIDATION":
        return f"The certificate of {certificate['DomainName']} cannot be used, it is {status}: " + NEW.format(
            certificate["DomainName"]
        )
    records = [
        each["ResourceRecord"] for each in certificate.get("DomainValidationOptions", []) if "ResourceRecord" in each
    ]
    wanted = "; ".join(f"{each['Name']} {each['Type']} {each['Value']}" for each in records)
    return (
        "The certificate is not issued yet: ACM waits to find in DNS "
        + (wanted or "the record that its console shows")
        + "; make it, wait until the certificate is issued, and deploy again"
    )
