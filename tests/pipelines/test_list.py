"""Listing pipelines: filters, order, pages, labels, and what a repeated list reads."""

import pytest

from ..client import path_of

PIPELINES = "/v1/admin/pipelines"


@pytest.fixture
def shops(owner, time):
    """Four pipelines, a minute apart."""
    made = []
    for name, kind, labels, enabled in [
        ("Shop UK", "web", ["env:prod", "country:uk"], True),
        ("shop de", "app", ["env:prod", "country:de", "old"], True),
        ("Ärzte Portal", "server", ["env:dev"], False),
        ("Blog", "web", [], True),
    ]:
        made.append(owner.a_pipeline(name=name, type=kind, labels=labels, enabled=enabled))
        time.pass_(minutes=1)
    return made


def names(reply):
    assert reply.status == 200, reply.body
    return [pipeline["name"] for pipeline in reply.json["pipelines"]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        pytest.param("", ["Shop UK", "shop de", "Ärzte Portal", "Blog"], id="all, the oldest first"),
        pytest.param("?search=SHOP", ["Shop UK", "shop de"], id="search ignores case"),
        pytest.param("?search=%C3%84RZTE", ["Ärzte Portal"], id="in any script"),
        pytest.param("?search=A%CC%88rzte+", ["Ärzte Portal"], id="in either form of Unicode, without blanks around"),
        pytest.param("?label=+env:prod", ["Shop UK", "shop de"], id="a label without blanks around"),
        pytest.param("?search=arzte-p", ["Ärzte Portal"], id="search finds slugs"),
        pytest.param("?search=.*", [], id="search is no pattern"),
        pytest.param("?type=web", ["Shop UK", "Blog"], id="type"),
        pytest.param("?label=env:prod", ["Shop UK", "shop de"], id="label"),
        pytest.param("?label=env:prod&label=country:de", ["shop de"], id="all labels must match"),
        pytest.param("?label=env", [], id="a label is whole"),
        pytest.param("?enabled=false", ["Ärzte Portal"], id="disabled"),
        pytest.param("?enabled=true&type=web&search=u", ["Shop UK"], id="filters together"),
        pytest.param("?sort=-created_at", ["Blog", "Ärzte Portal", "shop de", "Shop UK"], id="the newest first"),
        pytest.param("?sort=name", ["Blog", "shop de", "Shop UK", "Ärzte Portal"], id="by name, ignoring case"),
        pytest.param("?sort=-name&limit=1", ["Ärzte Portal"], id="by name, backwards"),
        pytest.param("?limit=2&offset=1", ["shop de", "Ärzte Portal"], id="a page"),
        pytest.param("?offset=9", [], id="beyond the end"),
        pytest.param("?unknown=1", ["Shop UK", "shop de", "Ärzte Portal", "Blog"], id="unknown parameters are ignored"),
    ],
)
def test_a_list_is_filtered_ordered_and_paged(owner, shops, query, found):
    assert names(owner.get(PIPELINES + query)) == found


def test_a_row_shows_what_the_specification_shows(owner, shops):
    shown = owner.get(PIPELINES + "?limit=1").json["pipelines"]
    fields = ["id", "name", "slug", "type", "pipeline_key", "labels", "enabled", "created_at", "updated_at"]
    assert shown == [{field: shops[0][field] for field in fields}]


def test_total_counts_what_matches_and_the_page_is_told(owner, shops):
    listed = owner.get(PIPELINES + "?type=web&limit=1").json
    assert (listed["total"], listed["limit"], listed["offset"]) == (2, 1, 0)


def test_available_labels_cover_the_organisation_whatever_the_filter(owner, shops, stranger):
    stranger.a_pipeline(labels=["secret:project"])
    listed = owner.get(PIPELINES + "?type=server").json
    assert listed["available_labels"] == [
        {"label": "country:de", "prefix": "country", "value": "de", "count": 1},
        {"label": "country:uk", "prefix": "country", "value": "uk", "count": 1},
        {"label": "env:dev", "prefix": "env", "value": "dev", "count": 1},
        {"label": "env:prod", "prefix": "env", "value": "prod", "count": 2},
        {"label": "old", "prefix": None, "value": None, "count": 1},
    ]


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=ten", "limit"),
        ("limit=", "limit"),
        ("limit=1.5", "limit"),
        ("offset=-1", "offset"),
        ("offset=99999999999999999999", "offset"),
        ("enabled=maybe", "enabled"),
        ("type=webs", "type"),
        ("sort=color", "sort"),
        ("label=", "label[0]"),
        ("label=old&label=" + "x" * 101, "label[1]"),
        ("search=%00", "search"),
        ("search=" + "x" * 201, "search"),
    ],
)
def test_a_bad_parameter_is_named(owner, query, wrong):
    reply = owner.get(f"{PIPELINES}?{query}")
    assert (reply.status, reply.wrong_fields) == (422, [wrong])


def test_a_change_is_in_the_very_next_list(owner, shops):
    first = shops[0]
    owner.get(PIPELINES)
    owner.put(path_of(first), {"name": "Renamed", "labels": ["new"]})
    assert names(owner.get(PIPELINES))[0] == "Renamed"
    owner.delete(path_of(first))
    assert "Renamed" not in names(owner.get(PIPELINES))
    owner.post(path_of(first, "/restore"))
    assert "Renamed" in names(owner.get(PIPELINES))


@pytest.mark.parametrize("change", ["update", "rotate", "restore"])
def test_a_list_shows_when_a_pipeline_was_last_changed(owner, shops, time, change):
    first = shops[0]
    if change == "restore":
        owner.delete(path_of(first))
        time.pass_(seconds=30)
        owner.post(path_of(first, "/restore"))
    elif change == "rotate":
        owner.post(path_of(first, "/rotate-secret"))
    else:
        owner.put(path_of(first), {"enabled": False})
    (row,) = [row for row in owner.get(PIPELINES).json["pipelines"] if row["id"] == first["id"]]
    assert row["updated_at"] == owner.get(path_of(first)).json["updated_at"] > first["updated_at"]


def test_a_list_is_one_store_call_whether_or_not_it_was_read_before(owner, shops, time, logged):
    for days in (0, 0.1, 1):  # fresh, known, known for too long
        time.pass_(days=days)
        caller = owner.signed_in("owner@acme.example")
        assert len(names(caller.get(PIPELINES))) == 4
        assert logged[-1]["aws_calls"] == {"dynamodb": 1}


def test_a_row_stays_small(owner):
    from chalicelib.pipelines.table import PipelineRow

    owner.a_pipeline(name="A name of usual length", labels=["env:production", "brand:marketing"])
    (row,) = PipelineRow.scan()
    stored = row.serialize()
    assert (
        sum(len(name) + len(next(iter(value.values()))) for name, value in stored.items() if "BOOL" not in value) < 300
    )
