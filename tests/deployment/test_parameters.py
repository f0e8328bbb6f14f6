"""What is said, what was said before, and what stays."""

import re

import pytest

from chalicelib.infrastructure.resources import template
from deployment import parameters
from deployment.failure import DeploymentFailed

DECLARED = {name: rule for name, rule in template("prod")["Parameters"].items() if "Default" in rule}
ARN = "arn:aws:acm:us-east-1:123456789012:certificate/1"


@pytest.mark.parametrize(
    ("said", "values"),
    [
        pytest.param(parameters.Said(), {}, id="nothing is said"),
        pytest.param(parameters.Said(" Data.Example.com "), {"DomainName": "data.example.com"}, id="a domain"),
        pytest.param(parameters.Said(""), {"DomainName": "", "CertificateArn": ""}, id="the domain is taken away"),
        pytest.param(parameters.Said(certificate=ARN), {"CertificateArn": ARN}, id="another certificate"),
        pytest.param(parameters.Said(others={"PublicUrl": ""}), {"PublicUrl": ""}, id="another parameter"),
    ],
)
def test_what_is_said(said, values):
    assert said.values() == values


def test_further_parameters_are_given_by_name():
    assert parameters.other_parameters("A=1 B='two words' C=") == {"A": "1", "B": "two words", "C": ""}


@pytest.mark.parametrize("text", ["A", "=1"])
def test_a_parameter_without_name_or_value_is_refused(text):
    with pytest.raises(DeploymentFailed, match=rf"PARAMETERS has '{text}'; it must be Name=value"):
        parameters.other_parameters(text)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"DomainName": "https://data.example.com"}, "DOMAIN 'https://data.example.com' cannot be used: it must be a "),
        ({"CertificateArn": "x"}, "CERTIFICATE 'x' cannot be used: it must be the ARN of an ACM certificate in us-ea"),
        ({"DeliverToPrivateAddresses": "maybe"}, "'maybe' cannot be used: it must be one of no, yes"),
        ({"Domain": "x"}, "'Domain' is not a parameter; the template has ApiConcurrency, "),
        (
            {"ProcessConcurrency": "1"},
            "ProcessConcurrency '1' cannot be used: it must be a whole number from 2 to 1,000",
        ),
        ({"WarmIngest": "many"}, "WarmIngest 'many' cannot be used: it must be a whole number from 0 to 1,000"),
    ],
)
def test_a_value_that_the_template_would_refuse_is_refused_before_anything_is_begun(values, words):
    with pytest.raises(DeploymentFailed, match=re.escape(words)):
        parameters.check(values, DECLARED)


@pytest.mark.parametrize(
    ("values", "previous", "words"),
    [
        pytest.param({"DomainName": "data.example.com"}, {}, "needs its certificate: say", id="no certificate"),
        pytest.param({"CertificateArn": ARN}, {}, "CERTIFICATE needs its domain: say DOMAIN=", id="no domain"),
        pytest.param(
            {"DomainName": ""}, {"DomainName": "a.example", "CertificateArn": ARN}, "needs its domain", id="domain gone"
        ),
    ],
)
def test_domain_and_certificate_belong_together(values, previous, words):
    with pytest.raises(DeploymentFailed, match=words):
        parameters.in_effect(values, previous, DECLARED)


def test_a_domain_may_come_with_the_certificate_that_was_said_before():
    previous = {"DomainName": "a.example.com", "CertificateArn": ARN}
    found = parameters.in_effect({"DomainName": "b.example.com"}, previous, DECLARED)
    assert (found["DomainName"], found["CertificateArn"]) == ("b.example.com", ARN)


def test_a_parameter_without_a_value_is_asked_for():
    with pytest.raises(DeploymentFailed, match='New has no value yet: say PARAMETERS="New=…"'):
        parameters.in_effect({}, {}, DECLARED | {"New": {"Type": "String"}})


def test_what_is_not_mentioned_stays_and_what_the_template_no_longer_has_goes():
    previous = {"DomainName": "a.example.com", "PublicUrl": "", "Old": "x"}
    assert parameters.for_change_set({"PublicUrl": "https://a.example"}, previous, DECLARED) == [
        {"ParameterKey": "PublicUrl", "ParameterValue": "https://a.example"},
        {"ParameterKey": "DomainName", "UsePreviousValue": True},
    ]
