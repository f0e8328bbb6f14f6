"""The collector's configuration as a form, and its builds."""

import pytest

from ..client import path_of


@pytest.fixture
def pipeline(owner):
    return owner.a_pipeline(name="Shop")


def collector(pipeline, rest=""):
    return f"/console/pipelines/{pipeline['id']}/collector{rest}"


EVERYTHING = {
    "script_filename": "shop.js",
    "global_variable": "shop",
    "delivery_method": "cluster",
    "page_views": "hash",
    "retry": False,
    "cross_domain": True,
    "batch_size": 20,
    "flush_interval_ms": 2000,
    "vendor_syncs": {"ga4": {"measurement_id": "G-ABC1234567"}, "meta": {"category": "analytics", "create_ids": False}},
    "consent_config": {
        "mode": "opt_in",
        "required_category": "marketing",
        "on_refusal": "cookieless",
        "global_privacy_control": ["analytics"],
        "sources": [
            {"type": "tcf", "categories": {"analytics": ["1+8"]}},
            {"type": "google_consent_mode", "data_layer": "dl"},
            {"type": "cookie", "name": "c", "categories": {"marketing": ["yes", "all"], "analytics": ["yes"]}},
        ],
    },
}


def test_the_form_shows_what_is_stored_and_saving_it_changes_nothing(console, owner, pipeline):
    owner.put(path_of(pipeline), {"js_builder_config": EVERYTHING})
    page = console.submit(console.open(collector(pipeline)), collector(pipeline), then="")
    assert "Nothing was different" in page.text
    assert owner.get(path_of(pipeline)).json["js_builder_config"] == EVERYTHING


SOURCE = {"type": "cookie", "name": "c", "categories": {"analytics": ["C1:1,C2:1", "a,"], "marketing": [",", "x"]}}


@pytest.mark.parametrize("consent", [{"sources": [SOURCE]}, {"required_category": "marketing"}])
def test_saving_something_else_keeps_what_consent_is_asked_for(console, owner, pipeline, consent):
    owner.put(path_of(pipeline), {"js_builder_config": {"consent_config": consent}})
    console.submit(console.open(collector(pipeline)), collector(pipeline), then="", batch_size="20")
    saved = owner.get(path_of(pipeline)).json["js_builder_config"]
    assert saved["batch_size"] == 20
    assert saved["consent_config"] == saved["consent_config"] | consent
    assert saved["consent_config"]["mode"] == "opt_in"  # as without a mode


def test_every_field_of_the_form_is_saved(console, owner, pipeline):
    typed = {
        "script_filename": "shop.js",
        "global_variable": "shop",
        "delivery_method": "cluster",
        "page_views": "hash",
        "retry": "",
        "cross_domain": "on",
        "batch_size": "20",
        "flush_interval_ms": "2,000",
        "vendor__ga4": "on",
        "measurement_id": "G-ABC1234567",
        "vendor__meta": "on",
        "category__meta": "analytics",
        "create_ids__meta": "",
        "mode": "opt_in",
        "required_category": "marketing",
        "on_refusal": "cookieless",
        "gpc__analytics": "on",
        "gpc__marketing": "",
        "gpc__personalization": "",
        "source_type": ["tcf", "google_consent_mode", "cookie"],
        "source_name": ["", "", "c"],
        "source_data_layer": ["", "dl", ""],
        "source_categories": ["analytics: 1+8", "", "marketing: yes, all\nanalytics: yes"],
        "then": "",
    }
    page = console.submit(console.open(collector(pipeline)), collector(pipeline), **typed)
    assert (page.status, page.problems) == (200, [])
    assert owner.get(path_of(pipeline)).json["js_builder_config"] == EVERYTHING


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"script_filename": "x"}, "ends in .js"),
        ({"global_variable": "window"}, "not reserved"),
        ({"batch_size": "0"}, "from 1 to 100"),
        ({"flush_interval_ms": "soon"}, "milliseconds"),
        ({"vendor__ga4": "on", "measurement_id": "UA-1"}, "a measurement id of Google Analytics 4"),
        ({"mode": "opt_in", "source_type": ["cookie", ""]}, "must have name and categories"),
        (
            {"mode": "opt_in", "source_type": ["cookie", ""], "source_categories": ["analytics", ""]},
            "must have lines such as analytics: C0002",
        ),
    ],
)
def test_what_is_refused_is_told_and_what_was_typed_stays(console, owner, pipeline, typed, told):
    page = console.submit(console.open(collector(pipeline)), collector(pipeline), **typed)
    assert page.status == 422
    assert any(told in problem for problem in page.problems), page.problems
    again = console.submit(page, collector(pipeline))
    assert again.problems == page.problems, "the page has what was typed, so it is refused again"
    assert owner.get(path_of(pipeline)).headers["ETag"] == '"1"'


def test_a_build_is_asked_for_watched_and_published(console, owner, pipeline, work, time):
    page = console.submit(console.open(collector(pipeline)), collector(pipeline, "/build"))
    assert "The build has begun" in page.text
    assert page.soup.find("progress")
    assert page.soup.find(attrs={"data-live": collector(pipeline, "/builds")})
    work("build")
    page = console.open(collector(pipeline, "/builds"))
    assert not page.soup.find("progress")
    tag = owner.get(path_of(pipeline, "/collector/status")).json["script_tag"]
    assert tag in [button["data-copy"] for button in page.soup.select("[data-copy]")]
    assert tag in console.open(f"/console/pipelines/{pipeline['id']}").soup.find(attrs={"data-copy": tag})["data-copy"]


def test_an_earlier_build_is_published_again(console, owner, pipeline, work, time):
    versions = []
    for name in ("one", "two"):
        console.submit(console.open(collector(pipeline)), collector(pipeline), global_variable=name, then="build")
        work("build")
        time.pass_(seconds=5)
        versions.append(owner.get(path_of(pipeline, "/collector/status")).json["version_hash"])
    page = console.submit(console.open(collector(pipeline)), collector(pipeline, "/publish"))
    assert "It is being published" in page.text
    work("build")
    status = owner.get(path_of(pipeline, "/collector/status")).json
    assert (status["version_hash"], status["stale"]) == (versions[0], True)
    assert "have changed since this build" in console.open(collector(pipeline)).text


def test_a_build_that_is_none_is_told(console, owner, pipeline):
    page = console.open(collector(pipeline))
    csrf = page.soup.find("input", attrs={"name": "csrf"})["value"]
    page = console.post(collector(pipeline, "/publish"), {"csrf": csrf, "build_id": "bld_x"})
    assert (page.status, page.problems) == (404, ["There is no such build of this pipeline."])


def test_the_script_is_downloaded_as_a_file(console, pipeline, work):
    console.submit(console.open(collector(pipeline)), collector(pipeline, "/build"))
    work("build")
    page = console.open(collector(pipeline, "/download"))
    assert page.headers["Content-Type"] == "application/javascript"
    assert page.headers["Content-Disposition"] == 'attachment; filename="d.js"'
    assert pipeline["pipeline_key"] in page.html


def test_a_viewer_sees_builds_and_starts_none(console_as, pipeline):
    viewer = console_as("viewer")
    page = viewer.open(collector(pipeline))
    assert page.soup.select("form[method=post] button") == []
    csrf = page.soup.find("input", attrs={"name": "csrf"})["value"]
    assert viewer.post(collector(pipeline, "/build"), {"csrf": csrf}).status == 403
