"""Which ids are one person's, and which events."""

import pytest

from operations.erasing.person import Person
from operations.erasing.ties import MOST_IDS, Ties, ties_of
from operations.failure import OperationFailed

ADA = Person(frozenset({"ada", "ada-old"}), frozenset({"phone", "laptop"}))


@pytest.mark.parametrize(
    ("event", "hers"),
    [
        pytest.param({"userId": "ada"}, True, id="her user id"),
        pytest.param({"userId": "ada-old"}, True, id="her user id before an alias"),
        pytest.param({"userId": "bob"}, False, id="another's"),
        pytest.param({"anonymousId": "phone"}, True, id="her device without a user"),
        pytest.param({"anonymousId": "phone", "userId": "bob"}, False, id="another's on her device"),
        pytest.param({"anonymousId": "tablet"}, False, id="another device"),
        pytest.param({"anonymousId": "tablet", "context": {"firstPartyId": "laptop"}}, True, id="her cookie"),
        pytest.param({"userId": "bob", "previousId": "ada"}, True, id="an alias that names her"),
        pytest.param({"anonymousId": "x", "previousId": "phone"}, True, id="an alias from her device"),
        pytest.param({"userId": "", "anonymousId": "phone"}, True, id="an empty user id is none"),
        pytest.param({"userId": 7, "anonymousId": ["phone"], "context": "phone"}, False, id="what is no text is no id"),
        pytest.param({}, False, id="nobody's"),
    ],
)
def test_an_event_is_hers(event, hers):
    assert ADA.has(event) is hers


def on(device, user):
    """An event that says that a user was seen on a device."""
    return {"type": "track", "userId": user, "anonymousId": device}


def alias(previous, user):
    """An event that says who a user was before."""
    return {"type": "alias", "previousId": previous, "userId": user}


def found(*events, given=(), follow_shared=False):
    ties = Ties()
    for event in events:
        ties.add(ties_of(event))
    return ties.person("ada", given, follow_shared=follow_shared)


@pytest.mark.parametrize(
    ("events", "users", "devices", "shared"),
    [
        pytest.param([], {"ada"}, set(), {}, id="nothing is known"),
        pytest.param([on("phone", "ada"), on("tv", "bob")], {"ada"}, {"phone"}, {}, id="her device"),
        pytest.param([on("tv", "ada"), on("tv", "bob"), on("tv", "eve")], {"ada"}, set(), {"tv": 2}, id="a shared one"),
        pytest.param(
            [on("tv", "ada"), on("tv", "bob"), on("watch", "bob")], {"ada"}, set(), {"tv": 1}, id="it leads nowhere"
        ),
        pytest.param([alias("phone", "ada")], {"ada"}, {"phone"}, {}, id="who she was before"),
        pytest.param(
            [on("phone", "a-1"), alias("a-1", "ada")], {"ada", "a-1"}, {"a-1", "phone"}, {}, id="a user id before"
        ),
        pytest.param(
            [alias("ada", "a-2"), on("watch", "a-2")], {"ada", "a-2"}, {"watch", "ada"}, {}, id="a user id after"
        ),
        pytest.param(
            [alias("a-1", "a-2"), alias("a-2", "ada"), on("phone", "a-1")],
            {"a-1", "a-2", "ada"},
            {"a-1", "a-2", "phone"},
            {},
            id="a chain of them",
        ),
        pytest.param(
            [alias("ada", "a-2"), alias("ada", "a-3")], {"ada"}, set(), {}, id="after an alias to two she is neither"
        ),
        pytest.param(
            [on("tv", "ada"), on("tv", "a-1"), alias("a-1", "ada")],
            {"ada", "a-1"},
            {"tv", "a-1"},
            {},
            id="hers under two names",
        ),
    ],
)
def test_ids_are_found(events, users, devices, shared):
    for order in (events, events[::-1]):
        told = found(*order)
        assert (told.person.users, told.person.devices, told.shared) == (users, devices, shared)


def test_a_shared_id_is_followed_when_asked_but_not_its_other_users():
    told = found(on("tv", "ada"), on("tv", "bob"), on("watch", "bob"), follow_shared=True)
    assert (told.person.users, told.person.devices, told.shared) == ({"ada"}, {"tv"}, {})


def test_an_id_that_was_given_is_followed_though_it_is_shared():
    told = found(on("tv", "bob"), on("phone", "ada"), given=["tv"])
    assert (told.person.users, told.person.devices, told.shared) == ({"ada"}, {"tv", "phone"}, {})


def test_what_many_have_in_common_is_not_taken_for_a_person():
    with pytest.raises(OperationFailed, match="that is not one person"):
        found(*(on(f"device-{number}", "ada") for number in range(MOST_IDS)))
