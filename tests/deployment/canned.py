"""An account whose AWS gives canned answers, checked against AWS's own descriptions by botocore's Stubber; and a clock
that does not wait."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from botocore.stub import Stubber

from deployment.refusals import note_service
from deployment.waiting import Clock

ACCOUNT, REGION = "123456789012", "eu-central-1"


class CannedAccount:
    """Stands for an Account; `expect` says what is asked next and what the answer is."""

    id = ACCOUNT
    region = REGION

    def __init__(self) -> None:
        self._clients: dict[str, Any] = {}
        self._stubbers: dict[str, Stubber] = {}

    def client(self, service: str, region: str | None = None) -> Any:
        """The client of a service, the same each time."""
        if service not in self._clients:
            keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
            client = boto3.client(service, region_name=region or REGION, **keys)
            client.meta.events.register("after-call", note_service)
            self._clients[service] = client
            self._stubbers[service] = Stubber(client)
            self._stubbers[service].activate()
        return self._clients[service]

    def expect(self, service: str, operation: str, answer: dict[str, Any] | None = None, **asked: Any) -> None:
        """The next call of a service; with `asked`, it has to have exactly these parameters."""
        self.client(service)
        self._stubbers[service].add_response(operation, answer or {}, asked or None)

    def refuse(
        self, service: str, operation: str, code: str, message: str = "", status: int = 400, **headers: str
    ) -> None:
        """The next call of a service is answered with an error."""
        self.client(service)
        meta = {"HTTPHeaders": headers}
        self._stubbers[service].add_client_error(operation, code, message, status, response_meta=meta)

    def all_asked(self) -> None:
        """Fails when something that was expected was not asked."""
        for stubber in self._stubbers.values():
            stubber.assert_no_pending_responses()


@contextmanager
def canned() -> Iterator[CannedAccount]:
    """An account that at the end has been asked all that was expected."""
    account = CannedAccount()
    yield account
    account.all_asked()


def a_clock() -> Clock:
    """A clock on which a pause has passed at once."""
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    return Clock(lambda: now[0], sleep)
