"""The HTTP API before the entrances for events: $1.00 a million requests instead of the REST API's $3.50."""

from typing import Any

from .functions import EVENTS_ALIAS

HTTP_STAGE = "$default"  # no part of a path
LONGEST_MILLISECONDS = 29_000


def http_api(prefix: str) -> dict[str, Any]:
    """The API, whose name starts with `prefix`. Everything goes to its function, which knows the paths.

    The payload format is that of REST APIs, so the application is the same. CloudFront throttles nobody, and neither
    does this: each pipeline has its own limit, and the account's holds for the whole.
    """
    return {
        "EventsApi": _resource(
            "AWS::ApiGatewayV2::Api",
            Name=f"{prefix}events",
            Description="Events in; payload format 1.0",
            ProtocolType="HTTP",
        ),
        "EventsApiIntegration": _of_the_api(
            "Integration",
            IntegrationType="AWS_PROXY",
            IntegrationUri={"Ref": EVENTS_ALIAS},
            PayloadFormatVersion="1.0",
            TimeoutInMillis=LONGEST_MILLISECONDS,
        ),
        "EventsApiRoute": _of_the_api(
            "Route", RouteKey="$default", Target={"Fn::Sub": "integrations/${EventsApiIntegration}"}
        ),
        "EventsApiStage": _of_the_api(
            "Stage", StageName=HTTP_STAGE, AutoDeploy=True, DefaultRouteSettings={"DetailedMetricsEnabled": True}
        ),
        "EventsApiPermission": _permission(),
    }


def _permission() -> dict[str, Any]:
    """To call the function, for this API alone."""
    caller = {"Fn::Sub": "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${EventsApi}/*"}
    return _resource(
        "AWS::Lambda::Permission",
        Action="lambda:InvokeFunction",
        FunctionName={"Ref": EVENTS_ALIAS},
        Principal="apigateway.amazonaws.com",
        SourceArn=caller,
    )


def _of_the_api(kind: str, **properties: Any) -> dict[str, Any]:
    return _resource(f"AWS::ApiGatewayV2::{kind}", ApiId={"Ref": "EventsApi"}, **properties)


def _resource(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": kind, "Properties": properties}
