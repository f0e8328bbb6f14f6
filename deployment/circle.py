"""Breaking the circle: the API's function is told the public address, which may be that of CloudFront, which points to
the API, which Chalice points to the function.

The function's name is fixed, so the API can name it instead of referring to it. API Gateway does not ask whether the
function is there when the API is made, and nobody can call it before everything is.
"""

import json
from typing import Any

REFERENCE = "${APIHandler.Arn}"
NAMED = "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:"


def break_circle(template: dict[str, Any]) -> None:
    """Let the API's integrations name the function that `template` has, instead of depending on it."""
    function_name = template["Resources"]["APIHandler"]["Properties"]["FunctionName"]
    api = template["Resources"]["RestAPI"]["Properties"]
    definition = json.dumps(api["DefinitionBody"])
    api["DefinitionBody"] = json.loads(definition.replace(REFERENCE, NAMED + function_name))
