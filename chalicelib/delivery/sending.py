"""Sending events to a vendor, and what became of each."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import msgspec
from botocore.exceptions import BotoCoreError, ClientError

from .. import aws, clock, logs, metrics
from ..ingestion.limiter import limiter
from ..integrations.addresses import NotAllowed
from ..integrations.redaction import Redaction
from ..integrations.vendor import AGAIN, Answer, AwsRequest, HttpRequest, Outcome, Outgoing, Sending, Vendor
from . import client, retry, tokens
from .breaker import breaker
from .client import NoAnswer
from .tokens import NoToken

LONGEST_REQUEST_SECONDS = 3 * client.CONNECT_SECONDS + client.READ_SECONDS  # connecting, TLS, sending; the answer
AWS_CALLS = frozenset({("s3", "put_object"), ("firehose", "put_record_batch")})
UNAUTHORIZED = 401
# Refusals of whoever sends, or of where to: no event is to blame for them.
NOT_OF_EVENTS = frozenset({*range(300, 400), UNAUTHORIZED, 403, 404, 405, 410})

Make = Callable[[Any, Sequence[Outgoing], str], list[Sending]]  # a vendor's `requests`, or its `test_requests`


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of an event: delivered, to be sent `again` after a pause, refused for good, or `later`: it was not
    tried. Durations in seconds."""

    verdict: Literal["delivered", "again", "refused", "later"]
    code: str = ""
    reason: str = ""
    asked: float | None = None  # by the vendor
    by_an_event: bool = True  # the refusal may be one of another event in the same request


REFUSED, NO_ANSWER, NOT_ALLOWED, MISSING_DATA = "REFUSED", "NO_ANSWER", "ADDRESS_NOT_ALLOWED", "MISSING_DATA"
VENDOR_FAILED, RATE_LIMITED, UNAVAILABLE = "VENDOR_FAILED", "RATE_LIMITED", "UNAVAILABLE"
RESTS = Sent("again", NO_ANSWER, "the vendor did not answer lately and is left alone for a while")


@dataclass(slots=True)
class Courier:
    """Takes the events of one pipeline to one vendor, `rate` requests a second at most. `name` is whose they are, for
    limit and breaker; `ends_at` is when it stops beginning requests, by the monotonic clock."""

    name: str
    vendor: Vendor
    config: Any
    rate: int
    ends_at: float = float("inf")

    def send(self, events: Sequence[Outgoing], *, checked: bool = False) -> list[Sent]:
        """What became of each event. With `checked` they are only to be looked at by the vendor, if it does that."""
        make = (self.vendor.test_requests if checked else None) or self.vendor.requests
        try:
            return self._send(make, events, self._token())
        except _Stopped as stopped:
            return [stopped.sent] * len(events)

    def _send(self, make: Make, events: Sequence[Outgoing], token: str) -> list[Sent]:
        try:
            sendings = make(self.config, events, token)
        except Exception as error:  # a vendor's own mistake must cost nothing but the event that it is made with
            if len(events) > 1:
                return [self._send(make, [outgoing], token)[0] for outgoing in events]
            logs.error("no request made", vendor=self.vendor.key)
            reason = f"{self.vendor.name} cannot make a request of it: {type(error).__name__}"
            return [Sent("refused", VENDOR_FAILED, reason)]
        found = {
            place: sent
            for sending in sendings
            for place, sent in zip(sending.places, self._sent(sending, events, make, token), strict=True)
        }
        return [found.get(place) or self._left_out(outgoing, make) for place, outgoing in enumerate(events)]

    def _left_out(self, outgoing: Outgoing, make: Make) -> Sent:
        """Why no request has it."""
        nothing = (
            "nothing to test with is configured" if make is self.vendor.test_requests else "no such event is taken"
        )
        return Sent("refused", MISSING_DATA, self.vendor.missing(self.config, outgoing) or nothing)

    def _sent(self, sending: Sending, events: Sequence[Outgoing], make: Make, token: str) -> list[Sent]:
        """Send one request. What was refused together, though perhaps for one of them, is sent again in halves."""
        sent = self._tried(sending)
        together = len(sending.places)
        may_be_one = all(each.code == REFUSED and each.by_an_event for each in sent)
        if not (self.vendor.all_or_nothing and together > 1 and may_be_one):
            return sent
        half = together // 2
        return [
            result
            for places in (sending.places[:half], sending.places[half:])
            for result in self._send(make, [events[place] for place in places], token)
        ]

    def _tried(self, sending: Sending) -> list[Sent]:
        everybody = len(sending.places)
        if held := self._held():
            return [held] * everybody
        started = time.perf_counter()
        try:
            answer = self._answer(sending.request)
        except NotAllowed as refusal:
            return [_not_allowed(refusal)] * everybody
        except NoAnswer as failure:
            self._waited(started)
            breaker.failed(self.name)
            return [Sent("again", NO_ANSWER, str(failure))] * everybody
        self._waited(started)
        breaker.answered(self.name)
        if answer.status == UNAUTHORIZED and self.vendor.token_request:
            tokens.forget(self.vendor.token_request(self.config))
        return self._understood(sending, answer)

    def _waited(self, started: float) -> None:
        metrics.describe(Vendor=self.vendor.key)
        metrics.record(metrics.VENDOR_LATENCY, round((time.perf_counter() - started) * 1000))

    def _held(self) -> Sent | None:
        """Why nothing is sent now, if so."""
        if time.monotonic() + LONGEST_REQUEST_SECONDS > self.ends_at:
            return Sent("later", UNAVAILABLE, "there was no time left for it")
        if breaker.rests(self.name):
            return RESTS
        taken = limiter.take(self.name, self.rate, 1)
        if not taken.allowed:
            return Sent("later", RATE_LIMITED, "too many requests a second", taken.retry_after)
        return None

    def _understood(self, sending: Sending, answer: Answer) -> list[Sent]:
        """What the vendor's answer says of each event."""
        asked = retry.asked_for(answer.headers, clock.now())
        try:
            outcomes = self.vendor.outcomes(sending, answer)
            if len(outcomes) != len(sending.places):
                raise ValueError(f"{len(outcomes)} outcomes of {len(sending.places)} events")
        except Exception as error:
            logs.error("answer not understood", vendor=self.vendor.key)
            reason = f"HTTP {answer.status}, an answer that cannot be understood: {type(error).__name__}"
            return [Sent("refused", VENDOR_FAILED, reason)] * len(sending.places)
        by_an_event = answer.status not in NOT_OF_EVENTS
        return [_sent(sending.request, outcome, asked, by_an_event=by_an_event) for outcome in outcomes]

    def _answer(self, request: HttpRequest | AwsRequest) -> Answer:
        return client.send(request) if isinstance(request, HttpRequest) else _called(request)

    def _token(self) -> str:
        """The vendor's token, if it wants one. Raises _Stopped."""
        if self.vendor.token_request is None:
            return ""
        if breaker.rests(self.name):
            raise _Stopped(RESTS)
        request = self.vendor.token_request(self.config)
        try:
            return tokens.token_for(request)
        except NotAllowed as refusal:
            raise _Stopped(_not_allowed(refusal)) from None
        except NoAnswer as failure:
            breaker.failed(self.name)
            raise _Stopped(Sent("again", NO_ANSWER, f"for a token: {failure}")) from None
        except NoToken as refusal:
            again = refusal.answer.status in AGAIN
            outcome = Outcome("again" if again else "refused", f"no token was given: {refusal.said}")
            asked = retry.asked_for(refusal.answer.headers, clock.now())
            raise _Stopped(_sent(request, outcome, asked)) from None


def _not_allowed(refusal: NotAllowed) -> Sent:
    metrics.record(metrics.ADDRESSES_REFUSED)
    return Sent("refused", NOT_ALLOWED, f"the address is not allowed: {refusal}")


class _Stopped(Exception):
    """Nothing can be sent at all."""

    def __init__(self, sent: Sent) -> None:
        super().__init__(sent.reason)
        self.sent = sent


def _sent(
    request: HttpRequest | AwsRequest, outcome: Outcome, asked: float | None, *, by_an_event: bool = True
) -> Sent:
    """What the outcome says, without the secrets that a vendor may have repeated."""
    if outcome.verdict == "delivered":
        return Sent("delivered")
    secrets = request.secrets if isinstance(request, HttpRequest) else ()
    reason = Redaction(secrets).cut_text(outcome.reason)
    code = REFUSED if outcome.verdict == "refused" else UNAVAILABLE
    return Sent(outcome.verdict, code, reason, asked, by_an_event)


def _called(request: AwsRequest) -> Answer:
    """The answer of an AWS service.

    Raises NoAnswer, NotAllowed.
    """
    if (request.service, request.operation) not in AWS_CALLS:
        raise NotAllowed(f"{request.service} {request.operation} is not called")
    try:
        answer = getattr(aws.client(request.service), request.operation)(**request.arguments)
    except ClientError as error:
        said = error.response["Error"]
        status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400))
        return Answer(status, f"{said.get('Code')}: {said.get('Message')}".encode())
    except BotoCoreError as error:
        raise NoAnswer(f"no answer ({type(error).__name__})") from None
    return Answer(
        200, msgspec.json.encode({name: value for name, value in answer.items() if name != "ResponseMetadata"})
    )
