"""Queues and schedules on this machine."""

import json
import threading

import pytest

import app
from chalicelib import aws
from local.workers import QueueWorker, Schedule, Workers

URL = "https://sqs.us-east-1.amazonaws.com/123456789012/signal-test-events"


@pytest.fixture
def queue(moto_aws):
    """A queue with three messages whose visibility ends at once."""
    sqs = aws.client("sqs")
    sqs.set_queue_attributes(QueueUrl=URL, Attributes={"VisibilityTimeout": "0"})
    for number in range(3):
        sqs.send_message(QueueUrl=URL, MessageBody=json.dumps(number))
    return sqs


def left(sqs):
    messages = sqs.receive_message(QueueUrl=URL, MaxNumberOfMessages=10).get("Messages", [])
    return sorted(json.loads(message["Body"]) for message in messages)


def worker(handler):
    return QueueWorker("signal-test-events", 10, handler, threading.Event())


def test_handled_messages_go_and_failed_ones_come_again(queue):
    def handler(event, context):
        assert context.get_remaining_time_in_millis() > 0
        failed = [record["messageId"] for record in event["Records"] if record["body"] == "1"]
        return {"batchItemFailures": [{"itemIdentifier": failure} for failure in failed]}

    worker(handler).work(queue, URL)
    assert left(queue) == [1]


def test_when_the_handler_breaks_all_come_again(queue):
    def handler(event, context):
        raise RuntimeError("broken")

    worker(handler).work(queue, URL)
    assert left(queue) == [0, 1, 2]


def test_a_handler_gets_what_lambda_gives(queue):
    events = []
    worker(lambda event, context: events.append(event)).work(queue, URL)
    record = events[0]["Records"][0]
    assert record["eventSource"] == "aws:sqs"
    assert record["eventSourceARN"].endswith(":signal-test-events")
    assert {"messageId", "receiptHandle", "body", "attributes", "md5OfBody"} <= set(record)


def test_a_slow_vendor_keeps_nobody_elses_deliveries_waiting():
    workers = Workers(app)
    workers.stopping.set()
    workers.start()
    names = [thread.name for thread in workers.threads]
    workers.stop()
    assert (names.count("deliver"), names.count("process"), names.count("cleanup")) == (8, 1, 1)


def schedule(handler, stopping):
    (source,) = [source for source in app.app.event_sources if source.name == "cleanup"]
    return Schedule(source, handler, stopping)


def test_a_schedule_calls_its_handler_as_eventbridge_does(moto_aws):
    assert sum(schedule(app.cleanup, threading.Event()).call().values()) == 0


def test_a_schedule_that_breaks_goes_on():
    def handler(event, context):
        raise RuntimeError("broken")

    assert schedule(handler, threading.Event()).call() is None


def test_a_schedule_waits_for_its_time_and_stops_when_told():
    stopping = threading.Event()
    stopping.set()
    schedule(lambda *_: pytest.fail("too early"), stopping).run()
