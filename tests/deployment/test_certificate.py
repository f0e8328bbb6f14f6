"""A certificate that CloudFront would not take is refused before anything is begun."""

import re

import pytest

from deployment.certificate import check_certificate, covers
from deployment.failure import DeploymentFailed

from .canned import ACCOUNT, canned

ARN = f"arn:aws:acm:us-east-1:{ACCOUNT}:certificate/1"
DOMAIN = "data.example.com"


def a_certificate(*names, status="ISSUED", **more):
    return {"Certificate": {"DomainName": names[0], "SubjectAlternativeNames": [*names], "Status": status} | more}


@pytest.mark.parametrize("names", [(DOMAIN,), ("example.com", "*.example.com")], ids=["its own", "a wildcard"])
def test_a_certificate_of_the_domain_is_taken(names):
    with canned() as account:
        account.expect("acm", "describe_certificate", a_certificate(*names), CertificateArn=ARN)
        check_certificate(account, ARN, DOMAIN)


@pytest.mark.parametrize(
    ("arn", "words"),
    [
        ("data.example.com", "'data.example.com' is not the ARN of an ACM certificate"),
        (
            ARN.replace("us-east-1", "eu-central-1"),
            "in eu-central-1, and CloudFront takes only those of us-east-1: `aws acm request-certificate --region us-",
        ),
    ],
)
def test_an_arn_that_cannot_be_right_is_refused_without_asking(arn, words):
    with canned() as account, pytest.raises(DeploymentFailed, match=re.escape(words)):
        check_certificate(account, arn, DOMAIN)


RECORD = {"Name": "_x.data.example.com.", "Type": "CNAME", "Value": "_y.acm-validations.aws."}


@pytest.mark.parametrize(
    ("certificate", "words"),
    [
        pytest.param(a_certificate("example.com", "*.shop.example.com"), "not for data.example.com", id="other names"),
        pytest.param(a_certificate(DOMAIN, status="EXPIRED"), "it is EXPIRED: `aws acm request", id="expired"),
        pytest.param(
            a_certificate(
                DOMAIN,
                status="PENDING_VALIDATION",
                DomainValidationOptions=[{"DomainName": DOMAIN, "ResourceRecord": RECORD}],
            ),
            "ACM waits to find in DNS _x.data.example.com. CNAME _y.acm-validations.aws.; make it",
            id="not issued yet",
        ),
        pytest.param(
            a_certificate(DOMAIN, status="PENDING_VALIDATION"), "the record that its console shows", id="just asked for"
        ),
    ],
)
def test_a_certificate_that_cannot_be_used_is_refused(certificate, words):
    with canned() as account:
        account.expect("acm", "describe_certificate", certificate)
        with pytest.raises(DeploymentFailed, match=re.escape(words)):
            check_certificate(account, ARN, DOMAIN)


def test_a_certificate_that_is_not_there_is_refused():
    with canned() as account:
        account.refuse("acm", "describe_certificate", "ResourceNotFoundException", "Could not find it")
        with pytest.raises(DeploymentFailed, match=rf"Account {ACCOUNT} has no certificate .*list-certificates"):
            check_certificate(account, ARN, DOMAIN)


@pytest.mark.parametrize(
    ("name", "domain", "covered"),
    [
        ("data.example.com", "data.example.com", True),
        ("DATA.example.com", "data.Example.com", True),
        ("*.example.com", "data.example.com", True),
        ("*.example.com", "example.com", False),
        ("*.example.com", "a.data.example.com", False),
        ("example.com", "data.example.com", False),
    ],
)
def test_what_a_name_covers(name, domain, covered):
    assert covers(name, domain) == covered
