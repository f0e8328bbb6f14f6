"""Whether a pipeline's events can be sent by a revision: the state of what is attached, and what stands in the way."""

from collections.abc import Mapping
from dataclasses import dataclass

from . import catalog, revisions
from .resolution import Problems, Template
from .table import Integration, PipelineIntegration, Revision
from .targets import Judge
from .vendor import State


@dataclass(frozen=True, slots=True)
class Obstacles:
    """Parameters that a pipeline does not have, and what is wrong with the configuration that it would make."""

    missing: list[str]
    problems: Problems

    def __bool__(self) -> bool:
        return bool(self.missing or self.problems)


class Readiness:
    """Tells of the revisions and pipelines of one request. Each revision is read once; names of servers are looked up
    only if a judge is given."""

    def __init__(self, judge: Judge | None = None) -> None:
        self._judge = judge or Judge(looks_up=False)
        self._templates: dict[tuple[str, int], Template] = {}

    def obstacles(self, integration_id: str, number: int, parameters: Mapping[str, str]) -> Obstacles:
        """What stands in the way of sending events of a pipeline with these parameters.

        Raises RevisionNotFound.
        """
        revision = revisions.numbered(integration_id, number)
        resolved = self._template(revision).resolved(parameters)
        refused = self._judge.problems(resolved.plain, catalog.known(revision.vendor).addresses)
        wrong = {problem["field"] for problem in resolved.problems}
        refused = [{**problem, "field": f"config.{problem['field']}"} for problem in refused]
        return Obstacles(
            resolved.missing, resolved.problems + [problem for problem in refused if problem["field"] not in wrong]
        )

    def _template(self, revision: Revision) -> Template:
        known = (revision.integration_id, int(revision.number))
        if known not in self._templates:
            self._templates[known] = template(revision)
        return self._templates[known]


def template(revision: Revision) -> Template:
    """What a revision says, with its secrets."""
    return Template(catalog.known(revision.vendor), revisions.revealed(revision), revision.mapping)


def state(integration: Integration, attached: PipelineIntegration, obstacles: Obstacles) -> State:
    """What becomes of the pipeline's events: the first thing that keeps them back."""
    if integration.deleted_at:
        return "integration_deleted"
    if not integration.enabled:
        return "integration_disabled"
    if not attached.enabled:
        return "disabled"
    if obstacles.missing:
        return "missing_parameters"
    return "invalid_configuration" if obstacles.problems else "ready"
