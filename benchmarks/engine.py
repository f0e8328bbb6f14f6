"""What is measured against: MiniStack in a process of its own, with an organisation and its owner."""

import json
import logging
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ENVIRONMENT = {
    "STAGE": "bench",
    "PUBLIC_URL": "http://localhost:8084",
    "JWT_SECRET": "a signing key for benchmarks, long enough",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "bench",
    "AWS_SECRET_ACCESS_KEY": "bench",
    "AWS_EC2_METADATA_DISABLED": "true",
}
PASSWORD = "correct horse battery staple"


@dataclass
class Function:
    """The API's function, called in this process with the events that API Gateway would give it."""

    app: Any
    token: str
    lines: list[dict[str, Any]]

    def event(self, method: str, resource: str, parameters: dict[str, str], body: Any, query: Any) -> dict[str, Any]:
        """A proxy event."""
        return {
            "headers": {"authorization": f"Bearer {self.token}", "content-type": "application/json"},
            "multiValueQueryStringParameters": query,
            "pathParameters": parameters,
            "stageVariables": None,
            "body": json.dumps(body) if body is not None else None,
            "requestContext": {"resourcePath": resource, "httpMethod": method, "path": resource, "requestId": "bench"},
        }

    def call(self, method: str, resource: str, body: Any = None, query: Any = None, **parameters: str) -> Any:
        """The decoded answer to one request."""
        answer = self.app(self.event(method, resource, parameters, body, query), None)
        if answer["statusCode"] not in (200, 201):
            raise RuntimeError(f"{method} {resource} answered {answer['statusCode']}: {answer['body']}")
        return json.loads(answer["body"])


@contextmanager
def running() -> Iterator[Function]:
    """The product over a fresh engine."""
    from local.embedded_aws import EmbeddedAws
    from local.state import State

    with tempfile.TemporaryDirectory() as folder:
        state = State(Path(folder))
        state.make()
        aws = EmbeddedAws(state)
        aws.start()
        os.environ.update(ENVIRONMENT | {"AWS_ENDPOINT_URL": aws.url})
        try:
            yield prepared()
        finally:
            aws.stop()


def prepared() -> Function:
    """The function, with everything made that it needs."""
    from chalicelib import logs
    from chalicelib.infrastructure.resources import template
    from local.provision import provision

    os.environ.update(provision(template("bench")))
    lines: list[dict[str, Any]] = []

    class Lines(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(getattr(record, "fields", {}))

    logs.log.addHandler(Lines())
    import app
    from chalicelib.accounts.bootstrap import ensure_user

    ensure_user("bench", "owner@bench.example", "owner", PASSWORD)
    function = Function(app.app, "", lines)
    signed_in = function.call("POST", "/v1/admin/auth/login", {"email": "owner@bench.example", "password": PASSWORD})
    function.token = signed_in["access_token"]
    return function
