"""Nothing that was answered 200 is lost and nothing is counted twice when processes are killed in the middle of it: not
on the way into the archive, and not on the way to a vendor."""

import contextlib
import gzip
import json
import os
import random
import threading
import time
import uuid
from http.client import HTTPException
from pathlib import Path
from typing import Any

import boto3
import pytest

from local.embedded_aws import EmbeddedAws
from local.state import State

from ..browser.world import eventually
from ..client import Api, path_of
from ..delivery.stub_vendor import StubVendor
from ..running import ROOT, Running, send_over_http

SENDERS, BATCH = 4, 5
BETWEEN_KILLS = (50, 400)  # events that are acknowledged, at random
LEAST = 2000  # events that are acknowledged in all
QUEUES = ("signal-local-events", "signal-local-deliveries")
VISIBILITY_SECONDS = 5  # in place of the minutes after which a killed worker's messages come again
DRAIN_SECONDS = 90


class Cluster:
    """Two whole processes, each with API and workers, on one store that outlives them."""

    def __init__(self, folder: Path) -> None:
        state = State(folder / "aws")
        state.make()
        self.aws = EmbeddedAws(state, Path(os.environ.get("MINISTACK_PYTHON", ROOT / ".venv-aws/bin/python")))
        self.aws.start()
        for queue in QUEUES:
            self.client("sqs").create_queue(QueueName=queue, Attributes={"VisibilityTimeout": str(VISIBILITY_SECONDS)})
        self.environ = {
            "AWS_ENDPOINT_URL": self.aws.url,
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_REGION": "us-east-1",
            "JWT_SECRET": "one signing key for both processes",
            "DELIVER_TO_PRIVATE_ADDRESSES": "yes",
        }
        self.folders = [folder / "one", folder / "two"]
        self.servers = [Running(each, **self.environ) for each in self.folders]

    def client(self, service):
        return boto3.client(
            service,
            endpoint_url=self.aws.url,
            region_name="us-east-1",
            aws_access_key_id="local",
            aws_secret_access_key="local",
        )

    def kill(self, index: int) -> None:
        """Kill a process where it stands, and start it again."""
        self.servers[index].process.kill()
        self.servers[index].process.wait()
        self.servers[index] = Running(self.folders[index], **self.environ)

    def stop(self) -> None:
        for server in self.servers:
            server.stop()
        self.aws.stop()


@pytest.fixture
def cluster(tmp_path):
    """Two processes and their store."""
    started = Cluster(tmp_path)
    yield started
    started.stop()


@pytest.fixture
def vendor():
    """A vendor that fails now and then."""
    stub = StubVendor()
    stub.answer(*[503 if number % 10 == 0 else 200 for number in range(100)])
    yield stub
    stub.stop()


class Sender(threading.Thread):
    """Sends events as an SDK does: what was not answered 200 is sent again, with the same ids."""

    def __init__(self, cluster: Cluster, key: str, number: int) -> None:
        super().__init__()
        self.cluster, self.key, self.random = cluster, key, random.Random(number)
        self.stopping = threading.Event()
        self.acknowledged: set[str] = set()
        self.repeated = 0

    def run(self) -> None:
        while not self.stopping.is_set():
            ids = [str(uuid.UUID(int=self.random.getrandbits(128), version=4)) for _ in range(BATCH)]
            while not self._sent(ids):
                self.repeated += 1
                time.sleep(0.05)
            self.acknowledged |= set(ids)

    def _sent(self, ids: list[str]) -> bool:
        server = self.random.choice(self.cluster.servers)
        batch = [{"type": "track", "event": "Crash", "messageId": message_id} for message_id in ids]
        with contextlib.suppress(OSError, HTTPException):
            api = Api(send_over_http(server.url))
            return api.post("/v1/batch", {"writeKey": self.key, "batch": batch}).status == 200
        return False


def drained(cluster: Cluster, pipeline) -> dict[str, Any]:
    """The counts, once the queues are empty and every process has written its own."""
    sqs = cluster.client("sqs")
    urls = [sqs.get_queue_url(QueueName=queue)["QueueUrl"] for queue in QUEUES]
    names = [f"ApproximateNumberOfMessages{kind}" for kind in ("", "NotVisible", "Delayed")]
    deadline = time.monotonic() + DRAIN_SECONDS
    while time.monotonic() < deadline:
        waiting = [sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"] for url in urls]
        total = cluster.servers[0].api.get(path_of(pipeline, "/metrics")).json["total"]
        if not any(int(count) for queue in waiting for count in queue.values()) and total["pending"] == 0:
            return total
        time.sleep(0.2)
    raise AssertionError(f"still waiting: {waiting}, {total}")


def archived(cluster: Cluster, pipeline) -> list[str]:
    """The message ids in the archive."""
    s3 = cluster.client("s3")
    (bucket,) = [each["Name"] for each in s3.list_buckets()["Buckets"] if "events" in each["Name"]]
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"pipeline={pipeline['id']}/")
    found = []
    for page in pages:
        for each in page.get("Contents", []):
            content = gzip.decompress(s3.get_object(Bucket=bucket, Key=each["Key"])["Body"].read())
            found += [json.loads(line)["messageId"] for line in content.splitlines()]
    return found


def count(senders: list[Sender]) -> int:
    """How many events were acknowledged."""
    return sum(len(sender.acknowledged) for sender in senders)


@pytest.mark.slow
@pytest.mark.parametrize("kills", [2, pytest.param(6, marks=pytest.mark.thorough)])
def test_what_was_acknowledged_survives_the_death_of_any_process(cluster, vendor, kills):
    pipeline = cluster.servers[0].api.a_pipeline(rate_limit_rps=1_000_000)
    integration = cluster.servers[0].api.an_integration(config={"url": vendor.url, "batch_enabled": True})
    cluster.servers[0].api.attach(integration, pipeline)
    senders = [Sender(cluster, pipeline["pipeline_key"], number) for number in range(SENDERS)]
    for sender in senders:
        sender.start()
    chance = random.Random(1)
    for _ in range(kills):
        so_far, more = count(senders), chance.randint(*BETWEEN_KILLS)
        eventually(lambda so_far=so_far, more=more: count(senders) >= so_far + more)
        cluster.kill(chance.randrange(2))
    eventually(lambda: count(senders) > LEAST)
    for sender in senders:
        sender.stopping.set()
        sender.join()
    total = drained(cluster, pipeline)
    acknowledged = set().union(*(sender.acknowledged for sender in senders))
    kept = archived(cluster, pipeline)
    assert sum(sender.repeated for sender in senders) > 0
    assert acknowledged <= set(kept)
    assert total["archived"] == len(set(kept))
    assert total["accepted"] == total["archived"] + total["duplicate"]
    assert (total["dead"], total["filtered"]) == (0, 0)
    got = vendor.ids()
    assert acknowledged <= set(got)
    assert len(got) - len(set(got)) < len(got) / 20  # what was sent when its worker was killed is sent again
    delivered = total["deliveries"][integration["id"]]
    assert delivered == {"handed": len(set(kept)), "delivered": len(set(got)), "withheld": 0, "dead": 0, "pending": 0}
