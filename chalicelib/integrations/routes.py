"""The vendors, the integrations and their revisions in the admin API.

What does the work is imported by the operations that need it: most cold starts are of requests with events.
"""

import re
from typing import TYPE_CHECKING

from chalice.app import Blueprint

from ..api.entity_tags import etag, is_known
from ..api.operation import Answer, Call, operation
from ..api.types import Differences, DifferencesQuery
from ..errors import (
    DuplicateName,
    IntegrationNotDeleted,
    IntegrationNotFound,
    PipelineNotFound,
    PreconditionFailed,
    RevisionNotFound,
    VendorNotFound,
)
from . import dry_run_schemas, examples, schemas

if TYPE_CHECKING:
    from .table import Integration

blueprint = Blueprint(__name__)
PATH = schemas.PATH
ONE = PATH + "/{integration_id}"
TAG = "Integrations"


@operation(
    blueprint,
    "GET",
    "/v1/admin/vendors",
    tag=TAG,
    summary="List vendors",
    role="viewer",
    answer=schemas.VendorList,
)
def list_vendors(_: Call[None, None]) -> schemas.VendorList:
    """Where events can go."""
    from . import listing

    return listing.vendors()


@operation(
    blueprint,
    "GET",
    "/v1/admin/vendors/{vendor}",
    tag=TAG,
    summary="Get a vendor",
    role="viewer",
    answer=schemas.VendorInDetail,
    errors=(VendorNotFound,),
)
def get_vendor(_: Call[None, None], vendor: str) -> schemas.VendorInDetail:
    """What a vendor needs to be told, as JSON Schema, and its presets: mappings to begin with."""
    from . import listing

    return listing.vendor(vendor)


@operation(
    blueprint,
    "GET",
    PATH,
    tag=TAG,
    summary="List integrations",
    role="viewer",
    query=schemas.IntegrationQuery,
    answer=schemas.IntegrationList,
)
def list_integrations(call: Call[None, schemas.IntegrationQuery]) -> schemas.IntegrationList:
    """A page of the organisation's integrations, in order of making."""
    from . import listing

    return listing.integrations_of(call.caller.org_id, call.query)


@operation(
    blueprint,
    "POST",
    PATH,
    tag=TAG,
    summary="Create an integration",
    role="editor",
    body=schemas.IntegrationCreate,
    example=examples.CREATE,
    answer=schemas.IntegrationWithRevision,
    status=201,
    errors=(DuplicateName,),
    idempotent=True,
)
def create_integration(call: Call[schemas.IntegrationCreate, None]) -> Answer:
    """Makes an integration with revision 1. Texts of the configuration and the mapping may have
    `{{pipeline_param.KEY}}` in them, in whose place each pipeline's own parameter is put. Nothing is delivered before
    it is attached to pipelines."""
    from . import commands

    created = commands.create(call.actor, call.body, call.once)
    return Answer(created, headers=commands.created_headers(created))


@operation(
    blueprint,
    "GET",
    ONE,
    tag=TAG,
    summary="Get an integration",
    role="viewer",
    answer=schemas.IntegrationWithRevision,
    errors=(IntegrationNotFound,),
    conditional=("If-None-Match",),
)
def get_integration(call: Call[None, None], integration_id: str) -> Answer:
    """The integration with its latest revision, secrets shown as `***`."""
    from . import records, revisions

    integration = records.load(call.caller.org_id, integration_id)
    if is_known(call.request.headers.get("if-none-match", ""), integration.version):
        return Answer("", status=304, headers={"ETag": etag(integration.version)})
    latest = revisions.numbered(integration.id, int(integration.latest_revision))
    return Answer(records.shown_with(integration, latest), headers={"ETag": etag(integration.version)})


@operation(
    blueprint,
    "PUT",
    ONE,
    tag=TAG,
    summary="Update an integration",
    role="editor",
    body=schemas.IntegrationUpdate,
    example=examples.UPDATE,
    read_only=schemas.READ_ONLY,
    answer=schemas.Integration,
    errors=(IntegrationNotFound, DuplicateName, PreconditionFailed),
    conditional=("If-Match",),
)
def update_integration(call: Call[schemas.IntegrationUpdate, None], integration_id: str) -> Answer:
    """Changes the given fields alone. Switched off, it delivers for no pipeline. What is sent is changed by a new
    revision."""
    from . import commands

    if_match = call.request.headers.get("if-match")
    return _answer(commands.update(call.actor, integration_id, call.body, if_match))


@operation(
    blueprint,
    "DELETE",
    ONE,
    tag=TAG,
    summary="Delete an integration",
    role="admin",
    answer=schemas.DeletedIntegration,
    errors=(IntegrationNotFound, PreconditionFailed),
    conditional=("If-Match",),
)
def delete_integration(call: Call[None, None], integration_id: str) -> schemas.DeletedIntegration:
    """Deletes softly: nothing is delivered from now on, and its name is free. It can be restored."""
    from . import commands

    commands.delete(call.actor, integration_id, call.request.headers.get("if-match"))
    return schemas.DeletedIntegration()


@operation(
    blueprint,
    "POST",
    ONE + "/restore",
    tag=TAG,
    summary="Restore a deleted integration",
    role="admin",
    answer=schemas.Integration,
    errors=(IntegrationNotFound, IntegrationNotDeleted),
)
def restore_integration(call: Call[None, None], integration_id: str) -> Answer:
    """Brings a deleted integration back, attached to what it was attached to, with a number after its name if that was
    taken meanwhile."""
    from . import commands

    return _answer(commands.restore(call.actor, integration_id))


@operation(
    blueprint,
    "GET",
    ONE + "/revisions",
    tag=TAG,
    summary="List revisions",
    role="viewer",
    query=schemas.RevisionQuery,
    answer=schemas.RevisionList,
    errors=(IntegrationNotFound,),
)
def list_revisions(call: Call[None, schemas.RevisionQuery], integration_id: str) -> schemas.RevisionList:
    """A page of the revisions, the newest first, without what they say."""
    from . import listing

    return listing.revisions_of(call.caller.org_id, integration_id, call.query)


@operation(
    blueprint,
    "POST",
    ONE + "/revisions",
    tag=TAG,
    summary="Create a revision",
    role="editor",
    body=schemas.RevisionCreate,
    example=examples.REVISE,
    answer=schemas.Revision,
    status=201,
    errors=(IntegrationNotFound,),
    idempotent=True,
)
def create_revision(call: Call[schemas.RevisionCreate, None], integration_id: str) -> Answer:
    """Makes the next revision; what is not given is that of the latest. A secret given as `***` stays, unless the
    address that it is sent to changes. Pipelines go on with the revision that they have until another one is
    attached."""
    from . import commands

    made = commands.revise(call.actor, integration_id, call.body, call.once)
    return Answer(made, headers=commands.revised_headers(made))


@operation(
    blueprint,
    "GET",
    ONE + "/revisions/{number}",
    tag=TAG,
    summary="Get a revision",
    role="viewer",
    answer=schemas.Revision,
    errors=(IntegrationNotFound, RevisionNotFound),
)
def get_revision(call: Call[None, None], integration_id: str, number: str) -> schemas.Revision:
    """The revision, secrets shown as `***`."""
    from . import records, revisions

    integration = records.load(call.caller.org_id, integration_id)
    return records.shown_revision(revisions.numbered(integration.id, _number(number)))


@operation(
    blueprint,
    "GET",
    ONE + "/revisions/{number}/diff",
    tag=TAG,
    summary="Compare two revisions",
    role="viewer",
    query=DifferencesQuery,
    answer=Differences,
    errors=(IntegrationNotFound, RevisionNotFound),
)
def compare_revisions(call: Call[None, DifferencesQuery], integration_id: str, number: str) -> Differences:
    """What is different in a revision, field by field, from the one before or the one that is named in `against`:
    configuration, mapping and consent. A secret that was given anew is told as such and not shown."""
    from . import comparison

    return comparison.compare(call.caller.org_id, integration_id, _number(number), call.query)


@operation(
    blueprint,
    "POST",
    ONE + "/dry-run",
    tag=TAG,
    summary="Show what would be sent",
    role="viewer",
    body=dry_run_schemas.DryRun,
    example=examples.DRY_RUN,
    answer=dry_run_schemas.DryRunReport,
    errors=(IntegrationNotFound, PipelineNotFound),
)
def show_what_would_be_sent(
    call: Call[dry_run_schemas.DryRun, None], integration_id: str
) -> dry_run_schemas.DryRunReport:
    """The exact requests that would be sent for an event, or the reason why there are none. Nothing is sent, and
    secrets are shown as `***`."""
    from . import dry_run

    return dry_run.dry_run(call.caller.org_id, integration_id, call.body)


def _number(text: str) -> int:
    """The number of a revision in a path.

    Raises RevisionNotFound.
    """
    if not re.fullmatch(r"[1-9][0-9]{0,8}", text, re.ASCII):
        raise RevisionNotFound
    return int(text)


def _answer(integration: "Integration") -> Answer:
    from . import records

    return Answer(records.shown(integration), headers={"ETag": etag(integration.version)})
