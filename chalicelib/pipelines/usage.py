"""When a pipeline's secrets were last used, so that people know whether an old one can go. Written at most once a
minute for each secret, not with every event."""

import threading
from collections import OrderedDict
from typing import Any

from pynamodb.exceptions import UpdateError

from .. import clock
from ..store import condition_failed
from .table import Pipeline

EVERY_SECONDS = 60
MOST_KEPT = 10_000

_recorded: OrderedDict[tuple[str, str], int] = OrderedDict()  # when this process last wrote, in seconds
_lock = threading.Lock()


def record(org_id: str, pipeline_id: str, secret_prefix: str) -> None:
    """Remember that the secret with this prefix was used just now."""
    now, secret = clock.timestamp(), (pipeline_id, secret_prefix)
    with _lock:
        if now - _recorded.get(secret, 0) < EVERY_SECONDS:
            return
        _recorded[secret] = now
        _recorded.move_to_end(secret)
        while len(_recorded) > MOST_KEPT:
            _recorded.popitem(last=False)
    for prefix, last_used_at in (
        (Pipeline.pipeline_key_secret_prefix, Pipeline.secret_last_used_at),
        (Pipeline.previous_secret_prefix, Pipeline.previous_secret_last_used_at),
    ):
        if _write(Pipeline(org_id, pipeline_id), [last_used_at.set(now)], prefix == secret_prefix):
            return


def _write(pipeline: Pipeline, actions: list[Any], condition: Any) -> bool:
    try:
        pipeline.update(actions, condition=condition)
    except UpdateError as error:
        if not condition_failed(error):
            raise
        return False
    return True


def forget() -> None:
    """Forget what this process wrote."""
    with _lock:
        _recorded.clear()
