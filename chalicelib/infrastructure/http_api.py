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
        "EventsApi": {
            "Type": "AWS::ApiGatewayV2::Api",
            "Properties": {
                "Name": f"{prefix}events",
                "Description": "Events in; payload format 1.0",
                "ProtocolType": "HTTP",
            },
        },
        "EventsApiIntegration": {
            "Type": "AWS::ApiGatewayV2::Integration",
            "Properties": {
                "ApiId": {"Ref": "EventsApi"},
                "IntegrationType": "AWS_PROXY",
                "IntegrationUri": {"Ref": EVENTS_ALIAS},
                "PayloadFormatVersion": "1.0",
                "TimeoutInMillis": LONGEST_MILLISECONDS,
            },
        },
        "EventsApiRoute": {
            "Type": "AWS::ApiGatewayV2::Route",
            "Properties": {
                "ApiId": {"Ref": "EventsApi"},
                "RouteKey": "$default",
                "Target": {"Fn::Sub": "integrations/${EventsApiIntegration}"},
            },
        },
        "EventsApiStage": {
            "Type": "AWS::ApiGatewayV2::Stage",
            "Properties": {
                "ApiId": {"Ref": "EventsApi"},
                "StageName": HTTP_STAGE,
                "AutoDeploy": True,
                "DefaultRouteSettings": {"DetailedMetricsEnabled": True},
            },
        },
        "EventsApiPermission": {
            "Type": "AWS::Lambda::Permission",
            "Properties": {
                "Action": "lambda:InvokeFunction",
                "FunctionName": {"Ref": EVENTS_ALIAS},
                "Principal": "apigateway.amazonaws.com",
                "SourceArn": {
                    "Fn::Sub": "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${EventsApi}/*"
                },
            },
        },
    }
