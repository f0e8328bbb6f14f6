"""The yardstick of the local server: bare waitress in a process of its own, with as many calls to the same AWS."""

import json
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from waitress import create_server

from chalicelib.store import named
from local import environment
from local.server import THREADS
from local.state import State


def application(org_id: str, pipeline_id: str) -> Callable[..., Iterable[bytes]]:
    """Answers each request with the item of one pipeline, read anew."""
    dynamodb = boto3.client("dynamodb", config=Config(max_pool_connections=THREADS))
    key = {"org_id": {"S": org_id}, "id": {"S": pipeline_id}}

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:  # noqa: ARG001 - WSGI's signature
        read = dynamodb.get_item(TableName=named("pipelines"), Key=key, ConsistentRead=True)
        body = json.dumps(read["Item"]).encode()
        start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
        return [body]

    return answer


def main(folder: str, org_id: str, pipeline_id: str) -> None:
    """Serve until ended, on the store of a running server; the first line of output is the address."""
    environment.attach(State(Path(folder)))
    server = create_server(application(org_id, pipeline_id), host="127.0.0.1", port=0, threads=THREADS)
    print(f"http://127.0.0.1:{server.effective_port}", flush=True)
    server.run()


if __name__ == "__main__":
    main(*sys.argv[1:])
