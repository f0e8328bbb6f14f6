"""moto's AWS as it was when it was made. Making tables, queues, buckets and a key takes 200 ms, a copy of them 3."""

import copy
from collections.abc import Iterator
from typing import Any

from moto.core.base_backend import BackendDict


class Pristine:
    """Everything that moto holds at one moment, of all services, accounts and regions, to be put back.

    What a test made, changed or deleted is gone then, whatever it was: nothing is told apart or emptied one by one.
    """

    def __init__(self) -> None:
        self._held = _copied([(backends, dict(backends), vars(backends)) for backends in BackendDict._instances])

    def put_back(self) -> None:
        """Forget what moto holds, and let it hold a copy of this."""
        BackendDict.reset()
        for backends, accounts, attributes in _copied(self._held):
            backends.update(accounts)
            vars(backends).update(attributes)
            BackendDict._instances.append(backends)


Held = list[tuple[BackendDict[Any], dict[str, Any], dict[str, Any]]]


def _copied(held: Held) -> Held:
    """The same with nothing in common, but for what cannot be copied and holds nothing: the dictionaries of services,
    which are named in moto's modules, and the locks of queues."""
    shared: list[Any] = [backends for backends, _, _ in held] + list(_locks(held))
    return copy.deepcopy(held, {id(each): each for each in shared})


def _locks(held: Held) -> Iterator[Any]:
    for backends, accounts, _ in held:
        if backends.service_name == "sqs":
            for regions in accounts.values():
                for backend in regions.values():
                    yield from (queue._messages_lock for queue in backend.queues.values())
