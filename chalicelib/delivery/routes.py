"""Deliveries, in the admin API."""

from chalice.app import Blueprint

from ..activity.schemas import WhatHappened
from ..api.operation import Call, operation
from ..errors import (
    DeadLetterNotFound,
    EventNotFound,
    IntegrationNotFound,
    InvalidEvent,
    PipelineNotFound,
)
from . import examples, schemas

blueprint = Blueprint(__name__)
INTEGRATION = "/v1/admin/integrations/{integration_id}"
TAG = "Deliveries"


@operation(
    blueprint,
    "GET",
    "/v1/admin/pipelines/{pipeline_id}/events/{message_id}",
    tag="Activity",
    summary="Explain what happened to an event",
    role="viewer",
    answer=WhatHappened,
    errors=(PipelineNotFound, EventNotFound),
)
def what_happened(call: Call[None, None], pipeline_id: str, message_id: str) -> WhatHappened:
    """What happened in the last 24 hours to the event with a message id, whether somebody looked or not, on its way in
    and at each integration; one that was refused only if somebody did."""
    from . import story

    return story.explain(call.caller.org_id, pipeline_id, message_id)


@operation(
    blueprint,
    "POST",
    INTEGRATION + "/test",
    tag=TAG,
    summary="Send a test event",
    role="editor",
    body=schemas.DeliveryTest,
    example=examples.TEST,
    body_required=False,
    answer=schemas.DeliveryTested,
    errors=(IntegrationNotFound, PipelineNotFound, InvalidEvent),
)
def test_integration(call: Call[schemas.DeliveryTest, None], integration_id: str) -> schemas.DeliveryTested:
    """Sends one event to the vendor now, whatever consent it has, and tells what the vendor says. Where the vendor has
    a way to check events without counting them, that is used; `checked` tells."""
    from . import trial  # with the client and all that sends, for which no other call should wait at a cold start

    return trial.run(call.caller.org_id, integration_id, call.body)


@operation(
    blueprint,
    "GET",
    INTEGRATION + "/dead-letters",
    tag=TAG,
    summary="List dead letters",
    role="viewer",
    query=schemas.DeadLetterQuery,
    answer=schemas.DeadLetters,
    errors=(IntegrationNotFound,),
)
def list_dead_letters(call: Call[None, schemas.DeadLetterQuery], integration_id: str) -> schemas.DeadLetters:
    """Events that could not be delivered in the last fourteen days, the newest first, with the reason."""
    from . import letters

    return letters.show(call.caller.org_id, integration_id, call.query)


@operation(
    blueprint,
    "GET",
    INTEGRATION + "/dead-letters/{letter_id}",
    tag=TAG,
    summary="Get a dead letter",
    role="viewer",
    answer=schemas.DeadLetter,
    errors=(IntegrationNotFound, DeadLetterNotFound),
)
def get_dead_letter(call: Call[None, None], integration_id: str, letter_id: str) -> schemas.DeadLetter:
    """A dead letter with its event, and what a replay would send for it now, without secrets."""
    from . import letters

    return letters.show_one(call.caller.org_id, integration_id, letter_id)


@operation(
    blueprint,
    "POST",
    INTEGRATION + "/dead-letters/replay",
    tag=TAG,
    summary="Send dead letters again",
    role="editor",
    body=schemas.Replay,
    example=examples.REPLAY,
    answer=schemas.Replayed,
    errors=(IntegrationNotFound, DeadLetterNotFound),
)
def replay_dead_letters(call: Call[schemas.Replay, None], integration_id: str) -> schemas.Replayed:
    """Sends the given ones, or all that match a filter, `rate` a second, by the revision that is attached now. Those
    that are on their way already are left alone, and each is delivered once. With `dry_run` they are only counted."""
    from . import letters

    return letters.send_again(call.actor, integration_id, call.body)
