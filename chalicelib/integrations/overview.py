"""What is attached to what, whether events flow, and what uses which parameter."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..pipelines import catalogue
from ..pipelines import records as pipeline_records
from ..pipelines.table import Pipeline
from ..store import get_together, query_pages
from . import attachment_schemas, attachments, records, revisions
from .attaching import problems_shown, selected, together
from .readiness import Obstacles, Readiness, state
from .table import Integration, PipelineIntegration
from .targets import Judge

TOGETHER = 100  # items in one read


def of_pipeline(org_id: str, pipeline_id: str) -> attachment_schemas.AttachedList:
    """Everything that is attached to a pipeline, in order of the integrations' making.

    Raises PipelineNotFound.
    """
    pipeline, readiness = pipeline_records.load(org_id, pipeline_id), Readiness()
    shown = [
        attached(
            integration,
            item,
            readiness.obstacles(integration.id, int(item.revision), pipeline.parameters),
        )
        for integration, item in _integrations(org_id, pipeline_id)
    ]
    return attachment_schemas.AttachedList(integrations=shown)


def attached(integration: Integration, item: PipelineIntegration, obstacles: Obstacles) -> attachment_schemas.Attached:
    """How an integration is attached to a pipeline, as callers see it."""
    return attachment_schemas.Attached(
        integration_id=integration.id,
        name=integration.name,
        vendor=integration.vendor,
        revision=int(item.revision),
        latest_revision=int(integration.latest_revision),
        enabled=item.enabled,
        state=state(integration, item, obstacles),
        missing=obstacles.missing,
        problems=problems_shown(obstacles),
        attached_at=item.attached_at,
        updated_at=item.updated_at,
    )


def _integrations(org_id: str, pipeline_id: str) -> Iterator[tuple[Integration, PipelineIntegration]]:
    items = attachments.of_pipeline(pipeline_id)
    known = _by_id(Integration(org_id, item.integration_id) for item in items)
    return ((known[item.integration_id], item) for item in items if item.integration_id in known)


def _by_id(wanted: Iterable[Any]) -> dict[str, Any]:
    """What is stored under the keys of these, by id."""
    keys = list(wanted)
    groups = [keys[start : start + TOGETHER] for start in range(0, len(keys), TOGETHER)]
    return {found.id: found for group in groups for found in get_together(group) if found}


def pipelines(
    org_id: str, integration_id: str, query: attachment_schemas.AttachedPipelineQuery
) -> attachment_schemas.AttachedPipelineList:
    """The page that `query` asks for, in order of the pipelines' making.

    Raises IntegrationNotFound.
    """
    integration, rows = records.load(org_id, integration_id), catalogue.rows_of(org_id)
    found = [item for item in _attached_to(integration_id) if item.pipeline_id in rows]
    page, readiness = found[query.offset : query.offset + query.limit], Readiness()
    known = _by_id(Pipeline(org_id, item.pipeline_id) for item in page)
    return attachment_schemas.AttachedPipelineList(
        pipelines=[
            _attached_pipeline(integration, item, known[item.pipeline_id], readiness)
            for item in page
            if item.pipeline_id in known
        ],
        total=len(found),
        limit=query.limit,
        offset=query.offset,
    )


def in_use(org_id: str, integration_id: str) -> dict[str, int]:
    """The pipelines that an integration is attached to, each with the revision that it has."""
    rows = catalogue.rows_of(org_id)
    return {item.pipeline_id: int(item.revision) for item in _attached_to(integration_id) if item.pipeline_id in rows}


def _attached_to(integration_id: str) -> list[PipelineIntegration]:
    """What is attached to pipelines of an integration: by an index, which is behind for a moment."""
    pages = query_pages(
        PipelineIntegration,
        IndexName="attached",
        ConsistentRead=False,
        KeyConditionExpression="integration_id = :id",
        ExpressionAttributeValues={":id": {"S": integration_id}},
    )
    return [PipelineIntegration.from_raw_data(item) for page in pages for item in page]


def _attached_pipeline(
    integration: Integration, item: PipelineIntegration, pipeline: Pipeline, readiness: Readiness
) -> attachment_schemas.AttachedPipeline:
    obstacles = readiness.obstacles(integration.id, int(item.revision), pipeline.parameters)
    return attachment_schemas.AttachedPipeline(
        pipeline_id=pipeline.id,
        name=pipeline.name,
        revision=int(item.revision),
        enabled=item.enabled,
        state=state(integration, item, obstacles),
        missing=obstacles.missing,
        problems=problems_shown(obstacles),
        attached_at=item.attached_at,
        updated_at=item.updated_at,
    )


def preflight(
    org_id: str, integration_id: str, wanted: attachment_schemas.Preflight
) -> attachment_schemas.PreflightReport:
    """What would keep a revision's events back in each of the pipelines that are selected. Changes nothing.

    Raises IntegrationNotFound, ValidationFailed.
    """
    integration, ids = records.load(org_id, integration_id), selected(org_id, wanted)
    number, readiness = records.revision_number(integration, wanted.revision), Readiness(Judge(looks_up=True))
    found: dict[str, Pipeline] = {}
    for group in together(ids, TOGETHER):
        stored = _by_id(Pipeline(org_id, pipeline_id) for pipeline_id in group)
        found |= {pipeline_id: pipeline for pipeline_id, pipeline in stored.items() if not pipeline.deleted_at}
    obstacles = {
        pipeline_id: readiness.obstacles(integration_id, number, found[pipeline_id].parameters)
        for pipeline_id in ids
        if pipeline_id in found
    }
    return _report(number, ids, found, obstacles)


def _report(
    number: int, ids: list[str], found: Mapping[str, Pipeline], obstacles: Mapping[str, Obstacles]
) -> attachment_schemas.PreflightReport:
    not_ready = [
        attachment_schemas.NotReady(
            pipeline_id=pipeline_id,
            name=found[pipeline_id].name,
            missing=in_the_way.missing,
            problems=problems_shown(in_the_way),
        )
        for pipeline_id, in_the_way in obstacles.items()
        if in_the_way
    ]
    return attachment_schemas.PreflightReport(
        revision=number,
        checked=len(found),
        ready=len(found) - len(not_ready),
        missing=sorted({key for one in not_ready for key in one.missing}),
        not_ready=not_ready,
        not_found=[pipeline_id for pipeline_id in ids if pipeline_id not in found],
    )


def parameter_uses(org_id: str, pipeline_id: str) -> attachment_schemas.ParameterUses:
    """Who uses which of a pipeline's parameters.

    Raises PipelineNotFound.
    """
    return uses_of(pipeline_records.load(org_id, pipeline_id))


def uses_of(pipeline: Pipeline) -> attachment_schemas.ParameterUses:
    """The same of a pipeline that was read."""
    defined = pipeline.parameters
    users: dict[str, list[attachment_schemas.ParameterUser]] = {key: [] for key in defined}
    for integration, item in _integrations(pipeline.org_id, pipeline.id):
        if not integration.deleted_at:
            number = int(item.revision)
            user = attachment_schemas.ParameterUser(
                integration_id=integration.id, name=integration.name, revision=number
            )
            for key in revisions.numbered(integration.id, number).parameters:
                users.setdefault(key, []).append(user)
    return attachment_schemas.ParameterUses(
        parameters=[
            attachment_schemas.ParameterUse(key=key, defined=key in defined, used_by=users[key])
            for key in sorted(users)
        ],
        missing=sorted(users.keys() - defined.keys()),
        unused=sorted(key for key, used_by in users.items() if not used_by),
    )
