"""The audit trail in the admin API. It can be read, and nothing else."""

from chalice.app import Blueprint

from ..api.operation import Call, operation
from . import listing, schemas

blueprint = Blueprint(__name__)


@operation(
    blueprint,
    "GET",
    "/v1/admin/audit-logs",
    tag="Audit",
    summary="List who changed what",
    role="admin",
    query=schemas.AuditQuery,
    answer=schemas.AuditLog,
)
def list_audit_logs(call: Call[None, schemas.AuditQuery]) -> schemas.AuditLog:
    """Every change of the last 400 days, the newest first: who made it, by which request, from where, and what each
    field was and became. `action` may be the beginning of several, such as `pipeline.`. Nothing changes an entry."""
    return listing.listed(call.caller.org_id, call.query)
