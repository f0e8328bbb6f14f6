"""The archive: every accepted event is in it, once, whatever else becomes of the event."""

import pytest

from chalicelib.activity import archive, ledger
from chalicelib.activity.ledger import Occurrence

from ..client import path_of
from ..queue_messages import an_event, archived


def occurrences(*names, pipeline_id="pip_1", at="2026-02-25T10:00:00.000Z"):
    """Events of these names, each at its place."""
    about = {"org_id": "org_1", "pipeline_id": pipeline_id}
    return [Occurrence(about, an_event(name, receivedAt=at), f"{name}#000") for name in names]


def test_an_accepted_event_is_archived_under_its_pipeline_and_hour(owner, api, work):
    pipeline = owner.a_pipeline()
    api.post("/v1/t", {"writeKey": pipeline["pipeline_key"], "event": "Bought", "messageId": "m-1"})
    work("process")
    ((key, events),) = archived().items()
    assert key.startswith(f"pipeline={pipeline['id']}/day=2026-02-25/hour=10/")
    assert key.endswith(".jsonl.gz")
    shown = owner.get(path_of(pipeline, "/events")).json["events"]
    assert [event | {"verdict": "accepted"} for event in events] == shown


def test_events_that_come_together_are_one_object_for_each_pipeline_and_hour(moto_aws):
    archive.write(
        [
            *occurrences("a", "b", "c"),
            *occurrences("d", pipeline_id="pip_2"),
            *occurrences("e", at="2026-02-25T11:00:00.000Z"),
        ]
    )
    found = {key.rpartition("/")[0]: [event["event"] for event in events] for key, events in archived().items()}
    assert found == {
        "pipeline=pip_1/day=2026-02-25/hour=10": ["a", "b", "c"],
        "pipeline=pip_1/day=2026-02-25/hour=11": ["e"],
        "pipeline=pip_2/day=2026-02-25/hour=10": ["d"],
    }


def test_the_same_events_again_are_the_same_object(moto_aws):
    for _ in range(2):
        archive.write(occurrences("a", "b"))
    assert len(archived()) == 1


@pytest.mark.parametrize(("message_id", "found"), [("b", "b"), ("other", None)])
def test_an_event_is_found_in_its_object(moto_aws, message_id, found):
    (one, _) = written = occurrences("a", "b")
    archive.write(written)
    event = archive.find(one.archived_in, message_id)
    assert (event and event["event"]) == found


def test_an_object_that_somebody_deleted_has_no_event(moto_aws):
    assert archive.find("pipeline=pip_1/gone.jsonl.gz", "a") is None


def test_duplicates_and_what_is_filtered_is_not_archived(owner, api, work):
    pipeline = owner.a_pipeline(config={"filter_bots": True})
    body = {"writeKey": pipeline["pipeline_key"], "event": "Bought", "messageId": "m-1"}
    for agent in ("Firefox", "Firefox", "Googlebot/2.1"):
        api.post("/v1/t", body | ({"messageId": "m-2"} if "bot" in agent else {}), User_Agent=agent)
    work("process")
    (events,) = archived().values()
    assert [event["messageId"] for event in events] == ["m-1"]
    assert ledger.find(pipeline["id"], "m-2").verdict == "filtered"
