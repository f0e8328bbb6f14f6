"""What the operator says when deploying."""

from typing import Any

HAS_DOMAIN = "HasDomainName"
HAS_PUBLIC_URL = "HasPublicUrl"
HAS_RESERVED = "HasApiConcurrency"
HAS_WARM = "HasWarmIngest"
HAS_ALARM_EMAIL = "HasAlarmEmail"


def parameters() -> dict[str, Any]:
    """The template's parameters."""
    return {
        "DomainName": {
            "Type": "String",
            "Default": "",
            "Description": "The first-party domain of scripts and API, such as data.example.com; needs CertificateArn",
            "AllowedPattern": r"^$|^[a-z0-9-]+(\.[a-z0-9-]+)+$",
            "ConstraintDescription": "must be a host name in lower case, without scheme, port or path",
        },
        "CertificateArn": {
            "Type": "String",
            "Default": "",
            "Description": "The ACM certificate of DomainName; CloudFront takes only those of us-east-1",
            "AllowedPattern": r"^$|^arn:aws[a-z-]*:acm:us-east-1:\d{12}:certificate/.+$",
            "ConstraintDescription": "must be the ARN of an ACM certificate in us-east-1",
        },
        "PublicUrl": {
            "Type": "String",
            "Default": "",
            "Description": "The address of scripts and API, when it is neither that of DomainName nor CloudFront's own",
            "AllowedPattern": r"^$|^https://[^/]+$",
            "ConstraintDescription": "must be https:// and a host name, without a path or a slash at the end",
        },
        "DeliverToPrivateAddresses": {
            "Type": "String",
            "Default": "no",
            "AllowedValues": ["no", "yes"],
            "Description": "Whether requests to vendors may go to addresses that are not public, and over http",
        },
        "ApiConcurrency": _number(
            20, 0, 1000, "Calls of the API that always find room, of the account's concurrency; 0 reserves none"
        ),
        "WarmIngest": _number(
            0, 0, 1000, "Instances of the entrances for events that are kept warm, at about $4.40 a month each"
        ),
        "ProcessConcurrency": _number(100, 2, 1000, "How many batches of accepted events are worked on at once"),
        "DeliverConcurrency": _number(100, 2, 1000, "How many batches are on their way to vendors at once"),
        "AlarmEmail": {
            "Type": "String",
            "Default": "",
            "Description": "Who is told of alarms, by mail; others can subscribe to the topic AlarmTopicArn themselves",
            "AllowedPattern": r"^$|^[^@\s]+@[^@\s]+$",
            "ConstraintDescription": "must be an e-mail address such as ops@example.com, or empty",
        },
    }


def _number(default: int, least: int, most: int, description: str) -> dict[str, Any]:
    return {
        "Type": "Number",
        "Default": default,
        "MinValue": least,
        "MaxValue": most,
        "Description": description,
        "ConstraintDescription": f"must be a whole number from {least} to {most:,}",
    }


def conditions() -> dict[str, Any]:
    """Which of the optional parameters were given."""
    return {
        HAS_DOMAIN: {"Fn::And": [_given("DomainName"), _given("CertificateArn")]},
        HAS_PUBLIC_URL: _given("PublicUrl"),
        HAS_RESERVED: _above_zero("ApiConcurrency"),
        HAS_WARM: _above_zero("WarmIngest"),
        HAS_ALARM_EMAIL: _given("AlarmEmail"),
    }


def _given(parameter: str) -> dict[str, Any]:
    return {"Fn::Not": [_absent(parameter)]}


def _absent(parameter: str) -> dict[str, Any]:
    return {"Fn::Equals": [{"Ref": parameter}, ""]}


def _above_zero(parameter: str) -> dict[str, Any]:
    return {"Fn::Not": [{"Fn::Equals": [{"Ref": parameter}, "0"]}]}


def if_given(condition: str, value: Any) -> dict[str, Any]:
    """The value where the condition holds, and nothing where it does not."""
    return {"Fn::If": [condition, value, {"Ref": "AWS::NoValue"}]}


def rules() -> dict[str, Any]:
    """What must hold between parameters, checked before anything is created."""
    neither = {"Fn::And": [_absent("DomainName"), _absent("CertificateArn")]}
    both = {"Fn::And": [_given("DomainName"), _given("CertificateArn")]}
    return {
        "DomainHasItsCertificate": {
            "Assertions": [
                {
                    "Assert": {"Fn::Or": [neither, both]},
                    "AssertDescription": "Give DomainName and CertificateArn, its certificate, together or not at all",
                }
            ]
        }
    }


def public_url() -> dict[str, Any]:
    """Where pages reach scripts and ingestion: what the operator says, or the domain, or CloudFront's own name."""
    domain = {"Fn::Sub": "https://${DomainName}"}
    cloudfront = {"Fn::Sub": "https://${CollectorDistribution.DomainName}"}
    return {"Fn::If": [HAS_PUBLIC_URL, {"Ref": "PublicUrl"}, {"Fn::If": [HAS_DOMAIN, domain, cloudfront]}]}
