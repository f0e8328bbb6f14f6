"""Idempotency-Key: once done, the same request gets the same answer for a day."""

import pytest

from chalicelib.api.table import IdempotencyRecord

from ..client import path_of

PIPELINES = "/v1/admin/pipelines"
SHOP = {"name": "Shop", "type": "web"}


@pytest.mark.parametrize(
    ("rest", "body"),
    [
        pytest.param(None, SHOP, id="create"),
        pytest.param("/rotate-secret", None, id="rotate"),
        pytest.param("/rotate-secret", {"grace_seconds": 60}, id="rotate with grace"),
        pytest.param("/tokens", None, id="challenge token"),
        pytest.param("/collector/build", None, id="build"),
    ],
)
def test_the_first_answer_is_given_again(owner, rest, body):
    path = PIPELINES if rest is None else path_of(owner.a_pipeline(), rest)
    first, second = (owner.post(path, body, Idempotency_Key="once") for _ in range(2))
    assert (second.status, second.body) == (first.status, first.body)
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert second.headers.get("Location") == first.headers.get("Location")
    assert second.headers.get("ETag") == first.headers.get("ETag")


def test_it_happened_once(owner):
    for _ in range(3):
        owner.post(PIPELINES, SHOP, Idempotency_Key="once")
    assert owner.get(PIPELINES).json["total"] == 1


def test_another_request_with_the_same_key_is_refused(owner):
    created = owner.post(PIPELINES, SHOP, Idempotency_Key="once").json
    for path, body in ((PIPELINES, SHOP | {"name": "Other"}), (path_of(created, "/tokens"), None)):
        reply = owner.post(path, body, Idempotency_Key="once")
        assert (reply.status, reply.code) == (422, "IDEMPOTENCY_KEY_REUSED")


def test_a_key_belongs_to_one_user(owner, as_role, stranger):
    admin = as_role("admin")
    ids = {caller.post(PIPELINES, SHOP, Idempotency_Key="once").json["id"] for caller in (owner, admin, stranger)}
    assert len(ids) == 3


def test_a_key_is_forgotten_after_a_day(owner, time):
    first = owner.post(PIPELINES, SHOP, Idempotency_Key="once").json
    time.pass_(hours=24)
    later = owner.signed_in("owner@acme.example").post(PIPELINES, SHOP, Idempotency_Key="once").json
    assert later["id"] != first["id"]


def test_a_refused_request_is_not_remembered(owner):
    assert owner.post(PIPELINES, {"name": "Shop"}, Idempotency_Key="once").status == 422
    assert owner.post(PIPELINES, SHOP, Idempotency_Key="once").status == 201


def test_an_answer_survives_what_happens_to_the_pipeline(owner):
    first = owner.post(PIPELINES, SHOP, Idempotency_Key="once")
    owner.delete(path_of(first.json))
    assert owner.post(PIPELINES, SHOP, Idempotency_Key="once").body == first.body


@pytest.mark.parametrize("key", ["", "a b", "x" * 256, "ü"])
def test_a_key_that_cannot_be_one_is_named(owner, key):
    reply = owner.post(PIPELINES, SHOP, Idempotency_Key=key)
    assert (reply.status, reply.wrong_fields) == (422, ["Idempotency-Key"])


def test_the_secret_is_not_stored_in_the_clear(owner):
    secret = owner.post(PIPELINES, SHOP, Idempotency_Key="once").json["pipeline_key_secret"]
    (record,) = IdempotencyRecord.scan()
    assert secret not in str(record.serialize())
