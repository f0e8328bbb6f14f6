"""The history of a pipeline, undo, and the audit trail at the console."""

import pytest

from chalicelib.pipelines.table import PipelineRevision

from ..client import path_of
from .test_events import EVIL, no_markup_of

LARGEST_HTML = 40_000  # bytes: what is left of 60 kB for a page beside its style sheet and script


@pytest.fixture
def pipeline(owner, time):
    """A pipeline that was changed twice."""
    pipeline = owner.a_pipeline(name="Shop", labels=["env:test"], parameters={"api_secret": "one"})
    time.pass_(minutes=1)
    owner.put(path_of(pipeline), {"labels": ["env:live", "new"], "rate_limit_rps": 5})
    time.pass_(minutes=1)
    owner.put(path_of(pipeline), {"enabled": False, "parameters": {"api_secret": "two"}})
    return pipeline


def history(pipeline, rest=""):
    return f"/console/pipelines/{pipeline['id']}/history{rest}"


def lines(page):
    return [" ".join(line.get_text(" ").split()) for line in page.soup.select("ol.list > li")]


def test_who_changed_what_is_told_in_words(console, pipeline):
    told = lines(console.open(history(pipeline)))
    assert [line.partition(" Version")[0] for line in told] == [
        "owner@acme.example changed the settings parameters: api_secret, accepting events",
        "owner@acme.example changed the settings labels, rate limit",
        "owner@acme.example created the pipeline",
    ]


def test_a_version_shows_what_became_different_and_no_secret(console, owner, pipeline):
    page = console.open(history(pipeline, "/2"))
    rows = [[cell.get_text(" ", strip=True) for cell in row.select("th, td")] for row in page.soup.select("tbody tr")]
    assert rows == [["labels", "env:test", "env:live"], ["labels", "nothing", "new"], ["rate limit", "1000", "5"]]
    assert '"rate_limit_rps": 5' in page.text
    page = console.open(history(pipeline, "/3"))
    assert "parameters: api_secret *** given anew" in page.text
    owner.put(path_of(pipeline), {"parameters": {}})
    assert "parameters: api_secret *** nothing" in console.open(history(pipeline, "/4")).text
    owner.put(path_of(pipeline), {"parameters": {"api_secret": "three"}})
    assert "parameters: api_secret nothing ***" in console.open(history(pipeline, "/5")).text


def test_the_last_change_is_undone_and_that_too(console, owner, pipeline):
    def undo():
        page = console.open(history(pipeline))
        return console.submit(page, page.soup.find("form")["action"])

    assert "Restored." in undo().text
    now = owner.get(path_of(pipeline)).json
    assert (now["enabled"], now["parameters"], now["labels"]) == (True, {"api_secret": "one"}, ["env:live", "new"])
    undo()
    assert owner.get(path_of(pipeline)).json["enabled"] is False
    assert lines(console.open(history(pipeline)))[0].startswith("owner@acme.example set the settings back to version 3")


def test_setting_back_to_what_is_so_already_says_so(console, owner, pipeline):
    page = console.open(history(pipeline, "/1"))
    console.submit(page, history(pipeline, "/1/restore"))
    page = console.open(history(pipeline, "/1"))
    assert "Nothing was different" in console.submit(page, history(pipeline, "/1/restore")).text
    assert owner.get(path_of(pipeline, "/revisions")).json["revisions"][0]["number"] == 4


def test_what_has_no_version_before_it_is_not_undone(console, pipeline):
    PipelineRevision(pipeline["id"], 2).delete()  # as of a pipeline from before there were revisions
    assert not console.open(history(pipeline)).soup.find("form")


def test_everything_is_set_back_to_an_earlier_version(console, owner, pipeline):
    page = console.open(history(pipeline, "/1"))
    console.submit(page, history(pipeline, "/1/restore"))
    now = owner.get(path_of(pipeline)).json
    assert (now["enabled"], now["labels"], now["rate_limit_rps"]) == (True, ["env:test"], 1000)


def test_a_change_that_came_between_is_not_undone_unseen(console, owner, pipeline):
    page = console.open(history(pipeline, "/1"))
    owner.put(path_of(pipeline), {"name": "Theirs"})
    page = console.submit(page, history(pipeline, "/1/restore"))
    assert page.status == 412
    assert page.problems == ["Somebody has changed this pipeline since you opened the page. Look at the history first."]
    assert owner.get(path_of(pipeline)).json["name"] == "Theirs"


def test_an_undo_that_is_sent_twice_is_no_conflict(console, owner, pipeline):
    page = console.open(history(pipeline))
    first, second = (console.submit(page, history(pipeline, "/2/restore")) for _ in range(2))
    assert ("Restored." in first.text, "Nothing was different" in second.text) == (True, True)
    assert owner.get(path_of(pipeline, "/revisions")).json["revisions"][0]["number"] == 4


def test_a_rotation_is_told_and_cannot_be_undone(console, owner, pipeline):
    owner.post(path_of(pipeline, "/rotate-secret"))
    page = console.open(history(pipeline))
    assert lines(page)[0].startswith("owner@acme.example rotated the secret")
    assert not page.soup.find("form")


@pytest.mark.parametrize("number", ["0", "9", "x", "99999999999999", "-1"])
def test_a_version_that_is_none_is_not_found(console, pipeline, number):
    assert console.open(history(pipeline, f"/{number}")).status == 404


def test_a_viewer_reads_the_history_and_undoes_nothing(console_as, foreign_console, pipeline):
    viewer = console_as("viewer")
    assert len(lines(viewer.open(history(pipeline)))) == 3
    assert not viewer.open(history(pipeline)).soup.find("form")
    assert not viewer.open(history(pipeline, "/1")).soup.find("form")
    for path in (history(pipeline), history(pipeline, "/1")):
        assert foreign_console.open(path).status == 404


def test_the_audit_trail_is_read_by_admins(console, console_as, pipeline, owner):
    told = lines(console.open("/console/audit"))
    assert any(line.startswith("owner@acme.example changed the settings Shop") for line in told)
    assert any(line.startswith("owner@acme.example signed in") for line in told)
    assert "two" not in console.open("/console/audit?action=pipeline.updated").text
    for role in ("viewer", "editor"):
        assert console_as(role).open("/console/audit").status == 403


@pytest.mark.parametrize(
    ("query", "deeds"),
    [
        ("action=pipeline.created", ["created the pipeline Shop"]),
        (
            "action=pipeline.&user_id=&from=&to=&resource_id=",
            ["changed the settings Shop", "changed the settings Shop", "created the pipeline Shop"],
        ),
        ("from=2026-02-25T11:00", []),
        ("to=2026-02-25T09:00", []),
    ],
)
def test_the_audit_trail_is_filtered(console, pipeline, query, deeds):
    told = lines(console.open(f"/console/audit?{query}"))
    assert [line.removeprefix("owner@acme.example ").partition(" 25 Feb")[0] for line in told] == deeds


@pytest.mark.parametrize("query", ["action=x", "resource_id=x", "user_id=x", "from=yesterday", "cursor=x"])
def test_nonsense_is_told(console, query):
    page = console.open(f"/console/audit?{query}")
    assert page.status == 422
    assert page.problems[0].startswith(f"{query.partition('=')[0]} must be "), page.problems


def test_a_deleted_pipeline_comes_back_from_the_audit_trail(console, owner, pipeline):
    owner.delete(path_of(pipeline))
    page = console.open("/console/audit?action=pipeline.deleted")
    console.submit(page, f"/console/pipelines/{pipeline['id']}/restore")
    assert owner.get(path_of(pipeline)).status == 200
    page = console.submit(page, f"/console/pipelines/{pipeline['id']}/restore")
    assert (page.status, page.path) == (200, f"/console/pipelines/{pipeline['id']}")
    assert "Nothing was different" in page.text


def test_the_audit_trail_goes_on_where_there_is_more(console, owner):
    for number in range(30):
        owner.a_pipeline(name=f"P{number}")
    page = console.open("/console/audit?action=pipeline.created")
    counts = [len(lines(page))]
    while older := page.soup.find("a", rel="next"):
        page = console.open(older["href"])
        counts.append(len(lines(page)))
    assert counts == [12, 12, 6]


@pytest.mark.parametrize("text", EVIL)
def test_whatever_was_changed_stays_text(console, owner, text):
    pipeline = owner.a_pipeline(name=text)
    owner.put(path_of(pipeline), {"labels": [text], "config": {text: text}, "parameters": {"k": text}})
    owner.request("PUT", path_of(pipeline), {"name": f"{text} "}, User_Agent=text)
    for path in (history(pipeline), history(pipeline, "/2"), "/console/audit"):
        page = console.open(path)
        assert page.status == 200
        assert no_markup_of(page, text)


def test_the_audit_trail_stays_small_whatever_was_changed(console, owner, pipeline):
    for number in range(20):
        given = {f"parameter_{name}": f"{number} " * 200 for name in range(100)}
        owner.put(path_of(pipeline), {"parameters": given})
    page = console.open("/console/audit")
    assert len(page.html) < LARGEST_HTML
    assert "18 fields more: see the history of the pipeline" in page.text
