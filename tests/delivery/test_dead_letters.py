"""Dead letters: found, looked at, and sent again, each once."""

import base64

import pytest

from chalicelib.activity import counters
from chalicelib.activity import ledger as accepted
from chalicelib.delivery import dead_letters
from chalicelib.delivery import letters as letters_module
from chalicelib.delivery import replay as replay_module

from ..client import path_of
from .stub_vendor import HANG, Reply
from .world import events

ENDED = {"delivered": 0, "withheld": 0, "dead": 0, "pending": 0}


@pytest.fixture
def integration(world):
    """An integration that could not deliver three events, an hour apart."""
    made = world.attach()
    for name, status in (("a", 400), ("b", 404), ("c", 400)):
        world.vendor.answer(Reply(status, {}, b"no"))
        world.accept(name)
        world.deliver_all()
        world.clock.pass_(hours=1)
    return made


@pytest.fixture
def letters(world, integration):
    """The dead letters that match a query."""

    def letters(query=""):
        reply = world.owner.get(f"/v1/admin/integrations/{integration}/dead-letters{query}")
        assert reply.status == 200, reply.body
        return reply.json["dead_letters"]

    return letters


@pytest.fixture
def replay(world, integration):
    """Send dead letters again, all the way."""

    def replay(**wanted):
        reply = world.owner.post(f"/v1/admin/integrations/{integration}/dead-letters/replay", wanted)
        assert reply.status == 200, reply.body
        world.deliver_all()
        return reply.json["count"]

    return replay


def names(found):
    return [letter["event"] for letter in found]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["c", "b", "a"]),
        ("?code=REFUSED", ["c", "b", "a"]),
        ("?code=NO_ANSWER", []),
        ("?event=b", ["b"]),
        ("?text=HTTP%20404", ["b"]),
        ("?from=2026-02-25T10:30:00Z", ["c", "b"]),
        ("?to=2026-02-25T11:30:00Z", ["b", "a"]),
        ("?pipeline_id=pip_other", []),
        ("?limit=2", ["c", "b"]),
    ],
)
def test_they_are_found(letters, query, found):
    assert names(letters(query)) == found


def test_they_come_page_by_page(world, integration):
    path, found, cursor = f"/v1/admin/integrations/{integration}/dead-letters?limit=1", [], ""
    while cursor is not None:
        page = world.owner.get(path + (f"&cursor={cursor}" if cursor else "")).json
        found += names(page["dead_letters"])
        cursor = page["next_cursor"]
    assert found == ["c", "b", "a"]


def test_one_tells_everything_about_it(world, integration, letters):
    (letter,) = letters("?event=b")
    assert letter == {
        "id": letter["id"],
        "pipeline_id": world.pipeline["id"],
        "integration_id": integration,
        "revision": 1,
        "message_id": "b",
        "event": "b",
        "code": "REFUSED",
        "reason": "HTTP 404: no",
        "attempts": 1,
        "failed_first_at": "2026-02-25T11:00:00.000Z",
        "failed_at": "2026-02-25T11:00:00.000Z",
        "expires_at": "2026-03-11T11:00:00Z",
        "replaying": False,
    }
    whole = world.owner.get(f"/v1/admin/integrations/{integration}/dead-letters/{letter['id']}").json
    assert whole == letter | {"payload": whole["payload"], "would_send": whole["would_send"]}
    assert (whole["payload"]["type"], whole["payload"]["messageId"]) == ("track", "b")


def test_what_a_replay_would_send_is_shown_without_secrets(world):
    config = {"url": world.vendor.url, "authentication": "bearer", "auth_token": "t0p-s3cret-t0ken"}
    integration = world.attach(config=config)
    world.vendor.answer(400)
    world.accept("a")
    world.deliver_all()
    path = f"/v1/admin/integrations/{integration}/dead-letters"
    (letter,) = world.owner.get(path).json["dead_letters"]
    reply = world.owner.get(f"{path}/{letter['id']}")
    (request,) = reply.json["would_send"]["requests"]
    assert (request["headers"]["Authorization"], request["body"]["messageId"]) == ("Bearer ***", "a")
    assert b"t0p-s3cret" not in reply.body
    world.change(enabled=False)
    assert world.owner.get(f"{path}/{letter['id']}").json["would_send"]["would_be_sent"]
    world.owner.delete(path_of(world.pipeline, f"/integrations/{integration}"))
    assert world.owner.get(f"{path}/{letter['id']}").json["would_send"] is None


def test_one_is_sent_again(world, letters, replay, integration):
    (letter,) = letters("?event=b")
    assert replay(ids=[letter["id"]]) == 1
    assert world.vendor.ids() == ["b"]
    assert names(letters()) == ["c", "a"]
    assert world.counts()[integration] == ENDED | {"handed": 3, "delivered": 1, "dead": 2}
    assert world.story("b")[-1] == ("delivered", "")


def test_by_a_filter_only_what_matches_is_sent_again(world, letters, replay):
    assert replay(filter={"text": "404"}) == 1
    assert world.vendor.ids() == ["b"]
    assert names(letters()) == ["c", "a"]


def test_a_dry_run_only_counts(world, letters, replay):
    assert replay(filter={"code": "REFUSED"}, dry_run=True) == 3
    assert replay(ids=[letters()[0]["id"]], dry_run=True) == 1
    assert world.vendor.ids() == []
    assert len(letters()) == 3


def test_a_replay_is_in_the_audit_trail_unless_there_is_nothing_to_send(world, letters, replay, integration):
    def told():
        entries = world.owner.get("/v1/admin/audit-logs?action=dead_letters.replayed").json["entries"]
        return [(entry["resource_id"], entry["changes"]["dead_letters"]["new"]) for entry in entries]

    replay(filter={"code": "REFUSED"}, dry_run=True)
    replay(filter={"code": "NONE"})
    assert told() == []
    replay(filter={"code": "REFUSED"}, rate=7)
    assert told() == [(integration, {"count": 3, "rate": 7, "filter": {"code": "REFUSED"}})]


def test_what_is_on_its_way_again_is_not_sent_a_second_time(world, letters, integration):
    path = f"/v1/admin/integrations/{integration}/dead-letters/replay"
    ids = [letter["id"] for letter in letters()]
    counts = [world.owner.post(path, {"ids": ids}).json["count"] for _ in range(2)]
    assert counts == [3, 0]
    assert world.owner.post(path, {"filter": {}}).json["count"] == 0
    assert all(letter["replaying"] for letter in letters())
    world.deliver_all()
    assert sorted(world.vendor.ids()) == ["a", "b", "c"]


def test_a_message_of_a_replay_that_comes_again_sends_nothing_more(world, letters, integration):
    world.owner.post(f"/v1/admin/integrations/{integration}/dead-letters/replay", {"ids": [letters()[0]["id"]]})
    world.waiting *= 2
    world.deliver_all()
    assert world.vendor.ids() == ["c"]


def test_what_fails_again_stays_with_the_new_reason(world, letters, replay):
    world.vendor.answer(Reply(422, {}, b"still no"))
    assert replay(filter={"event": "b"}) == 1
    (letter,) = letters("?event=b")
    assert (letter["reason"], letter["attempts"], letter["replaying"]) == ("HTTP 422: still no", 2, False)
    assert letter["failed_first_at"] < letter["failed_at"]
    assert replay(filter={"event": "b"}) == 1
    assert world.vendor.ids() == ["b"]


def test_a_replay_goes_by_the_revision_that_is_attached_now(world, integration, replay):
    world.use(integration, 2, config={"url": f"{world.vendor.url}/mended"})
    replay(filter={})
    assert [request.path for request in world.vendor.requests[3:]] == ["/mended"] * 3


def test_while_the_pipeline_is_switched_off_dead_letters_stay(world, letters, replay):
    world.change(enabled=False)
    replay(filter={})
    assert {letter["code"] for letter in letters()} == {"PIPELINE_DISABLED"}
    world.change(enabled=True)
    replay(filter={})
    assert sorted(world.vendor.ids()) == ["a", "b", "c"]


def test_a_replay_keeps_to_its_rate(world, monkeypatch):
    monkeypatch.setattr(replay_module, "STEP_SECONDS", 30)
    integration = world.attach()
    world.vendor.otherwise = Reply(400)
    world.accept(*events(100))
    world.deliver_all()
    world.vendor.otherwise = Reply(200)
    path = f"/v1/admin/integrations/{integration}/dead-letters/replay"
    assert world.owner.post(path, {"filter": {}, "rate": 10}).json["count"] == 100
    world.deliver()
    begun = world.now
    by_second = [(due - begun) // 1000 for due, _ in world.waiting]
    assert by_second == list(range(10))


def test_a_long_replay_goes_on_by_itself(world, monkeypatch):
    from chalicelib.delivery import replay

    monkeypatch.setattr(replay, "MOST_READ", 30)
    integration = world.attach()
    world.vendor.otherwise = Reply(400)
    world.accept(*events(100))
    world.deliver_all()
    world.vendor.otherwise = Reply(200)
    world.owner.post(f"/v1/admin/integrations/{integration}/dead-letters/replay", {"filter": {}})
    world.deliver_all()
    assert sorted(world.vendor.ids()) == sorted(f"e{number}" for number in range(100))


def test_a_step_that_fails_and_comes_again_does_not_make_two_replays_of_one(world, monkeypatch):
    from chalicelib.delivery import replay

    monkeypatch.setattr(replay, "MOST_READ", 30)
    integration = world.attach()
    world.vendor.otherwise = Reply(400)
    world.accept(*events(60))
    world.deliver_all()
    world.owner.post(f"/v1/admin/integrations/{integration}/dead-letters/replay", {"filter": {}})
    with monkeypatch.context() as failing:
        failing.setattr(replay, "_send", lambda *_: 1 / 0)
        world.deliver()
    assert len(world.waiting) == 1  # the step itself


def test_what_dies_during_a_replay_is_not_a_part_of_it(world, letters, replay):
    world.vendor.otherwise = Reply(400)
    assert replay(filter={}) == 3
    assert len(world.vendor.requests) == 6
    assert len(letters()) == 3


def test_a_replay_that_ended_without_a_word_may_be_repeated_later(world, letters, integration):
    path = f"/v1/admin/integrations/{integration}/dead-letters/replay"
    assert world.owner.post(path, {"filter": {"event": "b"}}).json["count"] == 1
    world.deliver()
    world.waiting.clear()
    world.clock.pass_(hours=2)
    assert world.owner.post(path, {"ids": [letters("?event=b")[0]["id"]]}).json["count"] == 1
    world.deliver_all()
    assert world.vendor.ids() == ["b"]


def test_what_is_sent_again_after_its_minute_is_forgotten_is_not_counted_below_zero_there(world, integration, replay):
    world.clock.pass_(days=9)
    for row in counters.Counter.query(world.pipeline["id"], counters.Counter.slot.startswith("minute")):
        row.delete()  # as the store does after eight days
    assert replay(filter={"event": "b"}) == 1
    path = path_of(world.pipeline, "/metrics?from=2026-02-25T10:00:00Z&to=2026-02-25T12:59:00Z&step=")
    assert world.owner.get(path + "minute").json["total"]["deliveries"] == {}
    became = world.owner.get(path + "hour").json["total"]["deliveries"][integration]
    assert became == ENDED | {"handed": 3, "delivered": 1, "dead": 2}


def test_after_fourteen_days_they_are_gone(world, letters, replay):
    (letter,) = letters("?event=a")
    world.clock.pass_(days=13, hours=20)
    assert len(letters()) == 3
    world.clock.pass_(hours=4)
    assert names(letters()) == []
    assert replay(filter={}) == 0
    reply = world.owner.get(f"/v1/admin/integrations/{letter['integration_id']}/dead-letters/{letter['id']}")
    assert (reply.status, reply.code) == (404, "DEAD_LETTER_NOT_FOUND")


WRONG = [
    ({}, "ids"),
    ({"ids": ["dl_eA"], "filter": {}}, "ids"),
    ({"ids": []}, "ids"),
    ({"filter": {}, "rate": 0}, "rate"),
    ({"filter": {}, "rate": 201}, "rate"),
    ({"filter": {"from": "yesterday"}}, "filter.from"),
    ({"filter": {"colour": "red"}}, "filter.colour"),
]


@pytest.mark.parametrize(("wanted", "field"), WRONG)
def test_a_wrong_replay_names_the_field(world, integration, wanted, field):
    reply = world.owner.post(f"/v1/admin/integrations/{integration}/dead-letters/replay", wanted)
    assert (reply.status, reply.wrong_fields) == (422, [field])


def encoded(text):
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


TOO_LONG = f"1771582000000#{'a' * 1100}"  # DynamoDB refuses a key of more than 1,024 bytes
LETTER_IDS = [
    "dl_",
    "dl_eA",
    "x",
    "dl_%FF",
    "dl_MCMwMDA",
    "%00",
    *("dl_" + encoded(f"0#{p}") for p in (TOO_LONG, "é#")),
]


@pytest.mark.parametrize("letter_id", LETTER_IDS)
def test_an_id_that_is_none_is_not_found(world, integration, letter_id):
    reply = world.owner.get(f"/v1/admin/integrations/{integration}/dead-letters/{letter_id}")
    assert (reply.status, reply.code) == (404, "DEAD_LETTER_NOT_FOUND")
    reply = world.owner.post(f"/v1/admin/integrations/{integration}/dead-letters/replay", {"ids": ["dl_eA"]})
    assert reply.status == 404


def test_no_key_is_looked_for_that_the_store_would_refuse(world, integration, monkeypatch):
    asked = []
    monkeypatch.setattr(dead_letters.DeadLetter, "get", lambda *key, **_: asked.append(key))
    monkeypatch.setattr(dead_letters.DeadLetter, "query", lambda *key, **_: asked.append(key) or [])
    monkeypatch.setattr(accepted, "find", lambda *key: asked.append(key))
    path = f"/v1/admin/integrations/{integration}/dead-letters"
    assert world.owner.get(f"{path}/dl_{encoded(f'0#{TOO_LONG}')}").status == 404
    assert world.owner.get(f"{path}?cursor={encoded(TOO_LONG)}").status == 422
    assert world.owner.get(path_of(world.pipeline, f"/events/{'a' * 3000}")).status == 404
    assert asked == []


def test_a_replay_of_more_than_can_be_counted_begins_all_the_same(world, letters, integration, monkeypatch):
    """None of those that were counted matches, but one of the others does."""
    monkeypatch.setattr(letters_module, "MOST_COUNTED", 2)
    path = f"/v1/admin/integrations/{integration}/dead-letters/replay"
    assert world.owner.post(path, {"filter": {"event": "a"}}).json == {"count": 0, "complete": False, "dry_run": False}
    world.deliver_all()
    assert world.vendor.ids() == ["a"]


def test_counting_ends_in_time(world, integration, monkeypatch):
    monkeypatch.setattr(letters_module, "COUNTING_SECONDS", -1.0)
    path = f"/v1/admin/integrations/{integration}/dead-letters/replay"
    assert world.owner.post(path, {"filter": {}, "dry_run": True}).json["complete"] is False


def test_one_step_of_a_replay_claims_what_a_function_has_time_for():
    assert replay_module.STEP_SECONDS * 200 <= 1000


@pytest.mark.parametrize("cursor", ["%25", encoded("x"), encoded("1771582000000#é")])
def test_a_cursor_that_is_none_is_named(world, integration, cursor):
    reply = world.owner.get(f"/v1/admin/integrations/{integration}/dead-letters?cursor={cursor}")
    assert (reply.status, reply.wrong_fields) == (422, ["cursor"])


def test_they_are_the_organisations_own(world, stranger, integration, letters):
    path = f"/v1/admin/integrations/{integration}/dead-letters"
    for method, rest, body in (("GET", "", None), ("GET", f"/{letters()[0]['id']}", None), ("POST", "/replay", {})):
        body = {"filter": {}} if method == "POST" else body
        assert stranger.request(method, path + rest, body).code == "INTEGRATION_NOT_FOUND"


def test_a_viewer_looks_and_an_editor_sends(world, as_role, integration, letters):
    path = f"/v1/admin/integrations/{integration}/dead-letters"
    assert as_role("viewer").get(path).status == 200
    assert as_role("viewer").post(f"{path}/replay", {"filter": {}}).status == 403
    assert as_role("editor").post(f"{path}/replay", {"filter": {}}).status == 200


def test_deliveries_are_among_the_recent_events(world, integration, replay):
    replay(filter={"event": "a"})
    reply = world.owner.get(path_of(world.pipeline, "/events?event=a")).json["events"]
    told = [(each["verdict"], each.get("code"), each.get("integrationId")) for each in reply]
    assert told == [("delivered", None, integration), ("dead", "REFUSED", integration), ("accepted", None, None)]


def test_no_answer_is_a_reason_too(world, monkeypatch):
    from chalicelib.delivery import client

    monkeypatch.setattr(client, "READ_SECONDS", 0.1)
    integration = world.attach()
    world.vendor.otherwise = Reply(HANG)
    world.accept("a")
    world.deliver_all()
    (letter,) = world.owner.get(f"/v1/admin/integrations/{integration}/dead-letters").json["dead_letters"]
    assert (letter["code"], letter["attempts"]) == ("NO_ANSWER", 5)
    assert letter["reason"] == "5 attempts, the last: no answer in time"
