"""Whether the service is alive, and whether it can do its work."""

from typing import Literal

import msgspec
from chalice.app import Blueprint

from ..unique_names import UniqueName
from .operation import Call, operation

blueprint = Blueprint(__name__)
TAG = "Health"


class Health(msgspec.Struct, kw_only=True):
    """All is well."""

    status: Literal["ok"] = "ok"


@operation(blueprint, "GET", "/v1/health", tag=TAG, summary="Is it alive", answer=Health)
def health(_: Call[None, None]) -> Health:
    """Answers without asking a store."""
    return Health()


@operation(blueprint, "GET", "/v1/ready", tag=TAG, summary="Can it do its work", answer=Health)
def ready(_: Call[None, None]) -> Health:
    """Reads from the store; 503 while it does not answer."""
    UniqueName.count("#readiness")
    return Health()
