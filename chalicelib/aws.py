"""The AWS clients, made once per process when first needed, and what their failures mean."""

import threading
from functools import lru_cache
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.exceptions import PynamoDBException

# Shorter than API Gateway's 29 s in total, so that the caller gets our answer and not the gateway's.
CONFIG = Config(
    connect_timeout=2,
    read_timeout=5,
    retries={"mode": "standard", "total_max_attempts": 3},
    max_pool_connections=32,
    parameter_validation=False,
)
OUR_MISTAKES = frozenset(
    {"ValidationException", "SerializationException", "InvalidParameterValue", "ParamValidationError"}
)

_making = threading.Lock()  # botocore: sessions are not safe to share while clients are made
_counts = threading.local()


@lru_cache(maxsize=1)
def session() -> botocore.session.Session:
    """The one botocore session: service descriptions are loaded once."""
    return botocore.session.get_session()


def client(service: str, region: str | None = None) -> Any:
    """The client of a service, such as `sqs`; in the region of this process, unless another is named."""
    with _making:
        return _client(service, region)


@lru_cache(maxsize=8)
def _client(service: str, region: str | None) -> Any:
    made = session().create_client(service, region_name=region, config=CONFIG)
    made.meta.events.register("before-call.*", count_call)
    return made


def count_call(model: Any, **_: Any) -> None:
    """Count one AWS call for the log line of the request that made it."""
    made = calls()
    service = str(model.service_model.service_name)
    made[service] = made.get(service, 0) + 1


def calls() -> dict[str, int]:
    """The AWS calls of this thread, by service, since they were last forgotten."""
    if not hasattr(_counts, "made"):
        _counts.made = {}
    made: dict[str, int] = _counts.made
    return made


def forget_calls() -> None:
    """Begin to count anew."""
    _counts.made = {}


def unavailable(error: BaseException) -> bool:
    """Whether `error` says that a service of AWS did not do its work, rather than that we asked for nonsense."""
    if isinstance(error, PynamoDBException):
        return error.cause is not None and unavailable(error.cause)
    if isinstance(error, ClientError):
        return error.response.get("Error", {}).get("Code") not in OUR_MISTAKES
    return isinstance(error, BotoCoreError)
