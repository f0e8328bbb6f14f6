"""Where an integration is attached, and what a pipeline's events go to."""

import pytest

from ..client import path_of, path_of_integration

PATH = "/console/integrations"
GA4 = {
    "vendor": "google_analytics_4",
    "config": {"measurement_id": "{{pipeline_param.ga}}", "api_secret": "s3cret-of-google"},
    "mapping": {},
}
READY = {"parameters": {"ga": "G-1A2BCD345E"}}


@pytest.fixture
def one(owner):
    return owner.an_integration(name="Analytics", **GA4)


@pytest.fixture
def path(one):
    return f"{PATH}/{one['id']}"


@pytest.fixture
def attached(owner, one):
    """The revision and state of what is attached, by the pipeline's name."""

    def attached():
        listed = owner.get(path_of_integration(one, "/pipelines")).json["pipelines"]
        return {each["name"]: (each["revision"], each["state"]) for each in listed}

    return attached


@pytest.fixture
def shops(owner):
    """Two pipelines of one label, of which one lacks a parameter."""
    labels = {"labels": ["env:live"]}
    return [owner.a_pipeline(name="Ready", **labels, **READY), owner.a_pipeline(name="Lacking", **labels)]


def test_a_label_is_checked_first_and_checking_changes_nothing(console, path, attached, shops):
    page = console.open(f"{path}/attach?which=label:env:live")
    assert "2 pipelines would be attached by revision 1" in page.text
    assert "1 pipeline could not send" in page.text
    assert "parameter ga is missing" in page.text
    assert f"/console/pipelines/{shops[1]['id']}/settings" in page.links()
    assert attached() == {}


def test_who_could_not_send_is_left_unless_allowed(console, path, attached, shops):
    page = console.open(f"{path}/attach?which=label:env:live")
    after = console.submit(page, f"{path}/attach")
    assert after.path == f"{path}/pipelines"
    assert "1 pipeline could not send and was left as before" in after.text
    assert attached() == {"Ready": (1, "ready")}
    after = console.submit(page, f"{path}/attach", allow_missing="on")
    assert "could not send and" not in after.text
    assert attached() == {"Ready": (1, "ready"), "Lacking": (1, "missing_parameters")}


def test_one_pipeline_is_attached_and_shows_it(console, path, attached, shops):
    page = console.open(f"{path}/attach?which=pipeline:{shops[0]['id']}")
    assert "It has everything that is needed to send." in page.text
    page = console.submit(page, f"{path}/attach")
    assert page.path == f"/console/pipelines/{shops[0]['id']}/integrations"
    assert "Analytics" in page.text
    assert attached() == {"Ready": (1, "ready")}


def test_those_attached_are_upgraded_and_what_is_paused_stays_so(console, owner, one, path, attached, shops):
    for shop in shops:
        owner.attach(one, shop)
    owner.put(path_of(shops[0], f"/integrations/{one['id']}"), {"enabled": False})
    owner.post(path_of_integration(one, "/revisions"), {"requests_per_second": 5})
    page = console.open(f"{path}/attach?which=attached")
    assert "2 pipelines would be changed to revision 2" in page.text
    console.submit(page, f"{path}/attach", allow_missing="on")
    assert attached() == {"Ready": (2, "disabled"), "Lacking": (2, "missing_parameters")}
    assert "has revision 2 already" in console.open(f"{path}/attach?which=attached").text


@pytest.mark.parametrize(
    "which", ["", "nonsense", "pipeline:", "pipeline:x", "pipeline:../../x", "label:", "label:nobody", "attached"]
)
def test_a_choice_of_nothing_attaches_nothing(console, owner, path, attached, which):
    owner.a_pipeline()
    assert console.open(f"{path}/attach?which={which}").status == 200
    assert console.post(f"{path}/attach", {"csrf": console.token, "which": which}).status in (200, 422)
    assert attached() == {}


def test_another_organisations_pipeline_is_not_attached(console, stranger, path, attached):
    foreign = stranger.a_pipeline(name="Foreign", **READY)
    page = console.open(f"{path}/attach?which=pipeline:{foreign['id']}")
    assert "There is no such pipeline." in page.text
    assert "Foreign" not in page.html
    csrf = console.token
    console.post(f"{path}/attach", {"csrf": csrf, "which": f"pipeline:{foreign['id']}", "allow_missing": "on"})
    assert attached() == {}


def test_it_is_detached_from_one(console, owner, one, path, attached, shops):
    for shop in shops:
        owner.attach(one, shop)
    page = console.open(f"{path}/pipelines")
    assert "parameters missing" in page.text
    page = console.submit(page, f"{path}/detach", pipeline_id=shops[1]["id"])
    assert "Detached." in page.text
    assert list(attached()) == ["Ready"]
    page = console.submit(page, f"{path}/detach", pipeline_id=shops[1]["id"])
    assert (page.status, page.problems) == (404, ["The integration is not attached to this pipeline."])


def test_many_are_shown_in_pages(console, owner, one, path, time):
    for number in range(3):
        owner.attach(one, owner.a_pipeline(name=f"Shop {number}"))
        time.pass_(seconds=1)
    page = console.open(f"{path}/pipelines?limit=2")
    assert [link.get_text() for link in page.soup.select("td a.name")] == ["Shop 0", "Shop 1"]
    (more,) = [link for link in page.soup.find_all("a") if link.get_text() == "Next"]
    assert "offset=2" in more["href"]


def test_a_pipeline_without_integrations_leads_to_the_library(console, owner):
    page = console.open(f"/console/pipelines/{owner.a_pipeline()['id']}/integrations")
    assert "Its events go nowhere yet" in page.text
    assert f"{PATH}/library" in page.links()


def test_a_pipeline_tells_what_is_attached_and_what_is_missing(console, owner, one, shops):
    owner.attach(one, shops[1])
    owner.post(path_of_integration(one, "/revisions"), {"requests_per_second": 5})
    page = console.open(f"/console/pipelines/{shops[1]['id']}/integrations")
    assert "Nothing is sent before the pipeline has the parameter ga" in page.text
    assert f"/console/pipelines/{shops[1]['id']}/settings" in page.links()
    assert f"{PATH}/{one['id']}/attach?which=pipeline:{shops[1]['id']}" in page.links()
    assert "upgrade to 2" in page.text


def test_a_pipeline_attaches_another_after_a_check(console, owner, one, path, attached, shops):
    page = console.open(f"/console/pipelines/{shops[0]['id']}/integrations")
    page = console.open(f"/console/pipelines/{shops[0]['id']}/integrations/attach?integration_id={one['id']}")
    assert page.path == f"{path}/attach"
    console.submit(page, f"{path}/attach")
    assert attached() == {"Ready": (1, "ready")}


def test_a_pipeline_pauses_resumes_and_detaches(console, owner, one, attached, shops):
    owner.attach(one, shops[0])
    owner.post(path_of_integration(one, "/revisions"), {"requests_per_second": 5})
    screen = f"/console/pipelines/{shops[0]['id']}/integrations"
    page = console.submit(console.open(screen), f"{screen}/{one['id']}")
    assert "Paused" in page.text
    assert attached() == {"Ready": (1, "disabled")}
    page = console.submit(page, f"{screen}/{one['id']}")
    assert "Resumed." in page.text
    assert attached() == {"Ready": (1, "ready")}
    page = console.submit(page, f"{screen}/{one['id']}", form="detach")
    assert "Detached." in page.text
    assert attached() == {}


def test_what_was_deleted_is_restored_or_detached_from_a_pipeline(console, owner, one, path, attached, shops):
    owner.attach(one, shops[0])
    owner.delete(path_of_integration(one))
    page = console.open(f"/console/pipelines/{shops[0]['id']}/integrations")
    assert "integration is deleted" in page.text
    assert path not in page.links()
    console.submit(page, f"{path}/restore")
    assert attached() == {"Ready": (1, "ready")}


def test_another_organisations_pipeline_has_no_such_page(foreign_console, owner, one, shops, attached):
    owner.attach(one, shops[0])
    screen = f"/console/pipelines/{shops[0]['id']}/integrations"
    assert foreign_console.open(screen).status == 404
    assert foreign_console.open(f"{screen}/attach?integration_id={one['id']}").status == 404
    csrf = foreign_console.token
    for action in ("pause", "detach", "x"):
        assert foreign_console.post(f"{screen}/{one['id']}", {"csrf": csrf, "action": action}).status == 404
    assert attached() == {"Ready": (1, "ready")}
