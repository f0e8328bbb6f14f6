"""What is changed of the API that Chalice generates: where it listens, and what it answers by itself."""

import json
from typing import Any

from .gateway_responses import GATEWAY_RESPONSES, HEADERS, GatewayResponse, body

# People and their scripts need less; a flood of requests here must not use up what the account has for all its APIs.
MOST_REQUESTS_PER_SECOND = 500
LARGEST_BURST = 1000
API_STAGE = "api"  # Chalice's name of the stage, the first part of every path at API Gateway


def api_name(prefix: str) -> str:
    """The API's name at API Gateway, by which CloudWatch tells the stages of an account apart."""
    return f"{prefix}api"


def api(prefix: str) -> dict[str, Any]:
    """The changes to Chalice's `RestAPI`; its name starts with `prefix`.

    The gateway's answers are a part of the API's definition and no resources of their own, because a change of such
    a resource takes effect only when something else causes a new deployment.
    """
    return {
        "RestAPI": {
            "Type": "AWS::Serverless::Api",
            "Properties": {
                "Name": api_name(prefix),
                "DefinitionBody": {"info": {"title": api_name(prefix)}},  # of which API Gateway makes the name too
                # CloudFront is ours; an EDGE endpoint would put another distribution behind it.
                "EndpointConfiguration": {"Type": "REGIONAL"},
                # With it the gateway inflates gzip bodies, which as text would not survive; and shrinks large answers.
                "MinimumCompressionSize": 1024,
                "MethodSettings": [
                    {
                        "HttpMethod": "*",
                        "ResourcePath": "/*",
                        "ThrottlingRateLimit": MOST_REQUESTS_PER_SECOND,
                        "ThrottlingBurstLimit": LARGEST_BURST,
                    }
                ],
                "GatewayResponses": {response.type: _gateway_response(response) for response in GATEWAY_RESPONSES},
            },
        }
    }


def _gateway_response(response: GatewayResponse) -> dict[str, Any]:
    headers = {name: f"'{value}'" for name, value in HEADERS.items()}
    status = {"StatusCode": response.status} if response.status else {}
    return status | {
        "ResponseParameters": {"Headers": headers},
        "ResponseTemplates": {"application/json": json.dumps(body(response, "$context.requestId"))},
    }
