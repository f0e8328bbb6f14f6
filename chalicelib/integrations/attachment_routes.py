"""In the admin API: what pipelines' events go to, and whether they get there."""

from chalice.app import Blueprint

from ..api.operation import Call, operation
from ..errors import IntegrationNotFound, NotAttached, PipelineNotFound
from . import attachment_schemas, examples
from .routes import ONE, TAG

blueprint = Blueprint(__name__)
PIPELINE = "/v1/admin/pipelines/{pipeline_id}"
ATTACHED = PIPELINE + "/integrations/{integration_id}"


@operation(
    blueprint,
    "GET",
    PIPELINE + "/integrations",
    tag=TAG,
    summary="List what is attached to a pipeline",
    role="viewer",
    answer=attachment_schemas.AttachedList,
    errors=(PipelineNotFound,),
)
def list_attached_integrations(call: Call[None, None], pipeline_id: str) -> attachment_schemas.AttachedList:
    """Every integration that the pipeline's events go to, whether they get there, and what is in the way."""
    from . import overview

    return overview.of_pipeline(call.caller.org_id, pipeline_id)


@operation(
    blueprint,
    "PUT",
    ATTACHED,
    tag=TAG,
    summary="Attach an integration to a pipeline",
    role="editor",
    body=attachment_schemas.Attach,
    example=examples.ATTACH,
    body_required=False,
    answer=attachment_schemas.Attached,
    errors=(PipelineNotFound, IntegrationNotFound),
)
def attach_integration(
    call: Call[attachment_schemas.Attach, None], pipeline_id: str, integration_id: str
) -> attachment_schemas.Attached:
    """Attaches it by a revision, or changes to a newer or an older one; the same again changes nothing. A pipeline
    without the parameters that are needed is attached too: its `state` says what it lacks, and nothing is sent."""
    from . import attaching, overview

    return overview.attached(*attaching.attach(call.actor, pipeline_id, integration_id, call.body))


@operation(
    blueprint,
    "DELETE",
    ATTACHED,
    tag=TAG,
    summary="Detach an integration from a pipeline",
    role="editor",
    answer=attachment_schemas.Detached,
    errors=(PipelineNotFound, IntegrationNotFound, NotAttached),
)
def detach_integration(call: Call[None, None], pipeline_id: str, integration_id: str) -> attachment_schemas.Detached:
    """The pipeline's events no longer go there."""
    from . import attaching

    attaching.detach(call.actor, pipeline_id, integration_id)
    return attachment_schemas.Detached()


@operation(
    blueprint,
    "GET",
    PIPELINE + "/parameter-uses",
    tag=TAG,
    summary="Show who uses a pipeline's parameters",
    role="viewer",
    answer=attachment_schemas.ParameterUses,
    errors=(PipelineNotFound,),
)
def parameter_uses(call: Call[None, None], pipeline_id: str) -> attachment_schemas.ParameterUses:
    """Each parameter with the attached integrations that refer to it: those that are missing, and those that nothing
    refers to."""
    from . import overview

    return overview.parameter_uses(call.caller.org_id, pipeline_id)


@operation(
    blueprint,
    "GET",
    ONE + "/pipelines",
    tag=TAG,
    summary="List the pipelines of an integration",
    role="viewer",
    query=attachment_schemas.AttachedPipelineQuery,
    answer=attachment_schemas.AttachedPipelineList,
    errors=(IntegrationNotFound,),
)
def list_attached_pipelines(
    call: Call[None, attachment_schemas.AttachedPipelineQuery], integration_id: str
) -> attachment_schemas.AttachedPipelineList:
    """A page of the pipelines that it is attached to, by which revision, and whether their events get there. What was
    attached or detached a moment ago may not be seen yet."""
    from . import overview

    return overview.pipelines(call.caller.org_id, integration_id, call.query)


@operation(
    blueprint,
    "POST",
    ONE + "/attach",
    tag=TAG,
    summary="Attach an integration to many pipelines",
    role="editor",
    body=attachment_schemas.AttachMany,
    example=examples.ATTACH_MANY,
    answer=attachment_schemas.AttachedMany,
    errors=(IntegrationNotFound,),
)
def attach_to_many(
    call: Call[attachment_schemas.AttachMany, None], integration_id: str
) -> attachment_schemas.AttachedMany:
    """Attaches it to the pipelines that are named, or to all with a label, by a revision, without one the latest; also
    those that have it by another. Pipelines that could not send are refused, with what they lack, unless
    `allow_missing`. Done again, it goes on where it was interrupted."""
    from . import attaching

    return attaching.attach_many(call.actor, integration_id, call.body)


@operation(
    blueprint,
    "POST",
    ONE + "/detach",
    tag=TAG,
    summary="Detach an integration from many pipelines",
    role="editor",
    body=attachment_schemas.DetachMany,
    example=examples.DETACH_MANY,
    answer=attachment_schemas.DetachedMany,
    errors=(IntegrationNotFound,),
)
def detach_from_many(
    call: Call[attachment_schemas.DetachMany, None], integration_id: str
) -> attachment_schemas.DetachedMany:
    """Detaches it from the pipelines that are named, or from all with a label. Done again, it goes on where it was
    interrupted."""
    from . import attaching

    return attaching.detach_many(call.actor, integration_id, call.body)


@operation(
    blueprint,
    "POST",
    ONE + "/preflight",
    tag=TAG,
    summary="Check pipelines before attaching",
    role="viewer",
    body=attachment_schemas.Preflight,
    example=examples.PREFLIGHT,
    answer=attachment_schemas.PreflightReport,
    errors=(IntegrationNotFound,),
)
def check_before_attaching(
    call: Call[attachment_schemas.Preflight, None], integration_id: str
) -> attachment_schemas.PreflightReport:
    """Tells of each pipeline which parameters it would lack, and what would be wrong with the configuration once its
    parameters are in it. Changes nothing."""
    from . import overview

    return overview.preflight(call.caller.org_id, integration_id, call.body)
