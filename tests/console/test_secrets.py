"""What is shown once: the secret of a new pipeline, a rotated one, a challenge token."""

import pytest
from botocore.exceptions import EndpointConnectionError

from chalicelib.api.idempotency import Once
from chalicelib.collector import builds

from ..client import path_of
from ..ingestion.test_api import signed

NEW = "/console/pipelines/new"


def copied(page):
    return [button["data-copy"] for button in page.soup.select("[data-copy]")]


def test_creating_shows_the_secret_once(console, owner):
    page = console.submit(console.open(NEW), NEW, name="Shop", labels="env:live", domain_allowlist="shop.example")
    secret, key = copied(page)
    assert "This is the only time the secret is shown" in page.text
    pipeline = owner.get(f"/v1/admin/pipelines/{key.removeprefix('dk_')}").json
    assert (pipeline["name"], pipeline["labels"]) == ("Shop", ["env:live"])
    assert signed(owner, pipeline, secret).status == 200
    assert secret not in console.open(f"/console/pipelines/{pipeline['id']}").html


def test_sending_the_form_again_makes_no_second_pipeline_and_shows_the_same(console, owner):
    form = console.open(NEW)
    first, second = (console.submit(form, NEW, name="Shop") for _ in range(2))
    assert copied(first) == copied(second)
    assert owner.get("/v1/admin/pipelines").json["total"] == 1


def test_the_same_form_with_something_else_typed_is_another_pipeline(console):
    form = console.open(NEW)
    first, second = (console.submit(form, NEW, name=name) for name in ("Shop", "Café"))
    assert "Café is created" in second.text
    assert not set(copied(first)) & set(copied(second))


@pytest.fixture
def side_by_side(monkeypatch):
    """The next form is sent by a second click, before the first one was answered."""

    def begin():
        looked, replay = [], Once.replay

        def look(once):
            looked.append(once)
            return None if len(looked) == 1 else replay(once)

        monkeypatch.setattr(Once, "replay", look)

    return begin


@pytest.mark.parametrize("what", ["creating", "rotating"])
def test_a_double_click_shows_the_one_secret_that_was_made(console, owner, side_by_side, what):
    rotating = f"/console/pipelines/{owner.a_pipeline()['id']}/rotate"
    form, action, typed = (NEW, NEW, {"name": "Shop"}) if what == "creating" else (rotating, rotating, {})
    page = console.open(form)
    first = console.submit(page, action, **typed)
    side_by_side()
    second = console.submit(page, action, **typed)
    assert second.status == 200
    assert copied(first) == copied(second)


def test_a_key_of_any_length_is_no_trouble(console):
    assert console.submit(console.open(NEW), NEW, name="Shop", once="x" * 5000).status == 200


def test_a_new_pipeline_for_pages_is_built_at_once(console, owner, work):
    page = console.submit(console.open(NEW), NEW, name="Shop")
    pipeline = {"id": copied(page)[1].removeprefix("dk_")}
    work("build")
    assert owner.get(path_of(pipeline, "/collector/status")).json["status"] == "ready"


def test_the_secret_is_shown_though_the_first_build_cannot_begin(console, monkeypatch, logged):
    def nothing_there(*_):
        raise EndpointConnectionError(endpoint_url="https://sqs.example")

    monkeypatch.setattr(builds, "start", nothing_there)
    page = console.submit(console.open(NEW), NEW, name="Shop")
    assert page.status == 200
    assert copied(page)[0].startswith("sk_")
    assert [line["message"] for line in logged if line["level"] == "ERROR"] == ["first build not begun"]
    overview = console.open(page.soup.select_one("dialog a.button")["href"])
    assert "Build it now" in overview.text


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"name": ""}, "must be a string of 1 to 200 characters"),
        ({"name": "x", "labels": "a\n" + "b" * 101}, "Line 2 must be a string of 1 to 100 characters"),
        ({"name": "x", "domain_allowlist": "http://a"}, "Line 1 must be a host name"),
        ({"name": "x", "slug": "Ü"}, "lower-case letters"),
        ({"name": "x", "type": "tv"}, "must be web, app or server"),
    ],
)
def test_what_is_refused_is_told_and_what_was_typed_stays(console, owner, typed, told):
    page = console.submit(console.open(NEW), NEW, **typed)
    assert page.status == 422
    assert any(told in problem for problem in page.problems), page.problems
    for name in typed.keys() - {"type"}:
        field = page.soup.find(attrs={"name": name})
        assert (field.get("value") or field.get_text()).strip("\n") == typed[name]
    assert owner.get("/v1/admin/pipelines").json["total"] == 0


@pytest.mark.parametrize(("grace", "old_works"), [("0", False), ("3600", True)])
def test_rotating_asks_with_the_use_of_the_old_secret(console, owner, time, work, grace, old_works):
    pipeline = owner.a_pipeline(name="Shop")
    for _ in range(3):
        signed(owner, pipeline, pipeline["pipeline_key_secret"])
        time.pass_(seconds=6)
    rotate = f"/console/pipelines/{pipeline['id']}/rotate"
    page = console.open(rotate)
    assert "2 requests used the present secret" in page.text.replace("3 requests", "2 requests")
    page = console.submit(page, rotate, grace_seconds=grace)
    secret = copied(page)[0]
    assert signed(owner, pipeline, secret).status == 200
    assert (signed(owner, pipeline, pipeline["pipeline_key_secret"]).status == 200) == old_works
    assert ("works until" in page.text) == old_works


def test_a_rotation_that_is_refused_rotates_nothing(console, owner):
    pipeline = owner.a_pipeline()
    rotate = f"/console/pipelines/{pipeline['id']}/rotate"
    page = console.submit(console.open(rotate), rotate, grace_seconds="99999999")
    assert page.status == 422
    assert signed(owner, pipeline, pipeline["pipeline_key_secret"]).status == 200


def test_a_challenge_token_to_try_with(console, owner):
    pipeline = owner.a_pipeline(challenge_token_required=True)
    settings = f"/console/pipelines/{pipeline['id']}/settings"
    page = console.submit(console.open(settings), f"/console/pipelines/{pipeline['id']}/token")
    event = {"writeKey": pipeline["pipeline_key"], "event": "x"}
    assert owner.post("/v1/t", event).code == "CHALLENGE_TOKEN_REQUIRED"
    assert owner.post("/v1/t", event | {"challengeToken": copied(page)[0]}).status == 200
