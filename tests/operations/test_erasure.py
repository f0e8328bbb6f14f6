"""Erasing a person from everything that has events, and what the audit trail tells of it."""

import io

import pytest

from chalicelib.delivery import dead_letters
from chalicelib.delivery.table import DeadLetter
from chalicelib.delivery.task import Destination, Task
from chalicelib.store import transact
from deployment.terminal import Terminal
from deployment.waiting import Clock
from operations.erasing import organisations
from operations.erasing.erasure import Erasure, hash_of
from operations.erasing.person import Everybody
from operations.failure import OperationFailed

from ..client import path_of, path_of_integration
from ..queue_messages import archived_names
from .archives import objects_of_the_test


@pytest.fixture
def shop(owner, work):
    """A pipeline in which three people did something, and where Ada was before she signed in."""
    pipeline = owner.a_pipeline()
    for name, ids in {
        "Looked": {"anonymousId": "phone"},
        "Signed in": {"anonymousId": "phone", "userId": "ada"},
        "Bought": {"userId": "ada"},
        "Watched": {"anonymousId": "tv", "userId": "ada"},
        "Zapped": {"anonymousId": "tv"},
        "Looked away": {"anonymousId": "tv", "userId": "bob"},
        "Came by": {"anonymousId": "tablet"},
    }.items():
        sent = {"writeKey": pipeline["pipeline_key"], "event": name, "messageId": name} | ids
        assert owner.post("/v1/t", sent).status == 200
    work("process")
    return pipeline


@pytest.fixture
def erase(owner):
    """Erase Ada, and what was erased."""

    def run(*given, dry_run=False, follow_shared=False, org="acme"):
        _, archive = objects_of_the_test()
        erasure = Erasure(organisations.find(org).id, archive, Terminal(Clock(), io.StringIO()), Clock())
        found = erasure.find("ada", given, follow_shared=follow_shared)
        return erasure.erase(found.person, dry_run=dry_run)

    return run


HERS = ["Bought", "Looked", "Signed in", "Watched"]
OTHERS = ["Came by", "Looked away", "Zapped"]


def live_names(owner, pipeline):
    return sorted(event["event"] for event in owner.get(path_of(pipeline, "/events")).json["events"])


def test_her_events_go_from_the_archive_and_the_live_events(owner, shop, erase):
    erased = erase()
    assert (erased.events, erased.live) == ({shop["id"]: 4}, 4)
    assert (archived_names(), live_names(owner, shop)) == (OTHERS, OTHERS)


def test_a_dry_run_counts_the_same_and_removes_nothing(owner, shop, erase):
    planned = erase(dry_run=True)
    assert (archived_names(), live_names(owner, shop)) == (sorted(HERS + OTHERS), sorted(HERS + OTHERS))
    assert erase() == planned


def test_the_same_again_finds_nothing(shop, erase):
    erase()
    again = erase()
    assert (again.events, again.versions, again.live, again.dead) == ({}, 0, 0, 0)


def test_a_device_that_is_shared_is_hers_when_asked(shop, erase):
    erase(follow_shared=True)
    assert archived_names() == ["Came by", "Looked away"]


def test_a_device_that_was_given_is_hers(shop, erase):
    erase("tablet")
    assert archived_names() == ["Looked away", "Zapped"]


def test_events_of_a_deleted_pipeline_go_too(owner, shop, erase):
    owner.delete(path_of(shop))
    erase()
    assert archived_names() == OTHERS


def test_another_organisation_keeps_its_events(stranger, shop, erase):
    erase(org="other")
    assert archived_names() == sorted(HERS + OTHERS)


def test_her_dead_letters_go_and_the_others_stay(owner, shop, erase):
    integration = owner.an_integration()
    to = Destination(organisations.find("acme").id, shop["id"], integration["id"])
    for number, user in enumerate(["ada", "bob", "ada", "eve"]):
        event = {"type": "track", "event": user, "messageId": f"m-{number}", "userId": user}
        task = Task(f"message-{number}#000", event)
        task.end(dead_letters.DEAD, "REJECTED", "no")
        transact(dead_letters.writes(to, task, 5))
    owner.delete(path_of_integration(integration))
    assert erase().dead == 2
    assert sorted(letter.name for letter in DeadLetter.scan()) == ["bob", "eve"]


def everything(org, pipeline_id=None):
    """Erase all events of a pipeline, or of all."""
    _, archive = objects_of_the_test()
    erasure = Erasure(organisations.find(org).id, archive, Terminal(Clock(), io.StringIO()), Clock(), pipeline_id)
    return erasure.erase(Everybody(), dry_run=False)


def test_all_events_of_one_pipeline_go(owner, shop, work):
    other = owner.a_pipeline(name="Other")
    owner.post("/v1/t", {"writeKey": other["pipeline_key"], "event": "Stays", "messageId": "s"})
    work("process")
    assert everything("acme", shop["id"]).events == {shop["id"]: 7}
    assert (archived_names(), live_names(owner, shop), live_names(owner, other)) == (["Stays"], [], ["Stays"])
    (entry,) = owner.get("/v1/admin/audit-logs?action=pipeline.events_erased").json["entries"]
    assert entry["changes"]["person"]["new"] == "everybody"


def test_all_events_of_an_organisation_go_and_no_other_ones(owner, stranger, shop, work):
    other = stranger.a_pipeline(name="Other")
    owner.post("/v1/t", {"writeKey": other["pipeline_key"], "event": "Stays", "messageId": "s"})
    work("process")
    everything("acme")
    assert archived_names() == ["Stays"]


def test_a_pipeline_of_another_organisation_is_not_there(owner, stranger, shop):
    with pytest.raises(OperationFailed, match="The organisation has no pipeline 'pip_"):
        everything("other", shop["id"])


def test_the_trail_tells_of_it_without_telling_who(owner, shop, erase):
    erase(dry_run=True)
    erase()
    erase()
    logs = owner.get("/v1/admin/audit-logs?action=pipeline.events_erased").json["entries"]
    (entry,) = logs
    assert (entry["user_id"], entry["resource_id"]) == ("operator", shop["id"])
    org_id = organisations.find("acme").id
    assert entry["changes"] == {"person": {"old": None, "new": [hash_of(org_id, "ada")]}}
    assert "ada" not in str(logs)


def test_an_organisation_is_found_by_its_name_and_its_id(owner):
    found = organisations.find("acme")
    assert organisations.find(found.id).slug == "acme"


@pytest.mark.parametrize(
    ("name", "words"), [("", "Say which organisation: ORG=acme"), ("nobody", "There is no organisation 'nobody'")]
)
def test_an_organisation_that_is_not_there_is_named(owner, name, words):
    with pytest.raises(OperationFailed, match=words):
        organisations.find(name)
