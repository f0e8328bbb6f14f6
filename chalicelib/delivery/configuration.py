"""What is attached to each pipeline, with the pipeline's parameters in place: kept in memory, and read again within
five seconds of a change.

A pipeline is read when its first event comes. From then on one read each five seconds tells which pipelines changed,
however many there are. While the store does not answer, what is known stays in force; a process that knows nothing yet
takes the copy in S3.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from .. import aws, clock, logs, metrics
from ..integrations import attachments, catalog, readiness, revisions
from ..integrations.mapping import EventMapping
from ..integrations.resolution import Resolved, Template
from ..integrations.table import Revision
from ..integrations.vendor import Consent, Vendor
from ..pipelines import changes
from ..pipelines.table import Pipeline
from . import snapshots
from .snapshots import Known

POLLED_EVERY_MILLISECONDS = 5000
MOST_KEPT = 20_000  # pipelines
MOST_TEMPLATES = 1000
MISSING_PARAMETERS, INVALID_CONFIGURATION = "MISSING_PARAMETERS", "INVALID_CONFIGURATION"


@dataclass(frozen=True)
class Attached:
    """An integration of a pipeline, ready to deliver, or what is in the way of that."""

    pipeline_id: str
    integration_id: str
    revision: Revision
    parameters: dict[str, str]

    @cached_property
    def vendor(self) -> Vendor:
        """Where events go."""
        return catalog.known(self.revision.vendor)

    @property
    def consent(self) -> Consent:
        """The category without which nothing is sent."""
        return self.revision.consent  # type: ignore[return-value]  # a text in the store, checked when it was written

    @property
    def requests_per_second(self) -> int:
        """To the vendor, at most."""
        return int(self.revision.requests_per_second)

    @cached_property
    def missing(self) -> list[str]:
        """The parameters that the pipeline lacks."""
        return [key for key in self.revision.parameters if key not in self.parameters]

    @cached_property
    def mapping(self) -> EventMapping:
        """The mapping of events; it has none when its placeholders made it wrong, see `obstacle`."""
        return _without_secrets.of(self.revision).mapping_with(self.parameters)[0] or EventMapping()

    @property
    def config(self) -> Any:
        """The vendor's configuration, with its secrets."""
        return self._resolved.config

    @property
    def obstacle(self) -> tuple[str, str] | None:
        """Why nothing can be sent, as code and reason, if so."""
        if self.missing:
            return MISSING_PARAMETERS, f"the pipeline has no parameter {', '.join(self.missing)}"
        if self._resolved.problems:
            problems = [f"{problem['field']} {problem['message']}" for problem in self._resolved.problems]
            return INVALID_CONFIGURATION, "; ".join(problems)
        return None

    @property
    def _resolved(self) -> Resolved:
        return _with_secrets.of(self.revision).resolved(self.parameters)


class _Templates:
    """Templates by revision, the last that were used: pipelines share what is the same for them."""

    def __init__(self, make: Callable[[Revision], Template]) -> None:
        self._make = make
        self._known: OrderedDict[tuple[str, int], Template] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, revision: Revision) -> Template:
        """The template of a revision."""
        name = (revision.integration_id, int(revision.number))
        with self._lock:
            if name in self._known:
                self._known.move_to_end(name)
                return self._known[name]
        made = self._make(revision)
        with self._lock:
            self._known[name] = made
            while len(self._known) > MOST_TEMPLATES:
                self._known.popitem(last=False)
        return made

    def forget(self) -> None:
        """Forget all."""
        with self._lock:
            self._known.clear()


def _without_its_secrets(revision: Revision) -> Template:
    return Template(catalog.known(revision.vendor), revision.config, revision.mapping)


_with_secrets = _Templates(readiness.template)  # for those who send
_without_secrets = _Templates(_without_its_secrets)  # for those who only choose events


@dataclass(frozen=True)
class Loaded:
    """A pipeline as it was read."""

    known: Known
    attached: tuple[Attached, ...]


class Configuration:
    """What one process knows."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self.forget()

    def forget(self) -> None:
        """Forget everything."""
        with self._lock:
            self._pipelines: OrderedDict[str, Loaded] = OrderedDict()
            _with_secrets.forget()
            _without_secrets.forget()
            self._stale: set[str] = set()  # known, but to be read again
            self._true_at = self._asked_at = self._not_before = 0  # milliseconds since the epoch

    def of(self, org_id: str, pipeline_id: str) -> tuple[Attached, ...]:
        """What is attached to a pipeline and switched on."""
        with self._lock:
            now = clock.milliseconds()
            if now - self._asked_at >= POLLED_EVERY_MILLISECONDS:
                self._poll(now)
            loaded = self._pipelines.get(pipeline_id)
            if loaded is None or (pipeline_id in self._stale and now >= self._not_before):
                loaded = self._loaded_anew(org_id, pipeline_id)
            metrics.record(metrics.CONFIGURATION_AGE, round((now - self._true_at) / 1000, 3))
            return loaded.attached

    def again(self, org_id: str, pipeline_id: str) -> tuple[Attached, ...]:
        """The same, read anew: for who knows that it changed."""
        with self._lock:
            return self._loaded_anew(org_id, pipeline_id).attached

    def _loaded_anew(self, org_id: str, pipeline_id: str) -> Loaded:
        loaded = self._load(org_id, pipeline_id, self._pipelines.get(pipeline_id))
        self._pipelines[pipeline_id] = loaded
        while len(self._pipelines) > MOST_KEPT:
            self._stale.discard(self._pipelines.popitem(last=False)[0])
        return loaded

    def _poll(self, now: int) -> None:
        """Ask which pipelines changed. What cannot be asked now is asked the next time."""
        self._asked_at = now
        try:
            if self._pipelines:
                self._stale |= {pipeline_id for _, pipeline_id in changes.since(self._true_at)} & self._pipelines.keys()
            self._true_at = now
        except Exception as error:
            if not aws.unavailable(error):
                raise
            metrics.record(metrics.CONFIGURATION_FAILURES)
            logs.error("configuration not polled; what is known stays in force")

    def _load(self, org_id: str, pipeline_id: str, before: Loaded | None) -> Loaded:
        """Read a pipeline; or what is to be done with while it cannot be read. Where nothing at all is known, events
        have to wait: that nothing is attached would be a guess that loses them."""
        try:
            known = _read(org_id, pipeline_id)
        except Exception as error:
            if not aws.unavailable(error):
                raise
            metrics.record(metrics.CONFIGURATION_FAILURES)
            copy = None if before else snapshots.read(pipeline_id)
            if before is None and copy is None:
                raise
            if copy:
                metrics.record(metrics.SNAPSHOTS_USED)
            logs.error("configuration not read; the last that is known stays in force", pipeline_id=pipeline_id)
            self._stale.add(pipeline_id)
            self._not_before = clock.milliseconds() + POLLED_EVERY_MILLISECONDS
            return before or _loaded(pipeline_id, copy or snapshots.NOTHING)
        self._stale.discard(pipeline_id)
        if before and before.known.encoded() == known.encoded():
            return before
        if before or known.revisions:
            _keep_copy(pipeline_id, known)
        return _loaded(pipeline_id, known)


def _keep_copy(pipeline_id: str, known: Known) -> None:
    """Write the copy for processes that start while the tables do not answer; that it cannot be written delays
    nobody."""
    try:
        snapshots.write(pipeline_id, known)
    except Exception as error:
        if not aws.unavailable(error):
            raise
        logs.error("copy of the configuration not kept", pipeline_id=pipeline_id)


def _read(org_id: str, pipeline_id: str) -> Known:
    attached = [each for each in attachments.of_pipeline(pipeline_id) if each.enabled]
    if not attached:
        return snapshots.NOTHING
    try:
        pipeline = Pipeline.get(org_id, pipeline_id, consistent_read=True)
    except Pipeline.DoesNotExist:
        return snapshots.NOTHING
    numbered = [revisions.numbered(each.integration_id, int(each.revision)) for each in attached]
    return Known(dict(pipeline.parameters), numbered)


def _loaded(pipeline_id: str, known: Known) -> Loaded:
    """What is known, with a line in the log for each parameter that is missing."""
    attached = tuple(Attached(pipeline_id, each.integration_id, each, known.parameters) for each in known.revisions)
    for each in attached:
        for key in each.missing:
            logs.warning(
                "pipeline parameter missing",
                pipeline_id=pipeline_id,
                integration_id=each.integration_id,
                revision=int(each.revision.number),
                key=key,
            )
    return Loaded(known, attached)


configuration = Configuration()
