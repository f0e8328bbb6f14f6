"""What the last version wrote is read by this one: while one is replaced by the other both run, and messages of the one
come to the other.

A recording is made by `RECORD=2026-11 pytest tests/operations/test_versions.py` when the format changes; those from
before stay as long as stages may come from them.
"""

import hashlib
import hmac
import json
import os
from pathlib import Path

import pytest

from chalicelib.activity import ledger
from chalicelib.settings import settings

from ..client import PASSWORD, Api, path_of, path_of_integration
from ..delivery.stub_vendor import Reply, StubVendor
from .recording import put_back, record, recorded

pytestmark = pytest.mark.moto("a recording has its key with it, and KMS takes none with what it has encrypted")
FOLDER = Path(__file__).parent / "recordings"
RECORDINGS = sorted(FOLDER.glob("*.json"))
TAKES_ALL = {"defaults": {"action": "pass"}}


@pytest.fixture
def vendor(monkeypatch):
    """Where events are delivered."""
    monkeypatch.setenv("DELIVER_TO_PRIVATE_ADDRESSES", "yes")
    settings.cache_clear()
    stub = StubVendor()
    yield stub
    stub.stop()
    settings.cache_clear()


def story(owner, vendor, work):
    """A little of everything: what is done is stored, and of each kind of message one waits."""
    shop = owner.a_pipeline(name="Shop", labels=["env:production"], parameters={"pixel": "1"})
    server = owner.a_pipeline(name="Server", type="server")
    config = {"url": f"{vendor.url}/events", "authentication": "bearer", "auth_token": "secret-1"}
    integration = owner.an_integration(config=config, mapping=TAKES_ALL)
    owner.attach(integration, shop)
    owner.put(path_of(shop), {"labels": ["env:staging"]})
    owner.post(path_of(shop, "/collector/build"))
    work("build")
    vendor.replies.append(Reply(400))
    for name in ("Refused", "Delivered"):
        track(owner, shop, name)
        work("process")
        work("deliver")
    track(owner, shop, "To deliver")
    work("process")
    track(owner, shop, "To process")
    large = [{"type": "track", "event": f"Large {number}", "properties": {"x": "y" * 9000}} for number in range(10)]
    owner.post("/v1/batch", {"writeKey": shop["pipeline_key"], "batch": large})
    owner.post(path_of(server, "/collector/build"))
    return {"shop": shop, "server": server, "integration": integration}


def track(owner, pipeline, name):
    """Send an event."""
    sent = {"writeKey": pipeline["pipeline_key"], "event": name, "messageId": name, "userId": "ada"}
    assert owner.post("/v1/t", sent).status == 200


def test_the_format_is_that_of_the_newest_recording(owner, vendor, work):
    told = story(owner, vendor, work)
    made = record()
    if version := os.environ.get("RECORD"):
        FOLDER.mkdir(exist_ok=True)
        text = made.text(vendor.url)
        (FOLDER / f"{version}.json").write_text(text, encoding="utf-8")
        (FOLDER / f"{version}.told").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    newest = sorted(FOLDER.glob("*.json"))[-1]
    assert made.shape == recorded(newest.read_text(encoding="utf-8"), vendor.url).shape, (
        "what is written has changed: see whether the version before can read it too, and make a new recording"
    )


@pytest.fixture(
    params=[
        *(pytest.param((path, False), id=path.stem) for path in RECORDINGS),
        *(pytest.param((path, True), id=f"{path.stem} with more") for path in RECORDINGS[-1:]),
    ]
)
def before(request, api, vendor):
    """A stage as another version left it; what its API told then, and its owner. The next version may have added fields
    that this one does not know: it is the older one then."""
    path, with_more = request.param
    kept = recorded(path.read_text(encoding="utf-8"), vendor.url)
    put_back(kept.with_more() if with_more else kept)
    told = json.loads(path.with_suffix(".told").read_text(encoding="utf-8"))
    return told, api.signed_in("owner@acme.example", PASSWORD)


def test_its_messages_are_worked_on(before, vendor, work):
    told, owner = before
    shop = told["shop"]
    assert work("deliver") == 1
    assert work("process") == 2
    assert work("build") == 1
    while work("deliver"):
        pass
    delivered = [request.json["event"] for request in vendor.requests]
    assert sorted(delivered) == sorted(["To deliver", "To process", *(f"Large {number}" for number in range(10))])
    assert owner.get(path_of(told["server"], "/collector/status")).json["status"] == "ready"
    total = owner.get(path_of(shop, "/metrics")).json["total"]
    assert (total["accepted"], total["archived"], total["pending"]) == (14, 14, 0)


def test_its_events_are_known_and_can_be_looked_at(before, work):
    told, owner = before
    shop = told["shop"]
    found = {event["event"] for event in owner.get(path_of(shop, "/events")).json["events"]}
    assert {"Delivered", "Refused", "To deliver"} <= found
    assert owner.get(path_of(shop, "/events/Delivered")).json["event"]["userId"] == "ada"
    track(owner, shop, "Delivered")
    work("process")
    assert owner.get(path_of(shop, "/metrics")).json["total"]["duplicate"] == 1
    assert ledger.find(shop["id"], "Delivered").verdict == "accepted"


def test_its_dead_letters_are_sent_again(before, vendor, work):
    told, owner = before
    path = path_of_integration(told["integration"], "/dead-letters")
    (letter,) = owner.get(path).json["dead_letters"]
    assert letter["event"] == "Refused"
    assert owner.post(f"{path}/replay", {"ids": [letter["id"]]}).json["count"] == 1
    while work("deliver"):
        pass
    assert "Refused" in [request.json["event"] for request in vendor.requests]
    assert owner.get(path).json["dead_letters"] == []


def test_its_configuration_is_there_and_can_be_changed(before):
    told, owner = before
    shop = told["shop"]
    listed = owner.get("/v1/admin/pipelines").json
    assert sorted(each["name"] for each in listed["pipelines"]) == ["Server", "Shop"]
    assert owner.get(path_of(shop)).json["labels"] == ["env:staging"]
    assert owner.put(path_of(shop), {"name": "Another"}).status == 200
    revisions = owner.get(path_of(shop, "/revisions")).json["revisions"]
    assert len(revisions) == 3
    builds = owner.get(path_of(shop, "/collector/builds")).json["builds"]
    assert [build["current"] for build in builds] == [True]
    actions = [each["action"] for each in owner.get("/v1/admin/audit-logs").json["entries"]]
    assert {"pipeline.created", "integration.attached", "collector.build_requested"} <= set(actions)


def test_its_secrets_sign(before, time):
    told, owner = before
    server, body = told["server"], b'{"type": "track", "event": "Signed"}'
    stamp = str(int(time.moment.timestamp() * 1000))
    signed = hmac.new(server["pipeline_key_secret"].encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    headers = {"X_Pipeline_Key": server["pipeline_key"], "X_Timestamp": stamp, "X_Signature": f"sha256={signed}"}
    assert Api(owner.send).post("/v1/events", body, **headers).status == 200


def test_there_is_a_recording_with_every_kind_of_message():
    for path in RECORDINGS:
        kept = recorded(path.read_text(encoding="utf-8"), "")
        assert {handler: bool(bodies) for handler, bodies in kept.messages.items()} == {
            "process": True,
            "deliver": True,
            "build": True,
        }
        assert any(not body.startswith("{") for body in kept.messages["process"]), "a compressed one"
    assert RECORDINGS
