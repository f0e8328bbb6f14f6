"""The HTTP API before a deployed function: the emulator's own knows only the other payload format, so here is what AWS
would give the function, in the format that the template asks for."""

import json
from collections.abc import Mapping
from typing import Any

from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder

from local.gateway import http_answer, is_binary, proxy_event

from ..client import Reply


def ask(lambda_: Any, function: str, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
    """What the function answers to one request."""
    environ = EnvironBuilder(path, method=method, headers=Headers(dict(headers)), data=body).get_environ()
    binary = is_binary(environ, body)
    event = proxy_event(environ, body, "request-1", "$default", {}, stage="$default", binary=binary)
    invoked = lambda_.invoke(FunctionName=function, Payload=json.dumps(event).encode())
    answer = json.loads(invoked["Payload"].read())
    assert "FunctionError" not in invoked, answer
    status, answered, content = http_answer(answer)
    return Reply(status, Headers(answered), content)
