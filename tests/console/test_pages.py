"""What holds of every page: forms that only pages of ours can send, and markup that everybody can use."""

from itertools import pairwise

import pytest

from chalicelib.console import pages

from ..client import path_of_integration

IDS = {"pipeline_id": "pip", "integration_id": "int", "user_id": "usr"}
FORMS = [page for page in pages.all_pages() if page.method == "POST" and page.role]
GA4 = {
    "vendor": "google_analytics_4",
    "config": {"measurement_id": "{{pipeline_param.ga}}", "api_secret": "s3cret-of-google"},
    "preset": "e_commerce",
}


@pytest.fixture
def addresses(owner):
    """An address of each screen of people and integrations, with something on it."""
    reply = owner.post("/v1/admin/integrations", {"name": "Analytics"} | GA4)
    owner.post(path_of_integration(reply.json, "/revisions"), {"mapping": {}})
    pipeline = owner.a_pipeline(labels=["env:live"])
    owner.attach(reply.json, pipeline, revision=1)
    user = owner.get("/v1/admin/users").json["users"][0]
    one = f"/console/integrations/{reply.json['id']}"
    screens = ("", "/revisions", "/revisions/new", "/revisions/1", "/revisions/2/diff", "/test", "/pipelines")
    return [
        "/console/profile",
        "/console/people",
        "/console/people/new",
        f"/console/people/{user['id']}",
        "/console/integrations",
        "/console/integrations/library",
        *(f"/console/integrations/new/{vendor}" for vendor in ("webhook", "google_ads", "s3")),
        *(one + rest for rest in (*screens, "/attach", "/attach?which=label:env:live", "/dead-letters")),
        f"/console/pipelines/{pipeline['id']}/integrations",
    ]


@pytest.mark.parametrize("page", FORMS, ids=lambda page: page.path)
def test_no_form_is_taken_without_its_token(console, page):
    path = page.path
    for name, prefix in IDS.items():
        path = path.replace(f"{{{name}}}", f"{prefix}_00000000000000000000")
    shown = console.post(path, {"name": "x", "confirm": "x"})
    assert shown.status == 403
    assert "from another session" in shown.text


def test_every_form_carries_the_token(console, addresses):
    for address in addresses:
        page = console.open(address)
        assert page.status == 200, address
        for form in page.soup.find_all("form", method="post"):
            assert form.find("input", attrs={"name": "csrf", "type": "hidden"}), address


def test_every_field_has_a_label_and_every_id_is_one(console, addresses):
    for address in addresses:
        soup = console.open(address).soup
        labels = {label["for"] for label in soup.find_all("label", attrs={"for": True})}
        for field in soup.select("input:not([type=hidden]), select, textarea"):
            assert field.get("aria-label") or field.get("id") in labels, (address, field)
        ids = [each["id"] for each in soup.find_all(id=True)]
        assert len(ids) == len(set(ids)), (address, {each for each in ids if ids.count(each) > 1})
        for field in soup.find_all(attrs={"aria-describedby": True}):
            assert set(field["aria-describedby"].split()) <= set(ids), (address, field)


def test_headings_are_in_order_and_tables_have_headers(console, addresses):
    for address in addresses:
        soup = console.open(address).soup
        levels = [int(heading.name[1]) for heading in soup.select("h1, h2, h3, h4")]
        assert levels[0] == 1, address
        assert levels.count(1) == 1, address
        assert all(after <= before + 1 for before, after in pairwise(levels)), (address, levels)
        for table in soup.find_all("table"):
            assert table.caption, address
            assert all(header.get("scope") for header in table.find_all("th")), address


def test_nothing_is_inline_or_of_others(console, addresses):
    for address in addresses:
        soup = console.open(address).soup
        assert not soup.find_all(style=True)
        assert not soup.find_all("style")
        assert all(script["src"].startswith("/console/static/") for script in soup.find_all("script"))
        assert not [name for tag in soup.find_all(True) for name in tag.attrs if name.startswith("on")]
        assert not soup.select("img, iframe, object, embed")
