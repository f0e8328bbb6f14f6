"""The settings of a pipeline at the console: saved in parts, refused beside the field."""

import pytest

from ..client import path_of


@pytest.fixture
def pipeline(owner):
    given = {
        "labels": ["env:test"],
        "domain_allowlist": ["shop.example"],
        "parameters": {"id": "1"},
        "config": {"a": 1},
    }
    return owner.a_pipeline(name="Shop", **given)


def settings(pipeline):
    return f"/console/pipelines/{pipeline['id']}/settings"


SAVED = [
    pytest.param("general", {"name": "Café"}, {"name": "Café"}, id="a name"),
    pytest.param("general", {"labels": "a:b\r\n\r\n c \r\na:b"}, {"labels": ["a:b", "c"]}, id="labels, one a line"),
    pytest.param("general", {"enabled": ""}, {"enabled": False}, id="a box that is not ticked"),
    pytest.param(
        "senders",
        {"domain_allowlist": "BÜCHER.example"},
        {"domain_allowlist": ["xn--bcher-kva.example"]},
        id="a domain",
    ),
    pytest.param("senders", {"domain_allowlist": ""}, {"domain_allowlist": []}, id="no domain"),
    pytest.param("senders", {"challenge_token_required": "on"}, {"challenge_token_required": True}, id="a ticked box"),
    pytest.param("rate", {"rate_limit_rps": "2,500"}, {"rate_limit_rps": 2500}, id="a number as people write it"),
    pytest.param(
        "parameters",
        {"key": ["id", "new", ""], "value": ["2", " v ", ""]},
        {"parameters": {"id": "2", "new": " v "}},
        id="parameters",
    ),
    pytest.param("parameters", {"key": ["", ""], "value": ["", ""]}, {"parameters": {}}, id="no parameters"),
    pytest.param(
        "privacy",
        {"anonymize_ip": "on", "other_config": '{"team": 1}'},
        {"config": {"team": 1, "anonymize_ip": True}},
        id="privacy",
    ),
    pytest.param("privacy", {"other_config": ""}, {"config": {}}, id="no configuration"),
]


@pytest.mark.parametrize(("part", "typed", "stored"), SAVED)
def test_a_part_is_saved_and_nothing_else(console, owner, pipeline, part, typed, stored):
    page = console.submit(console.open(settings(pipeline)), settings(pipeline), part, **typed)
    assert (page.status, page.problems) == (200, [])
    assert "Saved." in page.text
    now = owner.get(path_of(pipeline)).json
    before = pipeline | {"updated_at": now["updated_at"]}
    del before["pipeline_key_secret"]
    assert now == before | stored


def test_a_parameter_of_several_lines_stays_as_it_is(console, owner, pipeline):
    given = {"pem": "-----BEGIN\nabc\r\ndef\n", "plain": "1"}
    owner.put(path_of(pipeline), {"parameters": given})
    page = console.open(settings(pipeline))
    assert page.soup.find("textarea", attrs={"name": "value"}), "a line cannot hold it: browsers take the breaks out"
    as_browsers_send_it = ["-----BEGIN\r\nabc\r\ndef\r\n", "2"]
    console.submit(page, settings(pipeline), "parameters", key=["pem", "plain"], value=as_browsers_send_it)
    assert owner.get(path_of(pipeline)).json["parameters"] == given | {"plain": "2"}
    console.submit(page, settings(pipeline), "parameters", key=["pem"], value=["a\r\nb"], version="3")
    assert owner.get(path_of(pipeline)).json["parameters"] == {"pem": "a\nb"}


def test_identity_keeps_what_the_page_does_not_show(console, owner, pipeline):
    owner.put(path_of(pipeline), {"identity_config": {"vendor_sync": {"ga4": {}}}})
    page = console.open(settings(pipeline))
    console.submit(page, settings(pipeline), "identity", cross_domain_enabled="on", cross_domain_domains="a.example")
    assert owner.get(path_of(pipeline)).json["identity_config"] == {
        "cross_domain_enabled": True,
        "cross_domain_domains": ["a.example"],
        "vendor_sync": {"ga4": {}},
    }


REFUSED = [
    pytest.param("general", {"name": ""}, "must be a string of 1 to 200 characters", id="no name"),
    pytest.param("general", {"labels": "ok\nx\x07"}, "Line 2", id="a label, by its line"),
    pytest.param("general", {"slug": "A b"}, "lower-case letters", id="a slug"),
    pytest.param(
        "senders",
        {"domain_allowlist": "a.example\nhttps://b.example/x"},
        "Line 2 must be a host name",
        id="a domain, by its line",
    ),
    pytest.param("rate", {"rate_limit_rps": "many"}, "a whole number", id="no number"),
    pytest.param("rate", {"rate_limit_rps": "0"}, "from 1 to 1,000,000", id="a number out of range"),
    pytest.param("parameters", {"key": ["a b"], "value": ["x"]}, "a b must be a key", id="a parameter's key"),
    pytest.param("parameters", {"key": ["a", "a"], "value": ["x", "y"]}, "a is there twice", id="a parameter twice"),
    pytest.param("parameters", {"key": [""], "value": ["typed"]}, "must be a key", id="a value without a key"),
    pytest.param("privacy", {"other_config": "{"}, "must be JSON: not valid JSON", id="no JSON"),
    pytest.param("privacy", {"other_config": "[1]"}, "must be a JSON object", id="JSON that is no object"),
    pytest.param("identity", {"cross_domain_domains": "*"}, "Line 1", id="a domain to share with"),
]


@pytest.mark.parametrize(("part", "typed", "told"), REFUSED)
def test_what_is_refused_stands_beside_its_field_and_nothing_typed_is_lost(console, owner, pipeline, part, typed, told):
    page = console.submit(console.open(settings(pipeline)), settings(pipeline), part, **typed)
    assert page.status == 422
    assert any(told in problem for problem in page.problems), page.problems
    for name, value in typed.items():
        for each in value if isinstance(value, list) else [value]:
            shown = [field.get("value") or field.get_text() for field in page.soup.find_all(attrs={"name": name})]
            assert any((text or "").removeprefix("\n") == each for text in shown), (each, shown)
    assert owner.get(path_of(pipeline)).headers["ETag"] == '"1"'


def test_a_part_that_does_not_exist_is_told(console, pipeline):
    page = console.open(settings(pipeline))
    csrf = page.soup.find("input", attrs={"name": "csrf"})["value"]
    assert console.post(settings(pipeline), {"csrf": csrf, "form": "nonsense"}).status == 422


def test_saving_what_is_already_so_changes_nothing(console, owner, pipeline):
    page = console.submit(console.open(settings(pipeline)), settings(pipeline), "general")
    assert "Nothing was different" in page.text
    assert owner.get(path_of(pipeline)).headers["ETag"] == '"1"'


def test_a_change_that_came_between_is_told_and_what_was_typed_stays(console, owner, pipeline):
    page = console.open(settings(pipeline))
    owner.put(path_of(pipeline), {"name": "Theirs"})
    page = console.submit(page, settings(pipeline), "general", name="Mine")
    assert page.status == 412
    assert "Somebody has changed this pipeline" in page.problems[0]
    assert page.soup.find(id="name")["value"] == "Mine"
    assert owner.get(path_of(pipeline)).json["name"] == "Theirs"
    console.submit(page, settings(pipeline), "general")
    assert owner.get(path_of(pipeline)).json["name"] == "Mine"


def test_a_part_that_is_sent_twice_is_saved_once_and_no_conflict(console, owner, pipeline):
    page = console.open(settings(pipeline))
    first, second = (console.submit(page, settings(pipeline), "rate", rate_limit_rps="77") for _ in range(2))
    assert (first.status, second.status) == (200, 200)
    assert "Nothing was different" in second.text
    assert len(owner.get(path_of(pipeline, "/revisions")).json["revisions"]) == 2


def test_a_taken_slug_is_told(console, owner, pipeline):
    owner.a_pipeline(slug="taken")
    page = console.submit(console.open(settings(pipeline)), settings(pipeline), "general", slug="taken")
    assert (page.status, page.problems[-1]) == (409, "Another pipeline of your organisation has this slug.")


@pytest.mark.parametrize(
    ("origin", "said"),
    [
        ("https://shop.example", "Yes. shop.example matches the entry shop.example."),
        ("www.shop.example", "No. www.shop.example matches none of the 1 entries."),
        ("null", "No."),
    ],
)
def test_an_address_is_tried_against_the_allowlist(console, pipeline, origin, said):
    page = console.open(f"{settings(pipeline)}?origin={origin}")
    assert said in page.text


def test_parameters_say_who_uses_them_and_which_are_missing(console, owner, pipeline):
    config = {"url": "https://hooks.example.com/{{pipeline_param.id}}/{{pipeline_param.missing}}"}
    integration = owner.an_integration(name="Hook", config=config)
    owner.attach(integration, pipeline)
    page = console.open(settings(pipeline))
    assert f"/console/integrations/{integration['id']}" in page.links()
    assert "Missing, so that integrations cannot deliver: missing (for Hook )" in page.text.replace("Hook)", "Hook )")


def test_a_viewer_sees_the_settings_and_cannot_save_them(console_as, owner, pipeline):
    viewer = console_as("viewer")
    page = viewer.open(settings(pipeline))
    assert "To change them takes the role editor or above; yours is viewer" in page.text
    assert page.soup.select("form[method=post] button") == []
    assert not [field for field in page.soup.select("form[method=post] fieldset") if not field.has_attr("disabled")]
    assert viewer.submit(page, settings(pipeline), "general", name="X").status == 403
    assert owner.get(path_of(pipeline)).json["name"] == "Shop"


def test_an_editor_may_not_rotate_or_delete(console_as, pipeline):
    editor = console_as("editor")
    page = editor.open(settings(pipeline))
    assert page.soup.find(id="delete") is None
    csrf = page.soup.find("input", attrs={"name": "csrf"})["value"]
    for action in ("rotate", "delete", "restore"):
        path = f"/console/pipelines/{pipeline['id']}/{action}"
        assert editor.post(path, {"csrf": csrf, "confirm": "Shop"}).status == 403


@pytest.mark.parametrize("screen", ["", "/settings", "/collector", "/events", "/rotate", "/try", "/traffic"])
def test_another_organisations_pipeline_is_as_if_it_were_not_there(console, foreign_console, pipeline, screen):
    there = foreign_console.open(f"/console/pipelines/{pipeline['id']}{screen}")
    nowhere = foreign_console.open(f"/console/pipelines/pip_{'0' * 20}{screen}")
    assert (there.status, nowhere.status) == (404, 404)
    assert there.problems == nowhere.problems
    assert pipeline["name"] not in there.html


def test_deleting_takes_the_name_and_can_be_undone(console, owner, pipeline):
    page = console.open(settings(pipeline))
    delete = f"/console/pipelines/{pipeline['id']}/delete"
    page = console.submit(page, delete, confirm="shop")
    assert page.problems == ["This must be the name of the pipeline, Shop."]
    assert owner.get(path_of(pipeline)).status == 200
    page = console.submit(page, delete, confirm=" Shop ")
    assert owner.get(path_of(pipeline)).status == 404
    assert "The pipeline is deleted" in page.text
    page = console.submit(page, f"/console/pipelines/{pipeline['id']}/restore")
    assert owner.get(path_of(pipeline)).status == 200
    assert "Restored." in page.text
    assert "The pipeline is deleted" not in console.open(f"/console/pipelines?deleted={pipeline['id']}").text


@pytest.mark.parametrize("deleted", ["x", "{id}", "{id}/history/1", "../people/x", "usr_0"])
def test_taking_a_deletion_back_is_offered_of_nothing_else(console, pipeline, deleted):
    page = console.open(f"/console/pipelines?deleted={deleted.format(**pipeline)}")
    assert "deleted" not in page.text
    assert not page.soup.find_all("form", method="post")


@pytest.mark.parametrize(
    ("form", "fields"),
    [
        ("settings", {"form": "rate", "rate_limit_rps": "9" * 5000}),
        ("settings", {"form": "rate", "rate_limit_rps": "5", "version": "9" * 5000}),
        ("rotate", {"grace_seconds": "9" * 5000}),
        ("history/1/restore", {"version": "9" * 5000}),
        ("collector", {"batch_size": "9" * 5000}),
    ],
)
def test_a_number_of_any_length_is_refused_as_one(console, pipeline, form, fields):
    path = f"/console/pipelines/{pipeline['id']}/{form}"
    assert console.post(path, {"csrf": console.token} | fields).status in (200, 412, 422)
