"""The revisions of an integration: the next one, two side by side, and going back."""

import json

import pytest

from ..client import WEBHOOK, path_of_integration

PATH = "/console/integrations"
EVENTS = {"events": {"a": {"vendor_event_name": "b", "mappings": [{"target": "x", "source": "properties.x"}]}, "c": {}}}


@pytest.fixture
def hook(owner):
    return owner.an_integration(name="Hook", mapping=EVENTS, note="The first")


@pytest.fixture
def path(hook):
    return f"{PATH}/{hook['id']}/revisions"


@pytest.fixture
def latest(owner, hook):
    return lambda: owner.get(path_of_integration(hook)).json["revision"]


def revise(browser, path, **fields):
    return browser.submit(browser.open(f"{path}/new"), f"{path}/new", **fields)


def test_the_form_is_filled_in_with_the_latest_but_for_secrets(console, path):
    page = console.open(f"{path}/new")
    assert page.soup.find(id="config-url")["value"] == WEBHOOK["url"]
    assert page.soup.select_one("#config-authentication option[selected]")["value"] == "bearer"
    assert "There is one; it stays unless you type another." in page.text
    assert [each["value"] for each in page.soup.select("input[name=row_event]")][:2] == ["a", "c"]
    assert "secret-1" not in page.html
    assert "***" not in page.html


def test_a_revision_keeps_its_secret_and_pipelines_stay(console, owner, hook, path, latest):
    pipeline = owner.a_pipeline()
    owner.attach(hook, pipeline)
    page = revise(console, path, config__method="PUT", note="By PUT")
    assert (page.path, "The new revision is saved." in page.text) == (path, True)
    made = latest()
    assert (made["number"], made["config"]["method"], made["note"]) == (2, "PUT", "By PUT")
    assert made["config"]["auth_token"] == "***"
    assert made["mapping"]["events"] == EVENTS["events"]
    (difference,) = owner.get(path_of_integration(hook, "/revisions/2/diff")).json["differences"]
    assert difference["path"] == "config.method"
    attached = owner.get(path_of_integration(hook, "/pipelines")).json["pipelines"]
    assert [each["revision"] for each in attached] == [1]


def test_a_secret_is_given_anew_or_removed(console, owner, hook, path, latest):
    revise(console, path, config__auth_token="secret-2")
    (difference,) = owner.get(path_of_integration(hook, "/revisions/2/diff")).json["differences"]
    assert (difference["path"], difference["secret"]) == ("config.auth_token", True)
    revise(console, path, config__authentication="none", forget__auth_token="on")
    assert latest()["config"]["auth_token"] == ""


def test_another_address_needs_the_secret_again(console, path, latest):
    page = revise(console, path, config__url="https://other.example.com/")
    assert page.status == 422
    assert "must be given again, because url changed" in page.soup.find(id="config-auth_token-error").get_text()
    assert latest()["number"] == 1


def test_where_nothing_is_different_nothing_is_made(console, path, latest):
    page = revise(console, path, note="only a note")
    assert "Nothing was different" in page.text
    assert latest()["number"] == 1


def test_the_table_changes_names_and_keeps_the_rules_of_fields(console, path, latest):
    page = revise(
        console,
        path,
        mapping="table",
        row_event=["a", "c", "d", ""],
        row_renamed=["renamed", "", "", ""],
        row_sent=["not_sent", "removed", "sent", "sent"],
        others="drop",
    )
    assert page.status == 200
    assert latest()["mapping"] == {
        "global": {},
        "defaults": {"action": "drop"},
        "events": {
            "a": EVENTS["events"]["a"] | {"vendor_event_name": "renamed", "enabled": False},
            "d": {},
        },
    }


def test_who_was_overtaken_is_told_and_what_was_typed_stays(console, owner, hook, path, latest):
    page = console.open(f"{path}/new")
    owner.post(path_of_integration(hook, "/revisions"), {"requests_per_second": 7})
    page = console.submit(page, f"{path}/new", config__method="PUT", note="mine")
    assert page.status == 412
    assert "Somebody made revision 2 while you typed" in page.text
    assert page.soup.find(id="note")["value"] == "mine"
    console.submit(page, f"{path}/new")
    assert (latest()["number"], latest()["config"]["method"]) == (3, "PUT")


def test_a_form_that_is_sent_twice_makes_one_revision(console, path, latest):
    page = console.open(f"{path}/new")
    for _ in range(2):
        assert console.submit(page, f"{path}/new", config__method="PUT").path == path
    assert latest()["number"] == 2


def test_the_list_tells_who_and_where_it_is_used(console, owner, hook, path):
    owner.attach(hook, owner.a_pipeline())
    revise(console, path, config__method="PUT", note="By PUT")
    page = console.open(path)
    rows = [row.get_text(" ", strip=True) for row in page.soup.select("tbody tr")]
    assert "By PUT" in rows[0]
    assert "nowhere" in rows[0]
    assert "The first" in rows[1]
    assert "1 pipeline" in rows[1]
    assert all("owner@acme.example" in row for row in rows)


def test_two_stand_side_by_side_with_secrets_marked(console, path):
    revise(console, path, config__method="PUT", config__auth_token="secret-2", mapping="json", mapping_json="{}")
    page = console.open(f"{path}-compared?against=1&number=2")
    assert page.path == f"{path}/2/diff"
    rows = {row.code.get_text(): [cell.get_text(" ", strip=True) for cell in row("td")] for row in page.soup("tr")[1:]}
    assert rows["config.method"] == ["config.method changed", "POST", "PUT"]
    assert rows["config.auth_token"] == ["config.auth_token secret given anew", "***", "***"]
    assert rows["mapping.events"][0].endswith("removed")
    assert "secret-" not in page.html
    assert "All of revision 1" in console.open(f"{path}/1/diff").text
    assert "They say the same." in console.open(f"{path}/2/diff?against=2").text


@pytest.mark.parametrize("rest", ["/9", "/0", "/x", "/9/diff", "/1/diff?against=9", "-compared?number=x"])
def test_a_revision_that_is_not_there_is_not_found(console, path, rest):
    assert console.open(f"{path}{rest}").status == 404


def test_going_back_changes_every_attached_pipeline(console, owner, hook, path):
    pipelines = [owner.a_pipeline() for _ in range(2)]
    revise(console, path, config__method="PUT")
    for pipeline in pipelines:
        owner.attach(hook, pipeline)
    (back,) = [link for link in console.open(path).soup.find_all("a") if link.get_text() == "Go back to it"]
    page = console.open(back["href"])
    assert "2 pipelines would be changed to revision 1" in page.text
    page = console.submit(page, f"{PATH}/{hook['id']}/attach")
    assert "attached by that revision" in page.text
    attached = owner.get(path_of_integration(hook, "/pipelines")).json["pipelines"]
    assert [each["revision"] for each in attached] == [1, 1]


def test_a_long_mapping_is_loaded_when_it_is_asked_for(console, owner):
    fields = {"vendor": "google_analytics_4", "preset": "e_commerce", "name": "Analytics"}
    config = {"measurement_id": "G-1A2BCD345E", "api_secret": "x"}
    made = owner.post("/v1/admin/integrations", fields | {"config": config}).json
    path = f"{PATH}/{made['id']}/revisions"
    for rest in ("", "/new", "/1", "/1/diff"):
        assert len(console.open(f"{path}{rest}").html) < 40_000
    page = console.open(f"{path}/new?json=whole")
    assert page.soup.find(id="mapping-json").has_attr("checked")
    mapping = owner.get(path_of_integration(made)).json["revision"]["mapping"]
    assert json.loads(page.soup.find(id="mapping_json").get_text()) == mapping
    assert "params.currency" in console.open(f"{path}/1?json=whole").text
    assert "Nothing was different" not in console.submit(page, f"{path}/new", mapping="json").text
