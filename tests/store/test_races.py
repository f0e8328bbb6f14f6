"""Many at once: sixteen threads, released together, against a real engine."""

import hashlib
from collections import Counter
from functools import partial

import pytest

import app as application
from chalicelib import aws, cleanup
from chalicelib.collector import worker
from chalicelib.settings import settings
from chalicelib.store import named
from local.gateway import Context

from ..client import PASSWORD, WEBHOOK, Api, path_of, path_of_integration
from .conftest import THREADS, at_once
from .invariants import check, secret_of

PIPELINES = "/v1/admin/pipelines"


def statuses(replies):
    return Counter(reply.status for reply in replies)


def test_of_sixteen_creators_of_one_slug_one_succeeds_and_nothing_is_left_of_the_others(owner, tables):
    body = {"name": "Shop", "type": "web", "slug": "shop"}
    replies = at_once([partial(owner.post, PIPELINES, body)] * THREADS)
    assert statuses(replies) == {201: 1, 409: 15}
    (created,) = [reply.json for reply in replies if reply.status == 201]
    assert [pipeline["id"] for pipeline in check(tables, created["org_id"])] == [created["id"]]
    assert owner.get(PIPELINES).json["total"] == 1


def test_sixteen_creators_of_one_name_get_sixteen_slugs(owner, tables):
    replies = at_once([partial(owner.post, PIPELINES, {"name": "Shop", "type": "web"})] * THREADS)
    assert statuses(replies) == {201: 16}
    assert len({reply.json["slug"] for reply in replies}) == 16
    assert len(check(tables, replies[0].json["org_id"])) == 16


CHANGES = [
    {"name": "New name"},
    {"labels": ["new"]},
    {"enabled": False},
    {"rate_limit_rps": 7},
    {"parameters": {"a": "b"}},
    {"config": {"c": 1}},
    {"domain_allowlist": ["new.example"]},
    {"challenge_token_required": True},
]


def test_concurrent_updates_of_different_fields_all_survive(owner, tables):
    created = owner.a_pipeline()
    replies = at_once([partial(owner.put, path_of(created), change) for change in CHANGES])
    assert statuses(replies) == {200: len(CHANGES)}
    found = owner.get(path_of(created))
    for change in CHANGES:
        assert found.json | change == found.json
    assert found.headers["ETag"] == f'"{1 + len(CHANGES)}"'
    check(tables, created["org_id"])


def test_of_those_who_hold_one_version_one_changes_it(owner, tables):
    created = owner.a_pipeline()
    changes = [partial(owner.put, path_of(created), {"name": f"N{n}"}, If_Match='"1"') for n in range(THREADS)]
    assert statuses(at_once(changes)) == {200: 1, 412: 15}
    check(tables, created["org_id"])


@pytest.mark.parametrize("grace", [0, 600])
def test_rotations_at_once_leave_one_valid_secret(owner, tables, grace):
    created = owner.a_pipeline()
    rotate = partial(owner.post, path_of(created, "/rotate-secret"), {"grace_seconds": grace})
    replies = at_once([rotate] * THREADS)
    assert statuses(replies) == {200: THREADS}
    check(tables, created["org_id"])
    key = tables.Table(named("pipeline-keys")).get_item(
        Key={"pipeline_key": created["pipeline_key"]}, ConsistentRead=True
    )["Item"]
    answered = {reply.json["pipeline_key_secret"] for reply in replies}
    shown = owner.get(path_of(created)).json["pipeline_key_secrets"]
    assert len(answered) == THREADS
    assert secret_of(key) in answered
    assert secret_of(key).startswith(shown[0]["prefix"])
    if grace:
        assert secret_of(key, "previous_secret") in answered - {secret_of(key)}
        assert secret_of(key, "previous_secret").startswith(shown[1]["prefix"])
    else:
        assert "previous_secret" not in key
        assert len(shown) == 1


@pytest.mark.parametrize("rest", [None, "/rotate-secret", "/tokens", "/collector/build"])
def test_the_same_request_at_once_is_done_once(owner, tables, rest):
    created = owner.a_pipeline(name="First")
    path, body = (PIPELINES, {"name": "Second", "type": "web"}) if rest is None else (path_of(created, rest), None)
    replies = at_once([partial(owner.post, path, body, Idempotency_Key="once")] * THREADS)
    assert len({(reply.status, reply.body) for reply in replies}) == 1, statuses(replies)
    assert replies[0].status == (201 if rest is None else 200)
    assert len(check(tables, created["org_id"])) == (2 if rest is None else 1)


def test_of_those_who_delete_one_does(owner, tables):
    created = owner.a_pipeline()
    assert statuses(at_once([partial(owner.delete, path_of(created))] * 8)) == {200: 1, 404: 7}
    assert check(tables, created["org_id"]) == []


def test_of_those_who_restore_one_does(owner, tables):
    created = owner.a_pipeline()
    owner.delete(path_of(created))
    assert statuses(at_once([partial(owner.post, path_of(created, "/restore"))] * 8)) == {200: 1, 409: 7}
    assert len(check(tables, created["org_id"])) == 1


def test_a_delete_among_updates_wins_in_the_end(owner, tables):
    created = owner.a_pipeline()
    actions = [partial(owner.put, path_of(created), {"name": f"N{number}"}) for number in range(8)]
    replies = at_once([*actions, partial(owner.delete, path_of(created))])
    assert replies[-1].status == 200
    assert set(statuses(replies[:-1])) <= {200, 404}
    assert check(tables, created["org_id"]) == []


def test_two_owners_who_remove_each_other_leave_one(owner, api, org):
    second = owner.post(
        "/v1/admin/users", {"email": f"second@{org}.example", "role": "owner", "password": PASSWORD}
    ).json
    first_id = owner.get("/v1/admin/auth/me").json["id"]
    other = api.signed_in(second["email"])
    removals = [
        partial(owner.delete, f"/v1/admin/users/{second['id']}"),
        partial(other.delete, f"/v1/admin/users/{first_id}"),
    ]
    assert sorted(reply.status for reply in at_once(removals)) == [200, 409]


def test_of_those_who_use_one_refresh_token_at_most_one_is_served_and_the_session_is_over(owner, api, org):
    login = {"email": f"owner@{org}.example", "password": PASSWORD}
    token = api.post("/v1/admin/auth/login", login).json["refresh_token"]
    refresh = partial(api.post, "/v1/admin/auth/refresh", {"refresh_token": token})
    replies = at_once([refresh] * THREADS)
    served = [reply.json["refresh_token"] for reply in replies if reply.status == 200]
    assert len(served) <= 1
    assert set(statuses(replies)) <= {200, 401}
    for again in served:
        assert api.post("/v1/admin/auth/refresh", {"refresh_token": again}).status == 401


def test_guesses_at_once_are_counted(api, org):
    wrong = {"email": f"owner@{org}.example", "password": "wrong"}
    replies = at_once([partial(api.post, "/v1/admin/auth/login", wrong)] * THREADS)
    assert Counter(reply.code for reply in replies) == {"INVALID_CREDENTIALS": 5, "ACCOUNT_LOCKED": 11}


def test_two_cleanups_at_once_delete_everything_expired_once(owner, monkeypatch):
    created = owner.a_pipeline()
    for _ in range(10):
        owner.post(path_of(created, "/tokens"))
    from datetime import timedelta

    from chalicelib import clock

    real = clock.now
    monkeypatch.setattr(clock, "now", lambda: real() + timedelta(days=30))
    table = named("challenge-tokens")
    runs = at_once([partial(cleanup.run, lambda: 60_000)] * 2)
    assert sum(run[table] for run in runs) >= 10
    assert sum(cleanup.run(lambda: 60_000).values()) == 0


def test_a_list_during_writes_misses_nothing_that_was_there(owner):
    kept = [owner.a_pipeline(name=f"Kept {number}")["id"] for number in range(5)]

    def write():
        for number in range(5):
            created = owner.a_pipeline(name=f"Passing {number}")
            owner.delete(path_of(created))

    def read():
        return [{row["id"] for row in owner.get(f"{PIPELINES}?limit=100").json["pipelines"]} for _ in range(15)]

    for lists in at_once([write, write, read, read])[2:]:
        assert all(set(kept) <= ids for ids in lists)
    assert {row["id"] for row in owner.get(PIPELINES).json["pipelines"]} == set(kept)


def test_the_winner_of_a_race_can_use_what_it_won(owner: Api):
    replies = at_once([partial(owner.post, PIPELINES, {"name": "S", "type": "web", "slug": "s"})] * 4)
    (created,) = [reply.json for reply in replies if reply.status == 201]
    assert owner.put(path_of(created), {"enabled": False}).status == 200


# Integrations


def test_of_sixteen_creators_of_one_integration_one_succeeds(owner, tables):
    body = {"name": "Webhook", "vendor": "webhook", "config": WEBHOOK, "mapping": {}}
    replies = at_once([partial(owner.post, "/v1/admin/integrations", body)] * THREADS)
    assert statuses(replies) == {201: 1, 409: 15}
    (created,) = [reply.json for reply in replies if reply.status == 201]
    check(tables, created["org_id"])


def test_revisions_at_once_get_numbers_of_their_own_and_lose_nothing(owner, tables):
    created = owner.an_integration()
    path = path_of_integration(created, "/revisions")
    changes = [{"consent": "marketing"}, {"mapping": {"defaults": {"action": "drop"}}}]
    changes += [{"config": WEBHOOK | {"auth_token": f"secret-{n}", "method": "PUT"}} for n in range(6)]
    replies = at_once([partial(owner.post, path, change) for change in changes])
    assert statuses(replies) == {201: len(changes)}
    assert sorted(reply.json["number"] for reply in replies) == list(range(2, 2 + len(changes)))
    latest = owner.get(path_of_integration(created)).json["revision"]
    assert (latest["consent"], latest["mapping"]["defaults"]["action"]) == ("marketing", "drop")
    assert latest["config"]["method"] == "PUT"
    check(tables, created["org_id"])


def test_the_same_revision_at_once_is_made_once(owner, tables):
    created = owner.an_integration()
    revise = partial(
        owner.post, path_of_integration(created, "/revisions"), {"consent": "marketing"}, Idempotency_Key="once"
    )
    replies = at_once([revise] * THREADS)
    assert {(reply.status, reply.json["number"]) for reply in replies} == {(201, 2)}
    assert owner.get(path_of_integration(created)).json["latest_revision"] == 2
    check(tables, created["org_id"])


def test_an_integration_is_attached_once_by_one_of_those_who_do(owner, tables):
    created, pipelines = owner.an_integration(), [owner.a_pipeline(name=f"P{n}")["id"] for n in range(5)]
    owner.post(path_of_integration(created, "/revisions"), {"consent": "marketing"})
    one = [
        partial(owner.put, f"{PIPELINES}/{pipeline}/integrations/{created['id']}", {"revision": 1 + n % 2})
        for n, pipeline in enumerate(pipelines * 2)
    ]
    all_of_them = partial(owner.post, path_of_integration(created, "/attach"), {"pipeline_ids": pipelines})
    assert statuses(at_once([*one, all_of_them, all_of_them])) == {200: 12}
    for pipeline in pipelines:
        (attached,) = owner.get(f"{PIPELINES}/{pipeline}/integrations").json["integrations"]
        assert attached["state"] == "ready"
    check(tables, created["org_id"])


def test_of_those_who_detach_one_does(owner, tables):
    created, pipeline = owner.an_integration(), owner.a_pipeline()
    owner.attach(created, pipeline)
    detach = partial(owner.delete, path_of(pipeline, f"/integrations/{created['id']}"))
    assert statuses(at_once([detach] * 8)) == {200: 1, 404: 7}
    check(tables, created["org_id"])


def test_nothing_is_attached_to_what_is_deleted_meanwhile(owner, tables):
    for _ in range(4):
        created, pipeline = owner.an_integration(), owner.a_pipeline()
        attach = partial(owner.put, path_of(pipeline, f"/integrations/{created['id']}"))
        replies = at_once([attach, partial(owner.delete, path_of_integration(created)), attach])
        assert replies[1].status == 200
        assert attach().code == "INTEGRATION_NOT_FOUND"
        check(tables, created["org_id"])


# Builds and publications: a queue in order for each pipeline, and several builders at once


def build_next():
    """Do as a builder that takes one message at a time; how many it took."""
    sqs, url = aws.client("sqs"), settings().builds_queue_url
    messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=1).get("Messages", [])
    for message in messages:
        record = {"messageId": message["MessageId"], "body": message["Body"]}
        assert application.build({"Records": [record]}, Context()) == {"batchItemFailures": []}
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return len(messages)


BUILDERS = [build_next] * 4


@pytest.fixture
def at_work(monkeypatch):
    """The most builders that were ever at work on the pipeline of a message at once."""
    run, busy, most = worker.run, Counter(), Counter()

    def noted(message):
        pipeline_id = message["pipeline_id"]
        busy[pipeline_id] += 1
        most[pipeline_id] = max(most[pipeline_id], busy[pipeline_id])
        try:
            run(message)
        finally:
            busy[pipeline_id] -= 1

    monkeypatch.setattr(worker, "run", noted)
    return most


@pytest.fixture
def shop(owner, at_work):
    """A pipeline with two builds of different configurations, and nothing waiting on the queue."""
    aws.client("sqs").purge_queue(QueueUrl=settings().builds_queue_url)
    pipeline = owner.a_pipeline()
    for change in ({"page_views": "load"}, {"page_views": "manual"}):
        owner.put(path_of(pipeline), {"js_builder_config": change})
        owner.post(path_of(pipeline, "/collector/build"))
        build_all()
    return pipeline


def build_all():
    """Let several builders work until nothing waits any more."""
    while any(at_once(BUILDERS)):
        pass


def builds_of(owner, pipeline):
    """The builds that are ready, the oldest first."""
    found = owner.get(path_of(pipeline, "/collector/builds")).json["builds"][::-1]
    assert {build["status"] for build in found} == {"ready"}
    return found


def publishing(owner, pipeline, build):
    return partial(owner.post, path_of(pipeline, f"/collector/builds/{build['build_id']}/publish"))


def only_current(owner, pipeline):
    """The one build that is current: what the pointer serves, whole, is what was built."""
    (build,) = [build for build in builds_of(owner, pipeline) if build["current"]]
    folder = f"collectors/{pipeline['pipeline_key']}"
    pointer, immutable = (content_of(f"{folder}/{path}") for path in ("d.js", f"{build['version_hash']}/d.js"))
    assert pointer == immutable == owner.get(path_of(pipeline, "/collector/download")).body
    assert hashlib.sha256(pointer).hexdigest()[:8] == build["version_hash"]
    assert owner.get(path_of(pipeline, "/collector/status")).json["build_id"] == build["build_id"]
    return build["build_id"]


def content_of(key):
    return aws.client("s3").get_object(Bucket=settings().collector_bucket, Key=key)["Body"].read()


def test_of_publications_at_once_one_is_current_and_served(owner, shop, at_work):
    older, newer = builds_of(owner, shop)
    asked = [publishing(owner, shop, build) for build in (older, newer) * 4]
    assert statuses(at_once([*asked, *BUILDERS])[: len(asked)]) == {200: len(asked)}
    build_all()
    assert only_current(owner, shop) in {older["build_id"], newer["build_id"]}
    assert at_work[shop["id"]] == 1


def test_a_publication_and_a_build_at_once_leave_one_of_them(owner, shop):
    older, newer = builds_of(owner, shop)
    for number in range(4):
        owner.put(path_of(shop), {"js_builder_config": {"batch_size": number + 1}})
        build = partial(owner.post, path_of(shop, "/collector/build"))
        asked = [publishing(owner, shop, older), build]
        assert statuses(at_once([*asked, *BUILDERS])[: len(asked)]) == {200: len(asked)}
        build_all()
        newest = builds_of(owner, shop)[-1]
        assert only_current(owner, shop) in {older["build_id"], newest["build_id"]} - {newer["build_id"]}


def test_what_was_asked_for_last_is_served_whoever_builds_it(owner, shop, at_work):
    older, newer = builds_of(owner, shop)
    for build in (older, newer, older, newer, older):
        assert publishing(owner, shop, build)().status == 200
    build_all()
    assert only_current(owner, shop) == older["build_id"]
    assert at_work[shop["id"]] == 1
