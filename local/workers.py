"""Lambda's triggers on this machine: queues are polled and schedules kept for the handlers that the application
registers, with the events that Lambda would give them."""

import importlib
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from chalice.app import Rate, ScheduledEventConfig, SQSEventConfig

from chalicelib import aws, logs

from .gateway import Context

WAIT_SECONDS = 1  # of one look into a queue; also the longest that stopping waits for an idle worker
AFTER_FAILURE_SECONDS = 2.0
UNITS = {Rate.MINUTES: 60, Rate.HOURS: 3600, Rate.DAYS: 86_400}
FUNCTION_SECONDS = 300.0
# Lambda runs a function many times at once; here several threads do, where one would wait for the slowest vendor.
THREADS = {"deliver": 8}


@dataclass
class Workers:
    """Threads for every queue and every schedule."""

    application: ModuleType = field(default_factory=lambda: importlib.import_module("app"))
    stopping: threading.Event = field(default_factory=threading.Event)
    threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        """Begin to work."""
        for source in self.application.app.event_sources:
            self._start(source)

    def _start(self, source: Any) -> None:
        handler = getattr(self.application, source.handler_string.rpartition(".")[2])
        if isinstance(source, SQSEventConfig):
            work = QueueWorker(source.queue, source.batch_size, handler, self.stopping).run
        elif isinstance(source, ScheduledEventConfig):
            work = Schedule(source, handler, self.stopping).run
        else:
            return
        for _ in range(THREADS.get(source.name, 1)):
            thread = threading.Thread(target=work, name=source.name)
            thread.start()
            self.threads.append(thread)

    def stop(self) -> None:
        """Finish the batches under way and begin no other."""
        self.stopping.set()
        for thread in self.threads:
            thread.join()


@dataclass
class QueueWorker:
    """Takes messages of one queue to its handler, and deletes those that were handled."""

    queue: str
    batch_size: int
    handler: Any
    stopping: threading.Event

    def run(self) -> None:
        """Work until told to stop; a queue that does not answer is asked again."""
        sqs = aws.client("sqs")
        url = None
        while not self.stopping.is_set():
            try:
                url = url or sqs.get_queue_url(QueueName=self.queue)["QueueUrl"]
                self.work(sqs, url)
            except (BotoCoreError, ClientError):
                self.stopping.wait(AFTER_FAILURE_SECONDS)

    def work(self, sqs: Any, url: str) -> None:
        """Take one batch, if there is any."""
        answer = sqs.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=min(self.batch_size, 10),
            WaitTimeSeconds=WAIT_SECONDS,
            AttributeNames=["All"],
        )
        messages = answer.get("Messages", [])
        if not messages:
            return
        failed = self._failed(messages)
        handled = [message for message in messages if message["MessageId"] not in failed]
        if handled:
            entries = [
                {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]} for number, message in enumerate(handled)
            ]
            sqs.delete_message_batch(QueueUrl=url, Entries=entries)

    def _failed(self, messages: list[dict[str, Any]]) -> set[str]:
        """The ids of messages that come again after the queue's visibility timeout."""
        try:
            answer = self.handler({"Records": [self._record(m) for m in messages]}, Context(FUNCTION_SECONDS))
        except Exception:
            logs.error("handler failed", queue=self.queue)
            return {message["MessageId"] for message in messages}
        return {failure["itemIdentifier"] for failure in (answer or {}).get("batchItemFailures", [])}

    def _record(self, message: dict[str, Any]) -> dict[str, Any]:
        return {
            "messageId": message["MessageId"],
            "receiptHandle": message["ReceiptHandle"],
            "body": message["Body"],
            "attributes": message.get("Attributes", {}),
            "messageAttributes": {},
            "md5OfBody": message.get("MD5OfBody", ""),
            "eventSource": "aws:sqs",
            "eventSourceARN": f"arn:aws:sqs:us-east-1:000000000000:{self.queue}",
            "awsRegion": "us-east-1",
        }


@dataclass
class Schedule:
    """Calls a handler at its rate, the first time one interval after the start."""

    source: Any
    handler: Any
    stopping: threading.Event

    def run(self) -> None:
        """Keep the schedule until told to stop."""
        rate = self.source.schedule_expression
        seconds = rate.value * UNITS[rate.unit]
        next_at = time.monotonic() + seconds
        while not self.stopping.wait(max(0.0, next_at - time.monotonic())):
            next_at += seconds
            self.call()

    def call(self) -> Any:
        """One call, as EventBridge makes it."""
        event = {
            "version": "0",
            "id": Context().aws_request_id,
            "detail-type": "Scheduled Event",
            "source": "aws.events",
            "account": "000000000000",
            "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "region": "us-east-1",
            "resources": [],
            "detail": {},
        }
        try:
            return self.handler(event, Context(FUNCTION_SECONDS))
        except Exception:
            logs.error("schedule failed", handler=self.source.name)
            return None
