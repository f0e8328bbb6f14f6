"""What must hold in the template that no linter knows."""

import json
from typing import Any

import pytest

from chalicelib import errors
from chalicelib.infrastructure.cdn import origin_of
from chalicelib.infrastructure.functions import FUNCTIONS, Function
from chalicelib.infrastructure.gateway_responses import GATEWAY_RESPONSES, GatewayResponse, body
from chalicelib.infrastructure.resources import template

TEMPLATE = template("prod")
RESOURCES = TEMPLATE["Resources"]
CONSUMERS = [function for function in FUNCTIONS if function.queue]
DAY_SECONDS = 24 * 3600
# What an account has at first, AWS's quotas: Lambda's concurrency, API Gateway's requests a second.
ACCOUNT_CONCURRENCY = 1000
ACCOUNT_REQUESTS_PER_SECOND = 10_000


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
        pytest.param("/v1/admin/*", "api", 7, id="the API takes every method"),
        pytest.param("/v1/*", "events", 7, id="events go where a request costs less"),
        pytest.param("/sourceConfig*", "events", 7, id="as do the settings of an SDK"),
        pytest.param("/dk_*", "scripts-or-api", 2, id="scripts are only read"),
        pytest.param("/console/static/*", "api", 2, id="the console's files are only read"),
        pytest.param(None, "api", 7, id="everything else is the API's"),
    ],
)
def test_one_domain_leads_to_scripts_and_api(path: str | None, origin: str, methods: int) -> None:
    behaviours = {each["PathPattern"]: each for each in distribution()["CacheBehaviors"]}
    behaviour = behaviours[path] if path else distribution()["DefaultCacheBehavior"]
    assert (behaviour["TargetOriginId"], len(behaviour["AllowedMethods"])) == (origin, methods)


@pytest.mark.parametrize(
    ("path", "origin"),
    [
        ("/v1/t", "events"),
        ("/v1/t/", "events"),
        ("/v1/batch", "events"),
        ("/v1/pixel/track", "events"),
        ("/v1/projects/dk_x/settings", "events"),
        ("/sourceConfig/", "events"),
        ("/v1/health", "events"),
        ("/v1/nothing", "events"),
        ("/v1/admin/pipelines", "api"),
        ("/v1/docs", "api"),
        ("/v1/openapi.json", "api"),
        ("/console", "api"),
        ("/", "api"),
        ("/dk_pip_x/d.js", "scripts-or-api"),
    ],
)
def test_a_path_has_its_origin(path: str, origin: str) -> None:
    assert origin_of(path) == origin


@pytest.mark.parametrize("path", ["/v1/*", "/v1/admin/*", "/sourceConfig*"])
def test_events_and_tokens_are_never_redirected(path: str) -> None:
    behaviours = {each["PathPattern"]: each for each in distribution()["CacheBehaviors"]}
    assert behaviours[path]["ViewerProtocolPolicy"] == "https-only"


def test_what_is_special_comes_before_what_is_general() -> None:
    """CloudFront takes the first pattern that fits."""
    patterns = [each["PathPattern"] for each in distribution()["CacheBehaviors"]]
    for pattern in ("/v1/admin/*", "/v1/docs*", "/v1/openapi.json"):
        assert patterns.index(pattern) < patterns.index("/v1/*")


def test_the_http_api_gives_everything_to_its_function_as_a_rest_api_would() -> None:
    integration = properties("EventsApiIntegration")
    assert (integration["PayloadFormatVersion"], integration["IntegrationUri"]) == ("1.0", {"Ref": "Ingest.Alias"})
    assert properties("EventsApiRoute")["RouteKey"] == "$default"


def test_a_flood_of_events_leaves_room_for_people() -> None:
    """Reserved for the API; the queues' consumers are limited; what is left is for the entrances."""
    reserved = properties("APIHandler")["ReservedConcurrentExecutions"]
    assert reserved == {"Fn::If": ["HasApiConcurrency", {"Ref": "ApiConcurrency"}, {"Ref": "AWS::NoValue"}]}
    defaults = {name: said["Default"] for name, said in TEMPLATE["Parameters"].items() if said["Type"] == "Number"}
    most = defaults["ApiConcurrency"] + defaults["ProcessConcurrency"] + defaults["DeliverConcurrency"]
    assert most <= ACCOUNT_CONCURRENCY / 2
    for name in ("Process", "Deliver"):
        (event,) = properties(name)["Events"].values()
        assert event["Properties"]["ScalingConfig"] == {"MaximumConcurrency": {"Ref": f"{name}Concurrency"}}


def test_the_entrances_can_be_kept_warm() -> None:
    """By a version, behind the alias that the HTTP API calls."""
    ingest = properties("Ingest")
    warm = {"ProvisionedConcurrentExecutions": {"Ref": "WarmIngest"}}
    assert ingest["AutoPublishAlias"] == "live"
    assert ingest["AutoPublishAliasAllProperties"] is True  # another environment is another version
    assert ingest["ProvisionedConcurrencyConfig"] == {"Fn::If": ["HasWarmIngest", warm, {"Ref": "AWS::NoValue"}]}


def test_people_and_their_scripts_are_throttled_before_they_use_up_the_accounts_requests() -> None:
    (everything,) = properties("RestAPI")["MethodSettings"]
    assert (everything["ResourcePath"], everything["HttpMethod"]) == ("/*", "*")
    assert everything["ThrottlingRateLimit"] <= ACCOUNT_REQUESTS_PER_SECOND / 10


@pytest.mark.parametrize("table", [name for name in RESOURCES if name.endswith("Table")])
def test_a_table_is_on_demand_protected_encrypted_and_can_be_set_back(table: str) -> None:
    said = properties(table)
    assert said["BillingMode"] == "PAY_PER_REQUEST"
    assert said["DeletionProtectionEnabled"] is True
    assert said["SSESpecification"] == {"SSEEnabled": True}
    assert said["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}


STATEFUL = (
    "AWS::DynamoDB::Table",
    "AWS::KMS::Key",
    "AWS::S3::Bucket",
    "AWS::SecretsManager::Secret",
    "AWS::SQS::Queue",
)


@pytest.mark.parametrize(
    "kept", [name for name, each in RESOURCES.items() if each["Type"] in STATEFUL and name != "AlarmKey"]
)
def test_what_has_data_outlives_its_stack(kept: str) -> None:
    assert RESOURCES[kept]["DeletionPolicy"] == "RetainExceptOnCreate"
    assert RESOURCES[kept]["UpdateReplacePolicy"] == "Retain"


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
