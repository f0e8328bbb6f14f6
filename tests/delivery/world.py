"""A pipeline whose events go to a stub vendor, and the queue of deliveries on a clock that the test moves."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import app
from chalicelib import identifiers, queues
from chalicelib.integrations import catalog, parameters, secrets
from chalicelib.integrations.table import Integration, PipelineIntegration, Revision
from chalicelib.pipelines import changes
from chalicelib.settings import settings
from chalicelib.store import transact
from local.gateway import Context

from .. import permissions
from ..client import Api, path_of
from ..queue_messages import a_message, an_event
from .stub_vendor import StubVendor

GRANTED = {"context": {"consent": {"analytics": True, "marketing": True}}}
ALL = {"defaults": {"action": "pass"}}


@dataclass
class World:
    """Everything between an accepted event and its vendor."""

    owner: Api
    clock: Any
    vendor: StubVendor
    pipeline: dict[str, Any]
    waiting: list[tuple[int, str]] = field(default_factory=list)  # when it is due, and the message
    messages: int = 0

    def attach(self, vendor: str = "webhook", pipeline: dict[str, Any] | None = None, **revision: Any) -> str:
        """Attach a new integration; its id. By default a webhook to the stub vendor that takes everything."""
        integration_id = identifiers.new_id("int")
        org_id = self.pipeline["org_id"]
        Integration(
            org_id,
            integration_id,
            version=1,
            name=integration_id,
            description="",
            vendor=vendor,
            enabled=True,
            latest_revision=0,
            created_at="2026-02-25T10:00:00Z",
            updated_at="2026-02-25T10:00:00Z",
        ).save()
        self.use(integration_id, 1, vendor, pipeline, **revision)
        return integration_id

    @permissions.by_nobody
    def use(
        self,
        integration_id: str,
        number: int,
        vendor: str = "webhook",
        pipeline: dict[str, Any] | None = None,
        *,
        config: dict[str, Any] | None = None,
        mapping: dict[str, Any] | None = None,
        consent: str = "essential",
        requests_per_second: int = 100,
        enabled: bool = True,
    ) -> None:
        """Let a pipeline use a new revision."""
        pipeline = pipeline or self.pipeline
        config = {"url": f"{self.vendor.url}/events"} if config is None else config
        shown, sealed = secrets.sealed(integration_id, config, catalog.secret_fields(vendor))
        Revision(
            integration_id,
            number,
            org_id=pipeline["org_id"],
            vendor=vendor,
            config=shown,
            secrets=sealed,
            parameters=parameters.keys_in([config, mapping]),
            mapping=ALL if mapping is None else mapping,
            consent=consent,
            requests_per_second=requests_per_second,
            note="",
            created_at="2026-02-25T10:00:00Z",
            created_by="usr_1",
        ).save()
        attached = PipelineIntegration(
            pipeline["id"],
            integration_id,
            org_id=pipeline["org_id"],
            revision=number,
            enabled=enabled,
            attached_at="2026-02-25T10:00:00Z",
            updated_at="2026-02-25T10:00:00Z",
        )
        integration = Integration(pipeline["org_id"], integration_id)
        latest = [Integration.latest_revision.set(number)]
        transact(
            {
                "latest": lambda transaction: transaction.update(integration, latest),
                "attached": lambda transaction: transaction.save(attached),
                "change": changes.change(pipeline["org_id"], pipeline["id"]),
            }
        )

    def change(self, **fields: Any) -> None:
        """Change the pipeline."""
        assert self.owner.put(path_of(self.pipeline), fields).status == 200

    def accept(self, *events: str | dict[str, Any], message_id: str = "") -> None:
        """Let the processor work on a message of the events queue."""
        self.messages += 1
        body = a_message(*events, org_id=self.pipeline["org_id"], pipeline_id=self.pipeline["id"])
        record = {"messageId": message_id or f"m{self.messages}", "body": body}
        assert app.process({"Records": [record]}, Context()) == {"batchItemFailures": []}

    def deliver(self) -> int:
        """Let the worker take the messages that are due; how many there were."""
        due = [each for each in self.waiting if each[0] <= self.now]
        for each in due:
            self.waiting.remove(each)
            if handle(each[1]):
                self.waiting.append((self.now + 360_000, each[1]))  # the queue's visibility timeout
        return len(due)

    def deliver_all(self) -> None:
        """Let time pass until nothing is on its way any more."""
        while self.waiting:
            self.clock.pass_(milliseconds=max(0, min(due for due, _ in self.waiting) - self.now))
            self.deliver()

    @property
    def now(self) -> int:
        return int(self.clock.moment.timestamp() * 1000)

    def counts(self, pipeline: dict[str, Any] | None = None) -> dict[str, dict[str, int]]:
        """What became of events, by integration."""
        reply = self.owner.get(path_of(pipeline or self.pipeline, "/metrics?step=hour&from=2026-02-25T10:00:00Z"))
        assert reply.status == 200, reply.body
        return reply.json["total"]["deliveries"]

    def story(self, message_id: str) -> list[tuple[str, str]]:
        """Step and code of everything that happened to an event."""
        reply = self.owner.get(path_of(self.pipeline, f"/events/{message_id}"))
        assert reply.status == 200, reply.body
        return [(step["step"], step.get("code", "")) for step in reply.json["steps"]]


def handle(body: str) -> bool:
    """Let the worker work on one message; whether it must come again."""
    record = {"messageId": "d1", "body": body}
    return bool(app.deliver({"Records": [record]}, Context())["batchItemFailures"])


def events(count: int, start: int = 0, **fields: Any) -> list[dict[str, Any]]:
    """So many events."""
    return [an_event(f"e{number}", **fields) for number in range(start, start + count)]


@contextmanager
def a_world(owner: Api, clock: Any, monkeypatch: Any) -> Iterator[World]:
    """A world of a test's own."""
    world = World(owner, clock, StubVendor(), owner.a_pipeline())
    real = queues.send

    def send(queue_url: str, body: str, group: str, delay_seconds: int = 0) -> None:
        if queue_url != settings().deliveries_queue_url:
            return real(queue_url, body, group, delay_seconds)
        assert group.startswith("int_")
        assert 0 <= delay_seconds <= queues.LONGEST_DELAY_SECONDS
        world.waiting.append((world.now + delay_seconds * 1000, body))
        return None

    monkeypatch.setattr(queues, "send", send)
    yield world
    world.vendor.stop()
