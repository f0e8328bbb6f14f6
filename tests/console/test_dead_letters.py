"""Events that could not be delivered, at the console."""

import pytest

from chalicelib.settings import settings

from ..delivery.stub_vendor import Reply
from ..delivery.world import a_world

EVIL = "\"><img src=x onerror=alert(1)><script>alert(1)</script>{{7*7}}'"


@pytest.fixture
def world(owner, time, monkeypatch):
    """A pipeline, a stub vendor that refused three events an hour apart, and the queue between them."""
    monkeypatch.setenv("ACCESS_TOKEN_TTL", str(60 * 24 * 3600))
    monkeypatch.setenv("DELIVER_TO_PRIVATE_ADDRESSES", "yes")
    settings.cache_clear()
    owner.token = owner.signed_in("owner@acme.example").token
    with a_world(owner, time, monkeypatch) as made:
        made.integration = made.attach()
        for name, status in (("a", 400), (EVIL, 404), ("c", 400)):
            made.vendor.answer(Reply(status, {}, EVIL.encode()))
            made.accept(name)
            made.deliver_all()
            time.pass_(hours=1)
        yield made
    settings.cache_clear()


@pytest.fixture
def path(world):
    return f"/console/integrations/{world.integration}/dead-letters"


def names(page):
    return [link.get_text() for link in page.soup.select("td a.name")]


@pytest.fixture
def left(world):
    """The names of those that are still there, as the API tells."""

    def left():
        reply = world.owner.get(f"/v1/admin/integrations/{world.integration}/dead-letters")
        return [letter["event"] for letter in reply.json["dead_letters"]]

    return left


def test_where_everything_arrived_it_says_so(console, owner):
    page = console.open(f"/console/integrations/{owner.an_integration()['id']}/dead-letters")
    assert "Everything arrived" in page.text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["c", EVIL, "a"]),
        ("?text=404&code=&event=&pipeline_id=&from=&to=", [EVIL]),
        ("?code=NO_ANSWER", []),
        ("?event=a", ["a"]),
        ("?from=2026-02-25T10:30", ["c", EVIL]),
        ("?to=2026-02-25T11:30", [EVIL, "a"]),
        ("?pipeline_id=pip_x", []),
    ],
)
def test_they_are_found(console, path, query, found):
    page = console.open(f"{path}{query}")
    assert names(page) == found
    assert not page.soup.select("main img, main script")


def test_older_ones_are_on_the_next_page(console, path):
    page = console.open(f"{path}?limit=2")
    (older,) = [link for link in page.soup.find_all("a") if link.get_text() == "Older"]
    assert names(page) == ["c", EVIL]
    assert names(console.open(older["href"])) == ["a"]


@pytest.mark.parametrize(("query", "id_"), [("from=yesterday", "from-error"), ("cursor=x", None), ("limit=0", None)])
def test_a_wrong_filter_is_told(console, path, query, id_):
    page = console.open(f"{path}?{query}")
    assert page.problems
    assert id_ is None or page.soup.find(id=id_)


def test_one_is_shown_in_full_with_what_would_be_sent(console, path):
    page = console.open(path)
    page = console.open(page.soup.select("td a.name")[1]["href"])
    assert "HTTP 404" in page.text
    assert "This would be sent" in page.text
    assert EVIL in page.soup.get_text()
    assert not page.soup.select("main img, main script")


def test_selected_ones_are_sent_again_after_they_were_counted(console, world, path, left):
    page = console.open(path)
    ids = [box["value"] for box in page.soup.select("input[name=id]")][:2]
    check = console.submit(page, f"{path}/check", id=ids, what="selected")
    assert "2 events would be sent to Webhook again" in check.text
    assert len(left()) == 3
    page = console.submit(check, f"{path}/replay")
    assert "The replay has begun" in page.text
    assert "2 events are on the way" in page.text
    assert page.text.count("on its way again") == 2
    world.deliver_all()
    assert left() == ["a"]


def test_one_is_sent_again_from_its_page(console, world, path, left):
    page = console.open(console.open(path).soup.select("td a.name")[0]["href"])
    page = console.submit(console.submit(page, f"{path}/check"), f"{path}/replay")
    assert "1 event is on the way" in page.text
    world.deliver_all()
    assert left() == [EVIL, "a"]


def test_all_that_match_are_sent_again_at_a_rate(console, world, path, left):
    page = console.open(f"{path}?text=400&to=2026-02-25T23:00")
    check = console.submit(page, f"{path}/check", what="all")
    assert "2 events would be sent" in check.text
    page = console.submit(check, f"{path}/replay", rate="1")
    assert "2 events are on the way" in page.text
    world.deliver_all()
    assert left() == [EVIL]


@pytest.mark.parametrize("rate", ["0", "201", "", "fast"])
def test_a_wrong_rate_is_told_and_nothing_is_sent(console, path, left, rate):
    check = console.submit(console.open(path), f"{path}/check", what="all")
    page = console.submit(check, f"{path}/replay", rate=rate)
    assert page.status == 422
    assert "1 to 200" in page.soup.find(id="rate-error").get_text()
    assert page.soup.find(id="rate")["value"] == rate
    assert "replaying" not in page.text
    assert len(left()) == 3


def test_none_selected_is_told(console, path):
    page = console.submit(console.open(path), f"{path}/check", what="selected")
    assert page.problems == ["No dead letter is selected. Tick those that you want to send again."]


def test_what_is_on_its_way_is_not_sent_twice(console, world, path):
    check = console.submit(console.open(path), f"{path}/check", what="all")
    ids = [box["value"] for box in console.open(path).soup.select("input[name=id]")]
    selected = console.submit(console.open(path), f"{path}/check", id=ids, what="selected")
    console.submit(selected, f"{path}/replay")
    page = console.submit(check, f"{path}/replay")
    assert "Nothing was different" in page.text
    world.deliver_all()
    assert len(world.vendor.requests) == 3 + 3


def test_a_viewer_looks_and_sends_nothing(console_as, world, path):
    viewer = console_as("viewer")
    page = viewer.open(path)
    assert len(names(page)) == 3
    assert not page.soup.select("main button[name=what], input[type=checkbox]")
    csrf = viewer.token
    for rest in ("check", "replay"):
        assert viewer.post(f"{path}/{rest}", {"csrf": csrf, "what": "all", "rate": "5"}).status == 403
    assert not viewer.open(page.soup.select("td a.name")[0]["href"]).soup.find_all("form")


def test_one_of_another_integration_is_not_found(console, owner, path):
    other = owner.an_integration()
    letter = console.open(path).soup.select("td a.name")[0]["href"].rpartition("/")[2]
    assert console.open(f"/console/integrations/{other['id']}/dead-letters/{letter}").status == 404
