"""One integration, as it is stored."""

from .. import identifiers
from ..errors import IntegrationNotFound
from .table import Integration


def load(org_id: str, integration_id: str, *, deleted: bool = False) -> Integration:
    """The integration as it is stored; one that is deleted only when asked for.

    Raises IntegrationNotFound, alike for another organisation's and for none.
    """
    if not identifiers.is_id("int", integration_id):
        raise IntegrationNotFound
    try:
        integration = Integration.get(org_id, integration_id, consistent_read=True)
    except Integration.DoesNotExist:
        raise IntegrationNotFound from None
    if integration.deleted_at and not deleted:
        raise IntegrationNotFound
    return integration
