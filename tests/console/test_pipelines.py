"""The list of pipelines."""

import pytest

PATH = "/console/pipelines"


def names(page):
    return [link.get_text() for link in page.soup.select("td a.name")]


def groups(page):
    """The names in each group, by its heading."""
    sections = [section for section in page.soup.select("section.card") if section.h2]
    return {section.h2.get_text(): [link.get_text() for link in section.select("a.name")] for section in sections}


@pytest.fixture
def fleet(owner, time):
    """Pipelines as they are told apart by labels, one made after the other."""
    for name, kind, labels in [
        ("Shop", "web", ["env:production", "brand:acme", "brand:widgets"]),
        ("Café", "app", ["env:test", "brand:acme"]),
        ("Billing", "server", ["internal"]),
    ]:
        owner.a_pipeline(name=name, type=kind, labels=labels)
        time.pass_(seconds=1)
    owner.a_pipeline(name="Old", enabled=False)


def test_without_pipelines_the_page_leads_to_the_first(console, console_as):
    page = console.open(PATH)
    assert "Create the first pipeline" in page.text
    assert f"{PATH}/new" in page.links()
    viewers = console_as("viewer").open(PATH)
    assert f"{PATH}/new" not in viewers.links()
    assert "An editor of your organisation can create one" in viewers.text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["Shop", "Café", "Billing", "Old"]),
        ("search=caf", ["Café"]),
        ("search=&type=&label=&enabled=&group=&sort=", ["Shop", "Café", "Billing", "Old"]),
        ("type=server", ["Billing"]),
        ("label=brand:acme", ["Shop", "Café"]),
        ("label=brand:acme&label=env:test", ["Café"]),
        ("enabled=false", ["Old"]),
        ("sort=name", ["Billing", "Café", "Old", "Shop"]),
        ("sort=-created_at&limit=2", ["Old", "Billing"]),
        ("offset=3", ["Old"]),
        ("search=nothing", []),
    ],
)
@pytest.mark.usefixtures("fleet")
def test_what_is_asked_is_in_the_address(console, query, found):
    assert names(console.open(f"{PATH}?{query}")) == found


@pytest.mark.usefixtures("fleet")
def test_a_pipeline_with_two_values_of_a_prefix_stands_in_both_groups(console):
    page = console.open(f"{PATH}?group=brand")
    assert groups(page) == {"acme": ["Shop", "Café"], "widgets": ["Shop"], "without brand": ["Billing", "Old"]}


@pytest.mark.usefixtures("fleet")
def test_groups_are_of_the_pipelines_that_match(console):
    assert groups(console.open(f"{PATH}?group=env&search=shop")) == {"production": ["Shop"]}


def test_a_large_group_leads_to_a_page_of_its_own(console, owner):
    for number in range(12):
        owner.a_pipeline(name=f"Shop {number}", labels=["env:live"])
    page = console.open(f"{PATH}?group=env")
    assert len(names(page)) == 10
    (more,) = [link for link in page.soup.find_all("a") if link.get_text() == "All 12 of live"]
    assert len(names(console.open(more["href"]))) == 12


def test_a_page_beyond_the_last_leads_to_the_first(console, owner):
    owner.a_pipeline(name="Only", labels=["a"])
    page = console.open(f"{PATH}?offset=50&label=a&search=only")
    assert names(page) == ["Only"]


def test_every_pipeline_of_many_groups_is_asked_for_once(console, owner):
    for number in range(27):
        owner.a_pipeline(name=f"P{number}", labels=[f"brand:{number}", f"brand:{number + 1}", "env:live"])
    page = console.open(f"{PATH}?group=brand")
    asked = [part["data-live"] for part in page.soup.select("[data-live]")]
    assert [address.count("id=pip_") for address in asked] == [27]


@pytest.mark.parametrize("query", ["limit=1000", "type=x", "enabled=perhaps", "offset=-1"])
def test_an_address_that_asks_for_nonsense_is_told(console, query):
    assert console.open(f"{PATH}?{query}").status == 422


def test_lately_tells_what_came_and_of_nobody_else(console, owner, stranger, work):
    quiet, busy, foreign = owner.a_pipeline(), owner.a_pipeline(), stranger.a_pipeline()
    for pipeline in (busy, busy, foreign):
        owner.post("/v1/t", {"writeKey": pipeline["pipeline_key"], "event": "x"})
    work("process")
    page = console.open(f"{PATH}/activity?" + "&".join(f"id={each['id']}" for each in (quiet, busy, foreign)))
    parts = {part["data-part"]: " ".join(part.get_text(" ").split()) for part in page.soup.select("[data-part]")}
    assert set(parts) == {f"activity-{quiet['id']}", f"activity-{busy['id']}"}
    assert parts[f"activity-{quiet['id']}"] == "no events yet"
    assert "2 accepted, 0 refused" in parts[f"activity-{busy['id']}"]
