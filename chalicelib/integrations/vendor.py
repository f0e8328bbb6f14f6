"""What a vendor is to everybody else: facts about it, the configuration that it needs, and plain functions from events
to requests and from answers to outcomes. A vendor is one module in `vendors/`."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import msgspec

Consent = Literal["essential", "functional", "analytics", "marketing", "personalization"]
Category = Literal["advertising", "analytics", "cloud_storage", "other"]
# Of what is attached to a pipeline: whether its events flow, or what keeps them back.
State = Literal[
    "ready",
    "missing_parameters",
    "invalid_configuration",
    "disabled",
    "integration_disabled",
    "integration_deleted",
]
Verdict = Literal["delivered", "again", "refused"]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """An event on its way to a vendor: as it was accepted, what the vendor calls it, and the values that the mapping
    gave to the vendor's fields."""

    event: Mapping[str, Any]
    name: str
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def event_id(self) -> str:
        """The same at every attempt and from every place, so that the vendor knows a repetition."""
        return str(self.event["messageId"])


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request over HTTP. `secrets` are the texts in it that nobody may see. `headers_at` makes the headers that
    depend on when it is sent, in seconds since the epoch, such as a signature. Nobody may see the values of
    `secret_headers` either: whoever has a signature can send what was signed."""

    method: str
    url: str
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    headers_at: Callable[[int], Mapping[str, str]] | None = None
    secret_headers: frozenset[str] = frozenset()  # names in lower case

    def at(self, seconds: int) -> "HttpRequest":
        """The request as it is sent at this time."""
        if self.headers_at is None:
            return self
        return replace(self, headers={**self.headers, **self.headers_at(seconds)}, headers_at=None)


@dataclass(frozen=True, slots=True)
class AwsRequest:
    """A call of an AWS service, such as `s3` and `put_object`."""

    service: str
    operation: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sending:
    """One request and which of the outgoing events it carries, by their places."""

    request: HttpRequest | AwsRequest
    places: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request was answered; of an AWS call the status is 200 and the body its result as JSON."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)  # names in lower case

    def json(self) -> Any:
        """The body as JSON, None when it is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one event of a request: delivered, to be sent again, or refused for good."""

    verdict: Verdict
    reason: str = ""  # for people; empty when delivered


DELIVERED = Outcome("delivered")
# RFC 9110 and 6585: what may succeed later. 501 and 505 will not; 3xx is never followed.
AGAIN = frozenset({408, 425, 429, *range(500, 600)} - {501, 505})


def by_status(sending: Sending, answer: Answer) -> list[Outcome]:
    """The outcome of each event as the HTTP status says: 2xx is delivered, 408, 425, 429 and most 5xx may be sent
    again, everything else is refused."""
    if 200 <= answer.status < 300:
        return [DELIVERED] * len(sending.places)
    said = answer.body[:300].decode("utf-8", "replace").strip()
    reason = f"HTTP {answer.status}" + (f": {said}" if said else "")
    return [Outcome("again" if answer.status in AGAIN else "refused", reason)] * len(sending.places)


def nothing_missing(_config: Any, _outgoing: Outgoing) -> str:
    """Of a vendor that takes any event."""
    return ""


def nothing_wrong(_config: Any) -> list[dict[str, str]]:
    """Of a configuration whose fields do not depend on each other."""
    return []


def places_together(places: Sequence[int], most: int) -> list[tuple[int, ...]]:
    """The places in groups of at most so many."""
    return [tuple(places[start : start + most]) for start in range(0, len(places), most)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor:
    """A vendor. Its functions know neither AWS nor the clock.

    `config` has a field for everything that a customer sets; those with `Meta(extra={"secret": True})` are secrets, and
    `addresses` those that are URLs of the customer's own choice.
    `problems(config)` are those between fields, as validation tells them.
    `presets` are mappings (see `mapping`) to begin with. `requests(config, events, token)` makes the requests that
    carry events, each at most `most_together`; `token` is what `token_request` was answered as `access_token`, empty
    for vendors without one. `missing(config, event)` says what the vendor needs and the event does not have, empty when
    nothing; what misses something is in no request. `test_requests` are those that the vendor checks but does not
    count; there are none when the configuration has nothing to test with. A vendor that takes `all_or_nothing` refuses
    a whole request for one event: what was refused together is to be sent again one by one.
    """

    key: str
    name: str
    description: str
    category: Category
    documentation: str  # the vendor's own reference
    consent: Consent  # the category without which nothing is sent
    config: type[msgspec.Struct]
    requests: Callable[[Any, Sequence[Outgoing], str], list[Sending]]
    most_together: int = 1
    all_or_nothing: bool = False
    addresses: tuple[str, ...] = ()
    problems: Callable[[Any], list[dict[str, str]]] = nothing_wrong
    missing: Callable[[Any, Outgoing], str] = nothing_missing
    outcomes: Callable[[Sending, Answer], list[Outcome]] = by_status
    token_request: Callable[[Any], HttpRequest] | None = None
    test_requests: Callable[[Any, Sequence[Outgoing], str], list[Sending]] | None = None
    presets: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
