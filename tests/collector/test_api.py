"""The collector in the admin API: asked for, built through the queue, published, downloaded."""

import gzip
import hashlib

import brotli
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from chalicelib import aws, clock, store
from chalicelib.collector import builder, worker

from ..cdn import distribution_id
from ..client import path_of
from ..conftest import ENVIRONMENT

BUCKET = ENVIRONMENT["COLLECTOR_BUCKET"]


def build(owner, pipeline):
    """Ask for a build, a moment after whatever was before: builds are ordered by the time they were asked for."""
    clock.now.pass_(milliseconds=10)
    return owner.post(path_of(pipeline, "/collector/build"))


def status(owner, pipeline):
    return owner.get(path_of(pipeline, "/collector/status")).json


def built(owner, work, pipeline):
    """The status after a build."""
    build(owner, pipeline)
    work_all(work)
    return status(owner, pipeline)


def work_all(work):
    while work("build"):
        pass


def history(owner, pipeline):
    return owner.get(path_of(pipeline, "/collector/builds")).json["builds"]


def worker_again(pipeline, owner):
    """The queue gives the message of the newest build out again."""
    build_id = history(owner, pipeline)[0]["build_id"]
    about = {"org_id": pipeline["org_id"], "pipeline_id": pipeline["id"], "build_id": build_id}
    worker.run(about | {"action": "build"})
    return status(owner, pipeline)


def published(key):
    return aws.client("s3").get_object(Bucket=BUCKET, Key=key)


def test_before_the_first_build_there_is_none(owner):
    pipeline = owner.a_pipeline()
    assert status(owner, pipeline) == {"status": "no_builds", "pipeline_id": pipeline["id"]}
    reply = owner.get(path_of(pipeline, "/collector/download"))
    assert (reply.status, reply.code) == (404, "COLLECTOR_NOT_BUILT")


def test_a_build_goes_through_the_queue(owner, work, time):
    pipeline = owner.a_pipeline()
    assert build(owner, pipeline).json == {"status": "building", "pipeline_id": pipeline["id"]}
    assert status(owner, pipeline)["status"] == "building"
    assert work("build") == 1
    ready = status(owner, pipeline)
    key, version = pipeline["pipeline_key"], ready["version_hash"]
    script = owner.get(path_of(pipeline, "/collector/download")).body
    assert version == hashlib.sha256(script).hexdigest()[:8]
    assert {"api", "page_views", "navigation", "retry", "start"} <= set(ready["modules"])
    assert ready == {
        "status": "ready",
        "pipeline_id": pipeline["id"],
        "build_id": ready["build_id"],
        "version_hash": version,
        "file_size_bytes": len(script),
        "gzip_bytes": len(gzip.compress(script, 9)),
        "brotli_bytes": len(brotli.compress(script)),
        "modules": ready["modules"],
        "stale": False,
        "delivery_method": "cdn",
        "built_at": "2026-02-25T10:00:00Z",
        "url": f"https://data.example.com/{key}/d.js",
        "immutable_url": f"https://data.example.com/{key}/{version}/d.js",
        "integrity": ready["integrity"],
        "script_tag": f'<script async src="https://data.example.com/{key}/d.js"></script>',
        "pinned_script_tag": f'<script async src="https://data.example.com/{key}/{version}/d.js" '
        f'integrity="{ready["integrity"]}" crossorigin="anonymous"></script>',
    }


def test_the_script_is_at_both_addresses_with_their_cache_lives(owner, work):
    pipeline = owner.a_pipeline(js_builder_config={"script_filename": "shop.js", "global_variable": "shop"})
    build(owner, pipeline)
    work("build")
    folder = f"collectors/{pipeline['pipeline_key']}"
    pointer = published(f"{folder}/shop.js")
    immutable = published(f"{folder}/{status(owner, pipeline)['version_hash']}/shop.js")
    assert pointer["CacheControl"] == "public, max-age=300, stale-while-revalidate=86400"
    assert immutable["CacheControl"] == "public, max-age=31536000, immutable"
    assert pointer["ContentType"].startswith("application/javascript")
    text = pointer["Body"].read()
    assert text == immutable["Body"].read()
    assert b'"name":"shop"' in text


def test_the_download_is_the_script_as_a_file(owner, work):
    pipeline = owner.a_pipeline()
    build(owner, pipeline)
    work("build")
    reply = owner.get(path_of(pipeline, "/collector/download"))
    assert reply.headers["Content-Type"] == "application/javascript"
    assert reply.headers["Content-Disposition"] == 'attachment; filename="d.js"'
    assert pipeline["pipeline_key"].encode() in reply.body


def test_what_is_only_for_download_is_not_served(owner, work):
    pipeline = owner.a_pipeline(js_builder_config={"delivery_method": "download"})
    build(owner, pipeline)
    work("build")
    ready = status(owner, pipeline)
    assert not {"url", "immutable_url", "script_tag", "pinned_script_tag"} & set(ready)
    assert owner.get(path_of(pipeline, "/collector/download")).status == 200
    with pytest.raises(ClientError):
        published(f"collectors/{pipeline['pipeline_key']}/d.js")


def test_nothing_secret_is_in_the_script(owner, work):
    pipeline = owner.a_pipeline(parameters={"ga4_api_secret": "very-secret"}, config={"note": "internal"})
    build(owner, pipeline)
    work("build")
    text = owner.get(path_of(pipeline, "/collector/download")).body.decode()
    for secret in ("very-secret", "ga4_api_secret", "internal", pipeline["pipeline_key_secret"], pipeline["name"]):
        assert secret not in text


def test_the_last_ready_script_stays_while_the_next_is_built(owner, work, time):
    pipeline = owner.a_pipeline()
    build(owner, pipeline)
    work("build")
    time.pass_(seconds=1)
    owner.put(path_of(pipeline), {"js_builder_config": {"page_views": "load"}})
    build(owner, pipeline)
    assert status(owner, pipeline)["status"] == "building"
    assert owner.get(path_of(pipeline, "/collector/download")).status == 200


def test_a_second_request_joins_the_build_under_way(owner, work):
    pipeline = owner.a_pipeline()
    assert [build(owner, pipeline).json["status"] for _ in range(3)] == ["building"] * 3
    assert work("build") == 1
    assert len(history(owner, pipeline)) == 1


def test_a_request_after_a_change_queues_behind_and_its_build_is_the_one_that_is_served(owner, work, time):
    pipeline = owner.a_pipeline()
    build(owner, pipeline)
    time.pass_(seconds=1)
    owner.put(path_of(pipeline), {"js_builder_config": {"global_variable": "late"}})
    build(owner, pipeline)
    work_all(work)
    newest, oldest = history(owner, pipeline)
    assert (newest["current"], oldest["current"]) == (True, False)
    assert b'"name":"late"' in published(f"collectors/{pipeline['pipeline_key']}/d.js")["Body"].read()


def test_the_same_configuration_gives_the_same_version(owner, work):
    pipeline = owner.a_pipeline()
    versions = {built(owner, work, pipeline)["version_hash"] for _ in range(2)}
    assert len(versions) == 1
    assert len(history(owner, pipeline)) == 2


def test_a_build_is_stale_when_the_pipelines_script_would_be_another(owner, work):
    pipeline = owner.a_pipeline()
    assert built(owner, work, pipeline)["stale"] is False
    owner.put(path_of(pipeline), {"name": "Another name", "parameters": {"a": "b"}})
    assert status(owner, pipeline)["stale"] is False
    owner.put(path_of(pipeline), {"js_builder_config": {"page_views": "load"}})
    assert status(owner, pipeline)["stale"] is True
    assert built(owner, work, pipeline)["stale"] is False


def test_an_earlier_build_is_published_again(owner, work, as_role):
    pipeline = owner.a_pipeline()
    first = built(owner, work, pipeline)
    owner.put(path_of(pipeline), {"js_builder_config": {"page_views": "load"}})
    second = built(owner, work, pipeline)
    path = path_of(pipeline, f"/collector/builds/{first['build_id']}/publish")
    assert (as_role("viewer").post(path).status, as_role("editor").post(path).status) == (403, 200)
    (entry,) = owner.get("/v1/admin/audit-logs?action=collector.build_published").json["entries"]
    change = {"old": second["build_id"], "new": first["build_id"]}
    assert (entry["resource_id"], entry["user_email"]) == (pipeline["id"], "editor@acme.example")
    assert entry["changes"] == {"collector.current_build_id": change}
    work_all(work)
    assert status(owner, pipeline) == first | {"stale": True}
    pointer = published(f"collectors/{pipeline['pipeline_key']}/d.js")["Body"].read()
    assert hashlib.sha256(pointer).hexdigest()[:8] == first["version_hash"]
    assert owner.get(path_of(pipeline, "/collector/download")).body == pointer
    assert [each["current"] for each in history(owner, pipeline)] == [False, True]
    assert published(f"collectors/{pipeline['pipeline_key']}/{second['version_hash']}/d.js")


@pytest.mark.parametrize("method", ["cluster", "download"])
def test_an_earlier_build_is_current_again_however_it_is_delivered(owner, work, method):
    pipeline = owner.a_pipeline(js_builder_config={"delivery_method": method})
    first = built(owner, work, pipeline)
    script = owner.get(path_of(pipeline, "/collector/download")).body
    owner.put(path_of(pipeline), {"js_builder_config": {"delivery_method": method, "page_views": "load"}})
    assert built(owner, work, pipeline)["version_hash"] != first["version_hash"]
    assert owner.post(path_of(pipeline, f"/collector/builds/{first['build_id']}/publish")).status == 200
    work_all(work)
    assert owner.get(path_of(pipeline, "/collector/download")).body == script


@pytest.mark.parametrize(
    ("build_id", "code"),
    [pytest.param("bld_nothing", "BUILD_NOT_FOUND", id="none"), pytest.param(None, "BUILD_NOT_READY", id="not ready")],
)
def test_only_a_build_that_is_ready_is_published(owner, build_id, code):
    pipeline = owner.a_pipeline()
    build(owner, pipeline)
    build_id = build_id or history(owner, pipeline)[0]["build_id"]
    assert owner.post(path_of(pipeline, f"/collector/builds/{build_id}/publish")).code == code


def test_the_list_of_builds_is_paged_newest_first(owner, work):
    pipeline = owner.a_pipeline()
    asked = [built(owner, work, pipeline)["build_id"] for _ in range(3)]
    first = owner.get(path_of(pipeline, "/collector/builds?limit=2")).json
    rest = owner.get(path_of(pipeline, f"/collector/builds?limit=2&before={first['next']}")).json
    assert [each["build_id"] for each in first["builds"] + rest["builds"]] == asked[::-1]
    assert rest["next"] is None


def test_a_build_that_cannot_be_done_fails_and_says_so(owner, work, monkeypatch):
    def broken(_):
        raise RuntimeError("a bug")

    pipeline = owner.a_pipeline()
    good = built(owner, work, pipeline)
    owner.put(path_of(pipeline), {"js_builder_config": {"page_views": "load"}})
    monkeypatch.setattr(builder, "build", broken)
    build(owner, pipeline)
    work("build")
    found = status(owner, pipeline)
    assert (found["status"], "would again" in found["message"]) == ("failed", True)
    assert history(owner, pipeline)[1]["build_id"] == good["build_id"]
    assert history(owner, pipeline)[1]["current"] is True


def test_a_build_interrupted_before_its_end_is_done_again(owner, work, monkeypatch):
    pipeline = owner.a_pipeline()
    build(owner, pipeline)

    def unreachable(*_):
        raise EndpointConnectionError(endpoint_url="https://dynamodb")

    with monkeypatch.context() as broken:
        broken.setattr(store, "transact", unreachable)
        work("build")
    assert status(owner, pipeline)["status"] == "building"
    assert worker_again(pipeline, owner)["status"] == "ready"


def test_a_script_for_a_cluster_is_served_by_the_api_at_the_same_paths(owner, api, work):
    pipeline = owner.a_pipeline(js_builder_config={"delivery_method": "cluster"})
    ready = built(owner, work, pipeline)
    pointer, immutable = (
        api.get(ready[name].removeprefix("https://data.example.com")) for name in ("url", "immutable_url")
    )
    assert pointer.body == immutable.body == owner.get(path_of(pipeline, "/collector/download")).body
    assert pointer.headers["Cache-Control"] == "public, max-age=300, stale-while-revalidate=86400"
    assert immutable.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert pointer.headers["Access-Control-Allow-Origin"] == "*"
    assert pointer.headers["X-Content-Type-Options"] == "nosniff"
    again = api.get(f"/{pipeline['pipeline_key']}/d.js", If_None_Match=f'"x", W/{pointer.headers["ETag"]}')
    assert (again.status, again.body) == (304, b"")
    with pytest.raises(ClientError):
        published(f"collectors/{pipeline['pipeline_key']}/d.js")


def test_an_address_has_one_script_however_the_way_of_delivery_changes(owner, api, work):
    """The CDN asks the API only for what is not in its own folder: what lay there before must not be served on."""
    pipeline = owner.a_pipeline()
    for method, name in (("cdn", "one"), ("cluster", "two"), ("cdn", "three"), ("cluster", "four")):
        owner.put(path_of(pipeline), {"js_builder_config": {"delivery_method": method, "global_variable": name}})
        assert built(owner, work, pipeline)["delivery_method"] == method
        own, other = ("collectors", "cluster") if method == "cdn" else ("cluster", "collectors")
        assert f'"name":"{name}"'.encode() in published(f"{own}/{pipeline['pipeline_key']}/d.js")["Body"].read()
        with pytest.raises(ClientError, match="NoSuchKey"):
            published(f"{other}/{pipeline['pipeline_key']}/d.js")


@pytest.mark.parametrize("path", ["/dk_pip_none/d.js", "/dk_pip_none/00000000/d.js", "/other/d.js", "/dk_x/y/z.js"])
def test_a_script_that_is_not_there_is_not_found_and_that_is_not_kept(api, path):
    reply = api.get(path)
    assert (reply.status, reply.code, reply.headers["Cache-Control"]) == (404, "NOT_FOUND", "no-store")


def test_a_readable_twin_lies_beside_each_version(owner, work):
    pipeline = owner.a_pipeline()
    ready = built(owner, work, pipeline)
    twin = published(f"collectors/{pipeline['pipeline_key']}/{ready['version_hash']}/d.src.js")["Body"].read()
    assert b"A good guest" in twin


def test_a_build_that_dies_does_not_stay_building(owner, time):
    pipeline = owner.a_pipeline()
    build(owner, pipeline)
    time.pass_(seconds=120)
    found = status(owner, pipeline)
    assert (found["status"], found["message"]) == ("failed", "The build did not finish in time; start another one")


def test_a_build_that_the_queue_did_not_take_leaves_nothing(owner, monkeypatch):
    pipeline = owner.a_pipeline()

    def unreachable(**_):
        raise EndpointConnectionError(endpoint_url="https://sqs")

    monkeypatch.setattr(aws.client("sqs"), "send_message", unreachable)
    reply = build(owner, pipeline)
    assert (reply.status, reply.code) == (503, "SERVICE_UNAVAILABLE")
    assert status(owner, pipeline)["status"] == "no_builds"


def test_a_build_of_a_pipeline_deleted_meanwhile_is_given_up(owner, work):
    pipeline = owner.a_pipeline()
    build(owner, pipeline)
    owner.delete(path_of(pipeline))
    assert work("build") == 1
    assert work("build") == 0


@pytest.fixture
def distribution(monkeypatch):
    """The id of a distribution of the CDN in front of the scripts."""
    from chalicelib.settings import settings

    found = distribution_id()
    monkeypatch.setenv("CDN_DISTRIBUTION_ID", found)
    settings.cache_clear()
    yield found
    monkeypatch.delenv("CDN_DISTRIBUTION_ID")
    settings.cache_clear()


def test_the_cdn_forgets_the_pointer_of_a_published_build(owner, work, distribution):
    pipeline = owner.a_pipeline()
    build(owner, pipeline)
    work("build")
    cdn = aws.client("cloudfront")
    (listed,) = cdn.list_invalidations(DistributionId=distribution)["InvalidationList"]["Items"]
    forgotten = cdn.get_invalidation(DistributionId=distribution, Id=listed["Id"])["Invalidation"]["InvalidationBatch"]
    assert forgotten["Paths"]["Items"] == [f"/{pipeline['pipeline_key']}/d.js"]
