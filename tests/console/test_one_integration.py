"""One integration: its overview, name and state, and deleting it."""

import pytest

from ..client import path_of_integration

PATH = "/console/integrations"
EVIL = "\"><img src=x onerror=alert(1)><script>alert(1)</script>{{7*7}}'"
GA4 = {
    "vendor": "google_analytics_4",
    "config": {"measurement_id": "{{pipeline_param.ga}}", "api_secret": "s3cret-of-google"},
    "mapping": {},
}
SCREENS = ["", "/revisions", "/revisions/1", "/revisions/1/diff", "/revisions/new", "/test", "/pipelines", "/attach"]
FORMS = ["", "/state", "/delete", "/restore", "/revisions/new", "/test", "/test/send", "/attach", "/detach"]
LETTERS = ["/dead-letters", "/dead-letters/dl_x"], ["/dead-letters/check", "/dead-letters/replay"]


@pytest.fixture
def one(owner):
    """An integration, as the API answered."""
    return owner.an_integration(name="Analytics", description="For shops", **GA4)


@pytest.fixture
def path(one):
    return f"{PATH}/{one['id']}"


def test_the_overview_tells_what_it_does_and_leads_on(console, path):
    page = console.open(path)
    assert "{{pipeline_param.ga}}" in page.text
    assert "kept encrypted" in page.text
    assert "Every event is sent under its own name" in page.text
    assert {f"{path}/test", f"{path}/attach"} <= set(page.links())
    assert "s3cret" not in page.html


def test_pipelines_that_lack_parameters_are_told_and_revisions_are_counted(console, owner, one, path):
    for name, parameters in (("Ready", {"ga": "G-1A2BCD345E"}), ("Lacking", {})):
        owner.attach(one, owner.a_pipeline(name=name, parameters=parameters))
    owner.post(path_of_integration(one, "/revisions"), {"requests_per_second": 5})
    page = console.open(path)
    attention = page.soup.find(attrs={"aria-labelledby": "attention-title"}).get_text(" ", strip=True)
    assert "Lacking" in attention
    assert "the parameter ga" in attention
    assert "Ready" not in attention
    assert "Attached to 2 pipelines" in page.text
    assert "revision 1 2 pipelines" in page.text
    assert f"{path}/attach?which=attached" in page.links()


def test_it_is_renamed(console, owner, one, path):
    page = console.submit(console.open(path), path, form="about", name="Analytics of all", description="")
    assert "Saved." in page.text
    assert owner.get(path_of_integration(one)).json["name"] == "Analytics of all"


@pytest.mark.parametrize(
    ("name", "status", "problem"),
    [("Taken", 409, "Another integration of your organisation has this name."), (" ", 422, "1 to 200")],
)
def test_a_refused_name_is_told_beside_it_and_stays(console, owner, one, path, name, status, problem):
    owner.an_integration(name="Taken")
    page = console.submit(console.open(path), path, form="about", name=name)
    assert page.status == status
    assert problem in page.soup.find(id="name-error").get_text()
    assert page.soup.find(id="name")["value"] == name
    assert owner.get(path_of_integration(one)).json["name"] == "Analytics"


def test_it_is_switched_off_and_on(console, owner, one, path):
    page = console.submit(console.open(path), f"{path}/state", form="state")
    assert "nothing is sent any more" in page.text
    assert owner.get(path_of_integration(one)).json["enabled"] is False
    page = console.submit(page, f"{path}/state", form="state")
    assert "It is switched on." in page.text
    assert owner.get(path_of_integration(one)).json["enabled"] is True


def test_deleting_needs_its_name(console, owner, one, path):
    page = console.submit(console.open(path), f"{path}/delete", form="delete", confirm="Webhook")
    assert page.problems == ["This must be Analytics; nothing was changed."]
    assert owner.get(path_of_integration(one)).status == 200


def test_what_was_deleted_is_restored_from_where_one_is(console, owner, one, path):
    page = console.submit(console.open(path), f"{path}/delete", form="delete", confirm="Analytics")
    assert (page.path, "Deleted." in page.text) == (PATH, True)
    assert console.open(path).status == 404
    page = console.submit(page, f"{path}/restore")
    assert (page.path, "Restored." in page.text) == (path, True)
    assert owner.get(path_of_integration(one)).status == 200


def test_an_editor_changes_it_and_does_not_delete_it(console_as, owner, one, path):
    editor = console_as("editor")
    page = editor.open(path)
    assert page.form(path)
    assert not page.soup.select(f"form[action='{path}/delete']")
    for rest in ("/delete", "/restore"):
        assert editor.post(f"{path}{rest}", {"csrf": editor.token, "confirm": "Analytics"}).status == 403
    assert owner.get(path_of_integration(one)).status == 200


def test_a_viewer_looks_and_changes_nothing(console_as, owner, one, path):
    viewer, pipeline = console_as("viewer"), owner.a_pipeline()
    owner.attach(one, pipeline)
    pages = [
        *(f"{path}{rest}" for rest in ("", "/revisions", "/revisions/1", "/pipelines", "/dead-letters", "/test")),
        f"/console/pipelines/{pipeline['id']}/integrations",
    ]
    for each in pages:
        page = viewer.open(each)
        assert page.status == 200
        actions = {form["action"] for form in page.soup.find_all("form", method="post")}
        assert actions <= {f"{path}/test"}
        assert not [link for link in page.links() if link.endswith(("/new", "/attach")) or "/attach?" in link]
    assert not viewer.open(f"{path}/test").soup.find(formaction=True)
    assert {viewer.open(f"{path}{rest}").status for rest in ("/revisions/new", "/attach")} == {403}
    fields = {"csrf": viewer.token, "name": "x", "enabled": "false", "confirm": "Analytics", "which": "attached"}
    before = owner.get(path_of_integration(one)).json
    for rest in (*(each for each in FORMS if each != "/test"), *LETTERS[1]):
        assert viewer.post(f"{path}{rest}", fields).status == 403
    assert viewer.post(pages[-1] + f"/{one['id']}", fields | {"action": "detach"}).status == 403
    assert owner.get(path_of_integration(one)).json == before


def test_of_another_organisations_everything_is_not_found(foreign_console, owner, one, path):
    unknown = f"{PATH}/int_00000000000000000000"
    for rest in (*SCREENS, *LETTERS[0]):
        foreign, none = foreign_console.open(f"{path}{rest}"), foreign_console.open(f"{unknown}{rest}")
        assert (foreign.status, foreign.title, foreign.soup.h1) == (404, none.title, none.soup.h1)
    fields = {"csrf": foreign_console.token, "name": "x", "confirm": "Analytics", "which": "attached", "event": "{}"}
    before = owner.get(path_of_integration(one)).json
    for rest in (*FORMS, *LETTERS[1]):
        assert foreign_console.post(f"{path}{rest}", fields).status == 404
    assert owner.get(path_of_integration(one)).json == before


def test_texts_stay_texts(console, owner):
    config = {"url": "https://hooks.example.com/", "payload_template": EVIL, "headers": {"X-Evil": EVIL}}
    mapping = {"events": {EVIL: {"vendor_event_name": EVIL}}}
    made = owner.an_integration(name=EVIL, description=EVIL, note=EVIL, config=config, mapping=mapping)
    owner.post(path_of_integration(made, "/revisions"), {"mapping": {}, "note": EVIL})
    owner.attach(made, owner.a_pipeline(name=EVIL, labels=[EVIL]))
    for rest in (*SCREENS, "/revisions/2/diff", "/dead-letters", "/attach?which=attached"):
        page = console.open(f"{PATH}/{made['id']}{rest}")
        assert page.status == 200
        assert page.soup.h1.get_text() == EVIL
        assert not page.soup.select("main img, main script")
        assert "49" not in page.soup.h1.get_text()
