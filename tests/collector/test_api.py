"""The collector in the admin API: asked for, built through the queue, published, downloaded."""

import re

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from chalicelib import aws

from ..client import path_of

BUCKET = "signal-test-collectors"


def build(owner, pipeline):
    return owner.post(path_of(pipeline, "/collector/build"))


def status(owner, pipeline):
    return owner.get(path_of(pipeline, "/collector/status")).json


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
    assert re.fullmatch("[0-9a-f]{8}", version)
    assert ready == {
        "status": "ready",
        "pipeline_id": pipeline["id"],
        "build_id": ready["build_id"],
        "version_hash": version,
        "file_size_bytes": len(owner.get(path_of(pipeline, "/collector/download")).body),
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
    assert b'"global":"shop"' in text


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
    build(owner, pipeline)
    assert status(owner, pipeline)["status"] == "building"
    assert owner.get(path_of(pipeline, "/collector/download")).status == 200


def test_an_older_build_that_comes_late_does_not_replace_a_newer_one(owner, work, time):
    pipeline = owner.a_pipeline()
    build(owner, pipeline)
    time.pass_(seconds=1)
    build(owner, pipeline)
    messages = aws.client("sqs").receive_message(
        QueueUrl="https://sqs.us-east-1.amazonaws.com/123456789012/signal-test-builds", MaxNumberOfMessages=10
    )["Messages"]
    import json

    from chalicelib.collector import builds

    older, newer = (json.loads(message["Body"]) for message in messages)
    builds.run(newer)
    owner.put(path_of(pipeline), {"js_builder_config": {"global_variable": "late"}})
    builds.run(older)
    pointer = published(f"collectors/{pipeline['pipeline_key']}/d.js")["Body"].read()
    assert b'"global":"_df"' in pointer
    assert status(owner, pipeline)["build_id"] == newer["build_id"]


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


def test_the_cdn_forgets_the_pointer_of_a_published_build(owner, work, monkeypatch):
    from chalicelib.settings import settings

    invalidated = []

    class CloudFront:
        def create_invalidation(self, **request):
            invalidated.append(request)

    real = aws.client
    monkeypatch.setattr(aws, "client", lambda name: CloudFront() if name == "cloudfront" else real(name))
    monkeypatch.setenv("CDN_DISTRIBUTION_ID", "E123")
    settings.cache_clear()
    try:
        pipeline = owner.a_pipeline()
        build(owner, pipeline)
        work("build")
    finally:
        monkeypatch.delenv("CDN_DISTRIBUTION_ID")
        settings.cache_clear()
    (request,) = invalidated
    assert request["DistributionId"] == "E123"
    assert request["InvalidationBatch"]["Paths"]["Items"] == [f"/{pipeline['pipeline_key']}/d.js"]
