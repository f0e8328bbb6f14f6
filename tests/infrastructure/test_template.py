"""What must hold in the template that no linter knows."""

import json
from typing import Any

import pytest

from chalicelib import errors
from chalicelib.infrastructure.functions import FUNCTIONS, Function
from chalicelib.infrastructure.gateway_responses import GATEWAY_RESPONSES, GatewayResponse, body
from chalicelib.infrastructure.resources import template

TEMPLATE = template("prod")
RESOURCES = TEMPLATE["Resources"]
CONSUMERS = [function for function in FUNCTIONS if function.queue]
DAY_SECONDS = 24 * 3600


def properties(logical_id: str) -> Any:
    return RESOURCES[logical_id]["Properties"]


@pytest.mark.parametrize("consumer", CONSUMERS, ids=lambda each: each.name)
def test_a_message_stays_hidden_for_six_times_the_time_of_its_function(consumer: Function) -> None:
    assert properties(consumer.queue)["VisibilityTimeout"] >= 6 * consumer.timeout_seconds


@pytest.mark.parametrize(
    ("name", "receives"),
    [
        pytest.param("Events", 200, id="events, which the processor itself puts away"),
        pytest.param("Builds", 5, id="builds"),
    ],
)
def test_what_fails_time_and_again_is_kept_for_fourteen_days(name: str, receives: int) -> None:
    queue, dead_letters = properties(f"{name}Queue"), properties(f"{name}DeadLetterQueue")
    target = {"Fn::GetAtt": [f"{name}DeadLetterQueue", "Arn"]}
    assert queue["RedrivePolicy"] == {"deadLetterTargetArn": target, "maxReceiveCount": receives}
    assert dead_letters["MessageRetentionPeriod"] == 14 * DAY_SECONDS > queue["MessageRetentionPeriod"]


@pytest.mark.parametrize("consumer", CONSUMERS, ids=lambda each: each.name)
def test_a_consumer_reports_the_messages_that_failed(consumer: Function) -> None:
    (event,) = properties(consumer.logical_id)["Events"].values()
    assert event["Properties"]["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_only_the_api_is_told_the_signing_key() -> None:
    told = {function.name for function in FUNCTIONS if "JWT_SECRET_ARN" in function.told}
    assert told == {"api"}


def test_no_secret_is_in_an_environment() -> None:
    names = {name for function in FUNCTIONS for name in function.told}
    assert not {name for name in names if name.endswith(("SECRET", "PASSWORD", "TOKEN", "SECRET_PREVIOUS"))}
    assert not {name for name, said in TEMPLATE["Parameters"].items() if said.get("NoEcho")}


def test_every_function_is_told_its_stage() -> None:
    stages = {properties(function.logical_id)["Environment"]["Variables"]["STAGE"] for function in FUNCTIONS}
    assert stages == {"prod"}


def test_the_public_address_is_the_domain_when_there_is_one() -> None:
    domain, cloudfront = (
        {"Fn::Sub": "https://${DomainName}"},
        {"Fn::Sub": "https://${CollectorDistribution.DomainName}"},
    )
    otherwise = {"Fn::If": ["HasDomainName", domain, cloudfront]}
    assert TEMPLATE["Outputs"]["PublicUrl"]["Value"] == {"Fn::If": ["HasPublicUrl", {"Ref": "PublicUrl"}, otherwise]}


@pytest.mark.parametrize("bucket", ["CollectorBucket", "EventsBucket"])
def test_the_buckets_are_private_and_want_tls(bucket: str) -> None:
    assert set(properties(bucket)["PublicAccessBlockConfiguration"].values()) == {True}
    statements = properties(f"{bucket}Policy")["PolicyDocument"]["Statement"]
    (clear,) = (each for each in statements if each["Effect"] == "Deny")
    assert clear["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_only_the_distribution_reads_the_bucket() -> None:
    statements = properties("CollectorBucketPolicy")["PolicyDocument"]["Statement"]
    distribution = "arn:${AWS::Partition}:cloudfront::${AWS::AccountId}:distribution/${CollectorDistribution}"
    for statement in (each for each in statements if each["Effect"] == "Allow"):
        assert statement["Condition"] == {"StringEquals": {"AWS:SourceArn": {"Fn::Sub": distribution}}}


def distribution() -> Any:
    return properties("CollectorDistribution")["DistributionConfig"]


def test_errors_are_never_cached() -> None:
    held = {each["ErrorCode"]: each["ErrorCachingMinTTL"] for each in distribution()["CustomErrorResponses"]}
    assert {403, 404, 500, 502, 503, 504} <= set(held)
    assert set(held.values()) == {0}


@pytest.mark.parametrize(
    ("path", "origin", "methods"),
    [
        pytest.param("/v1/*", "api", 7, id="the API takes every method"),
        pytest.param("/dk_*", "scripts-or-api", 2, id="scripts are only read"),
        pytest.param("/console/static/*", "api", 2, id="the console's files are only read"),
        pytest.param(None, "api", 7, id="everything else is the API's"),
    ],
)
def test_one_domain_leads_to_scripts_and_api(path: str | None, origin: str, methods: int) -> None:
    behaviours = {each["PathPattern"]: each for each in distribution()["CacheBehaviors"]}
    behaviour = behaviours[path] if path else distribution()["DefaultCacheBehavior"]
    assert (behaviour["TargetOriginId"], len(behaviour["AllowedMethods"])) == (origin, methods)


def test_events_and_tokens_are_never_redirected() -> None:
    behaviours = {each["PathPattern"]: each for each in distribution()["CacheBehaviors"]}
    assert behaviours["/v1/*"]["ViewerProtocolPolicy"] == "https-only"


@pytest.mark.parametrize("response", GATEWAY_RESPONSES, ids=lambda each: each.type)
def test_the_gateway_answers_in_the_one_shape(response: GatewayResponse) -> None:
    deployed = properties("RestAPI")["GatewayResponses"][response.type]
    expected = errors.error_body(response.code, response.message, "$context.requestId")
    assert (
        json.loads(deployed["ResponseTemplates"]["application/json"])
        == body(response, "$context.requestId")
        == expected
    )


@pytest.mark.parametrize("response", GATEWAY_RESPONSES, ids=lambda each: each.type)
def test_a_code_of_the_application_has_the_same_status_at_the_gateway(response: GatewayResponse) -> None:
    ours = {error.code(): error.status for error in errors.ApiError.__subclasses__()}
    status = response.status or {"DEFAULT_4XX": 400, "DEFAULT_5XX": 502}[response.type]
    assert ours.get(response.code, status) == status
