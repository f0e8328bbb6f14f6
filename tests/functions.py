"""The product's functions, called in this process as Lambda would call them."""

import os
from collections.abc import Mapping
from types import ModuleType
from urllib.parse import quote

from chalice import Chalice
from werkzeug.test import Client

from chalicelib import aws
from chalicelib.infrastructure.cdn import EVENTS, origin_of
from local.gateway import Context, HttpApi, RestApi

from .client import Reply, Send

QUEUES = {"process": "EVENTS_QUEUE_URL", "deliver": "DELIVERIES_QUEUE_URL", "build": "BUILDS_QUEUE_URL"}


def send_in_process(app: Chalice, http_api: bool = True) -> Send:
    """Requests through the gateways straight into the functions, divided between them as the CDN does; or all through
    the REST API."""
    rest, events = Client(RestApi(app), use_cookies=False), Client(HttpApi(app), use_cookies=False)

    def send(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        client = events if http_api and origin_of(path.partition("?")[0]) == EVENTS else rest
        answer = client.open(quote(path, safe="/?&=%:,+"), method=method, headers=dict(headers), data=body)
        return Reply(answer.status_code, answer.headers, answer.data)

    return send


def deliver(application: ModuleType, handler: str, most: int = 10) -> int:
    """Give a queue's messages to its handler, and delete those it did not report as failed."""
    sqs, url = aws.client("sqs"), os.environ[QUEUES[handler]]
    messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=most).get("Messages", [])
    records = [{"messageId": m["MessageId"], "receiptHandle": m["ReceiptHandle"], "body": m["Body"]} for m in messages]
    failed = getattr(application, handler)({"Records": records}, Context())["batchItemFailures"]
    for message in messages:
        if message["MessageId"] not in [failure["itemIdentifier"] for failure in failed]:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return len(messages)
