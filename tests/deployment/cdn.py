"""CloudFront's stand-in for the emulator, which makes distributions but does not serve them: reads a distribution's
configuration from the emulator and serves it over HTTP on the loopback: path patterns in order, origins with their
path, failover from one to the next. It keeps nothing."""

import threading
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from local.gateway import StartResponse, request_headers
from local.server import Server

from ..infrastructure import http_api

NOT_HANDED_ON = {"host", "connection", "content-length", "transfer-encoding", "date", "server"}
PATIENCE_SECONDS = 60


@dataclass(frozen=True)
class Answer:
    """What an origin says."""

    status: int
    headers: dict[str, str]
    content: bytes


class Distribution:
    """A distribution as the emulator describes it. `clients` makes a boto3 client of the emulator."""

    def __init__(self, endpoint: str, clients: Any, distribution_id: str) -> None:
        self._endpoint = endpoint
        self._s3 = clients("s3")
        self._lambda = clients("lambda")
        self._functions = _functions(clients("apigatewayv2"))
        self._config = clients("cloudfront").get_distribution_config(Id=distribution_id)["DistributionConfig"]

    def answer(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Answer:
        """What the distribution says to one request."""
        path = urlsplit(target).path
        behaviour = self._behaviour(path)
        if method not in behaviour["AllowedMethods"]["Items"]:
            return Answer(403, {"X-Cache": "Error from cloudfront"}, b"This distribution is not configured for it.")
        # Without an origin request policy nothing of the viewer's request but its path is sent on.
        everything = "OriginRequestPolicyId" in behaviour
        origins, statuses = self._origins(behaviour["TargetOriginId"])
        answer = Answer(502, {}, b"")
        for origin in origins:
            answer = self._ask(origin, method, target if everything else path, headers if everything else {}, body)
            if answer.status not in statuses:
                break
        return answer

    def _behaviour(self, path: str) -> Any:
        for behaviour in self._config["CacheBehaviors"]["Items"]:
            if fnmatchcase(path, behaviour["PathPattern"]):
                return behaviour
        return self._config["DefaultCacheBehavior"]

    def _origins(self, target: str) -> tuple[list[Any], list[int]]:
        """The origins that are asked one after the other, and the statuses at which the next one is."""
        by_id = {origin["Id"]: origin for origin in self._config["Origins"]["Items"]}
        for group in self._config["OriginGroups"]["Items"]:
            if group["Id"] == target:
                members = [by_id[member["OriginId"]] for member in group["Members"]["Items"]]
                return members, group["FailoverCriteria"]["StatusCodes"]["Items"]
        return [by_id[target]], []

    def _ask(self, origin: Any, method: str, target: str, headers: dict[str, str], body: bytes) -> Answer:
        if "S3OriginConfig" in origin:
            return self._bucket(origin, target)
        return self._api(origin, method, target, headers, body)

    def _bucket(self, origin: Any, path: str) -> Answer:
        bucket = origin["DomainName"].partition(".s3.")[0]
        try:
            found = self._s3.get_object(Bucket=bucket, Key=f"{origin['OriginPath']}{path}".lstrip("/"))
        except ClientError as error:
            return Answer(error.response["ResponseMetadata"]["HTTPStatusCode"], {}, b"")
        kept = {"Content-Type": found["ContentType"], "Cache-Control": found.get("CacheControl", "")}
        return Answer(200, kept, found["Body"].read())

    def _api(self, origin: Any, method: str, target: str, headers: dict[str, str], body: bytes) -> Answer:
        """The emulator finds an API by its host, as AWS does."""
        api_id = origin["DomainName"].partition(".")[0]
        if function := self._functions.get(api_id):
            reply = http_api.ask(self._lambda, function, method, target, headers, body)
            return Answer(reply.status, dict(reply.headers), reply.body)
        sent = {name: value for name, value in headers.items() if name.lower() not in NOT_HANDED_ON}
        sent["Host"] = f"{api_id}.execute-api.localhost:{urlsplit(self._endpoint).port}"
        address = f"{self._endpoint}{origin.get('OriginPath', '')}{target}"
        request = urllib.request.Request(address, body or None, sent, method=method)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
                return Answer(answer.status, dict(answer.headers), answer.read())
        except urllib.error.HTTPError as refused:
            return Answer(refused.code, dict(refused.headers), refused.read())


def _functions(gateway: Any) -> dict[str, str]:
    """The function of each HTTP API, with its alias."""
    found = {}
    for api in gateway.get_apis()["Items"]:
        (integration,) = gateway.get_integrations(ApiId=api["ApiId"])["Items"]
        found[api["ApiId"]] = integration["IntegrationUri"].partition(":function:")[2].removesuffix("/invocations")
    return found


@contextmanager
def serving(distribution: Distribution) -> Iterator[str]:
    """The address at which the distribution is served until the end of the `with`."""

    def application(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        asked = (environ["REQUEST_METHOD"], environ["REQUEST_URI"], request_headers(environ))
        answer = distribution.answer(*asked, environ["wsgi.input"].read())
        kept = [(name, value) for name, value in answer.headers.items() if name.lower() not in NOT_HANDED_ON]
        length = ("Content-Length", str(len(answer.content)))
        start_response(f"{answer.status} {HTTPStatus(answer.status).phrase}", [*kept, length])
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else answer.content]

    server = Server(application, 0)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.stop()
        thread.join()
