"""The organisation that is meant."""

from chalicelib.accounts.table import Organisation
from chalicelib.unique_names import UniqueName, organisation_name

from ..failure import OperationFailed


def find(name: str) -> Organisation:
    """The organisation with this name or id. Raises OperationFailed."""
    if not name:
        raise OperationFailed("Say which organisation: ORG=acme, its name or its id")
    try:
        org_id = UniqueName.get(organisation_name(name), consistent_read=True).owner
    except UniqueName.DoesNotExist:
        org_id = name
    try:
        return Organisation.get(org_id, consistent_read=True)
    except Organisation.DoesNotExist:
        raise OperationFailed(
            f"There is no organisation {name!r} in this stage: ORG must be its name or its id"
        ) from None
