from copy import deepcopy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.api.validation import decode
from chalicelib.errors import ValidationFailed
from chalicelib.integrations.mapping import Dropped, EventMapping, mapped
from chalicelib.integrations.paths import steps_of
from chalicelib.integrations.vendor import Outgoing

from ..ingestion.test_properties import json_objects, json_values, text
from .events import an_event, an_order


def a_mapping(*fields, **sections):
    return decode(EventMapping, {"global": {"mappings": list(fields)}} | sections)


def values_of(*fields, event=None):
    found = mapped(a_mapping(*fields), event or an_order())
    assert isinstance(found, Outgoing)
    return found.values


@pytest.mark.parametrize(
    ("field", "values"),
    [
        pytest.param({"source": "properties.order_id", "target": "id"}, {"id": "o-99"}, id="a field"),
        pytest.param({"source": "$.properties.order_id", "target": "id"}, {"id": "o-99"}, id="from the root"),
        pytest.param({"source": "$.properties['order_id']", "target": "id"}, {"id": "o-99"}, id="a quoted name"),
        pytest.param({"source": "user_id", "target": "a.b"}, {"a": {"b": "u-4711"}}, id="snake_case, target inside"),
        pytest.param({"source": "userId", "target": "id"}, {"id": "u-4711"}, id="camelCase"),
        pytest.param({"source": "event_id", "target": "id"}, {"id": "m-1"}, id="the event's id"),
        pytest.param({"source": "vendor_ids.gclid", "target": "id"}, {"id": "Cj0KCQiA"}, id="a vendor's id"),
        pytest.param(
            {"source": "context.user_agent", "target": "ua"}, {"ua": "Mozilla/5.0 (X11; Linux x86_64)"}, id="ua"
        ),
        pytest.param({"source": "properties.products[0].sku", "target": "id"}, {"id": "SKU-1"}, id="the first item"),
        pytest.param({"source": "properties.products[-1].name", "target": "n"}, {"n": "Lid"}, id="the last item"),
        pytest.param({"source": "properties.products[5].sku", "target": "n"}, {}, id="no such item"),
        pytest.param({"source": "properties.products[*].name", "target": "n"}, {"n": ["Mug", "Lid"]}, id="every item"),
        pytest.param({"source": "properties.products[*].sku", "target": "n"}, {"n": ["SKU-1"]}, id="items without it"),
        pytest.param(
            {"source": "properties.products[*].sku", "target": "items[*].id"},
            {"items": [{"id": "SKU-1"}, {}]},
            id="item by item, in their places",
        ),
        pytest.param(
            {"source": "properties.coupon", "target": "a[0].b"}, {"a": [{"b": "SPRING"}]}, id="into a first item"
        ),
        pytest.param({"source": "properties.nothing", "target": "n"}, {}, id="what is missing is left out"),
        pytest.param({"source": "properties.total.cents", "target": "n"}, {}, id="a number has no fields"),
        pytest.param({"source": "properties.no", "target": "n", "default_value": 0}, {"n": 0}, id="a default"),
        pytest.param({"value": "web", "target": "channel"}, {"channel": "web"}, id="a constant"),
        pytest.param({"value": None, "target": "channel"}, {}, id="null is nothing"),
        pytest.param(
            {"source": "properties.currency", "target": "c", "value_map": {"EUR": "978"}}, {"c": "978"}, id="exchanged"
        ),
        pytest.param(
            {"source": "properties.currency", "target": "c", "value_map": {"USD": "840"}}, {"c": "EUR"}, id="not listed"
        ),
        pytest.param(
            {"source": "properties.currency", "target": "c", "value_map": {"USD": "840", "*": "?"}},
            {"c": "?"},
            id="any",
        ),
        pytest.param(
            {"source": "properties.currency", "target": "c", "value_map": {"*": None}}, {}, id="exchanged for nothing"
        ),
        pytest.param(
            {"source": "properties.total", "target": "c", "value_map": {"35": "x"}}, {"c": "x"}, id="numbers as texts"
        ),
        pytest.param(
            {"source": "properties.products[*].price", "target": "p", "format": "number"},
            {"p": [12.5, 5.0]},
            id="format",
        ),
    ],
)
def test_a_field_gets_its_value(field, values):
    assert values_of(field) == values


@pytest.mark.parametrize(
    ("form", "value", "expected"),
    [
        ("epoch_seconds", "2026-02-20T10:06:40.250Z", 1771582000),
        ("epoch_millis", "2026-02-20T10:06:40.250Z", 1771582000250),
        ("epoch_micros", "2026-02-20T10:06:40.250Z", 1771582000250000),
        ("epoch_micros", "2026-02-20T11:06:40.25+01:00", 1771582000250000),
        ("epoch_millis", 1771582000, 1771582000000),
        ("epoch_seconds", "1771582000250", 1771582000),
        ("epoch_seconds", "yesterday", None),
        ("epoch_seconds", 1e300, None),
        ("iso8601", 1771582000250, "2026-02-20T10:06:40.250Z"),
        ("iso8601", "2026-02-20", "2026-02-20T00:00:00.000Z"),
        ("number", "12.50", 12.5),
        ("number", "12", 12),
        ("number", "twelve", None),
        ("number", True, None),
        ("number", "1e999", None),
        ("integer", "12.9", 12),
        ("string", 12.0, "12"),
        ("string", {"a": [1]}, '{"a":[1]}'),
        ("boolean", "Yes", True),
        ("boolean", 0, False),
        ("boolean", "perhaps", None),
        ("lower", "AbC", "abc"),
        ("upper", "AbC", "ABC"),
        ("trim", "  a b ", "a b"),
        ("sha256", " Test@Example.com ", "973dfe463ec85785f5f95af5ba3906eedb2d931c24e69824a89ea65dba4e813b"),
        ("sha256", "9" * 64, "9" * 64),
    ],
)
def test_a_value_gets_its_form_or_is_left_out(form, value, expected):
    event = an_event(properties={"x": value})
    found = values_of({"source": "properties.x", "target": "x", "format": form}, event=event)
    assert found == ({} if expected is None else {"x": expected})
    assert type(found.get("x")) is type(expected)


def test_a_later_mapping_replaces_an_earlier_one_if_it_finds_a_value():
    fields = [{"source": f"properties.{name}", "target": "v"} for name in ("revenue", "total", "nothing")]
    assert values_of(*fields) == {"v": 35.0}


def test_the_event_is_not_changed_by_what_is_put_into_a_copy_of_its_values():
    event = an_order()
    before = deepcopy(event)
    values = values_of(
        {"source": "properties", "target": "params"},
        {"source": "properties.products[*].name", "target": "params.products[*].item_name"},
        event=event,
    )
    assert values["params"]["products"][0]["item_name"] == "Mug"
    assert event == before


@pytest.mark.parametrize(
    ("sections", "event", "outgoing"),
    [
        pytest.param({}, an_event(), ("Order Completed", {}), id="passes unlisted under its own name"),
        pytest.param({}, an_event("page"), ("page", {}), id="a page is named by its type"),
        pytest.param(
            {"events": {"Order Completed": {"vendor_event_name": "purchase"}}},
            an_event(),
            ("purchase", {}),
            id="renamed",
        ),
        pytest.param(
            {"events": {"identify": {"vendor_event_name": "login"}}}, an_event("identify"), ("login", {}), id="by type"
        ),
        pytest.param(
            {
                "global": {"mappings": [{"value": 1, "target": "a"}, {"value": 1, "target": "b"}]},
                "defaults": {"mappings": [{"value": 2, "target": "a"}]},
                "events": {"Order Completed": {"mappings": [{"value": 3, "target": "a"}]}},
            },
            an_event(),
            ("Order Completed", {"a": 3, "b": 1}),
            id="the event's own come after those for all",
        ),
        pytest.param(
            {
                "defaults": {"action": "pass", "mappings": [{"value": 2, "target": "a"}]},
                "events": {"Other": {"mappings": [{"value": 3, "target": "a"}]}},
            },
            an_event(),
            ("Order Completed", {"a": 2}),
            id="defaults are for unlisted events",
        ),
        pytest.param(
            {"defaults": {"action": "drop"}},
            an_event(),
            "Order Completed is not in the mapping, which drops what it does not list",
            id="drops unlisted",
        ),
        pytest.param(
            {"events": {"Order Completed": {"enabled": False}}},
            an_event(),
            "Order Completed is switched off in the mapping",
            id="switched off",
        ),
        pytest.param(
            {"events": {"Order Completed": {"filters": [{"source": "user_id", "operator": "equals", "value": "x"}]}}},
            an_event(),
            "the filter user_id equals x does not hold",
            id="filtered, and by which",
        ),
        pytest.param(
            {"global": {"filters": [{"source": "userId", "operator": "not_exists"}]}},
            an_event(),
            "the filter userId not_exists does not hold",
            id="filtered for all",
        ),
    ],
)
def test_a_mapping_decides_what_becomes_of_an_event(sections, event, outgoing):
    found = mapped(decode(EventMapping, sections), event)
    if isinstance(outgoing, str):
        assert found == Dropped(outgoing)
    else:
        assert found == Outgoing(event, *outgoing)


@pytest.mark.parametrize(
    ("source", "operator", "value", "holds"),
    [
        ("properties.currency", "equals", "EUR", True),
        ("properties.currency", "equals", "eur", False),
        ("properties.total", "equals", "35", True),
        ("properties.tax", "equals", 3.0, True),
        ("properties.nothing", "equals", "x", False),
        ("properties.currency", "not_equals", "USD", True),
        ("properties.nothing", "not_equals", "USD", True),
        ("properties.products[*].name", "equals", "Lid", True),
        ("properties.products[*].name", "not_equals", "Lid", False),
        ("properties.currency", "in", ["USD", "EUR"], True),
        ("properties.currency", "not_in", ["USD", "EUR"], False),
        ("context.page.url", "contains", "/checkout", True),
        ("context.page.url", "not_contains", "/admin", True),
        ("context.page.url", "matches", "https://*.example.com/*", True),
        ("context.page.path", "matches", "/check???", True),
        ("context.page.path", "matches", "/[a-z]*", False),
        ("context.page.path", "not_matches", "/admin*", True),
        ("properties.coupon", "exists", None, True),
        ("properties.products[*].sku", "exists", None, True),
        ("properties.products[*].nothing", "exists", None, False),
        ("properties.coupon", "not_exists", None, False),
        ("properties.total", "greater_than", 30, True),
        ("properties.total", "greater_than", 35, False),
        ("properties.total", "at_least", "35", True),
        ("properties.total", "less_than", 30, False),
        ("properties.total", "at_most", 35, True),
        ("properties.currency", "greater_than", 1, False),
        ("timestamp", "greater_than", "2026-01-01", True),
    ],
)
def test_filters(source, operator, value, holds):
    condition = {"source": source, "operator": operator} | ({} if value is None else {"value": value})
    found = mapped(decode(EventMapping, {"global": {"filters": [condition]}}), an_order())
    assert isinstance(found, Outgoing) == holds


@pytest.mark.parametrize(
    ("sections", "field", "message"),
    [
        ({"global": {"mappings": [{"target": "a"}]}}, "global.mappings[0]", "must have either source or value"),
        (
            {"global": {"mappings": [{"target": "a", "source": "b", "value": 1}]}},
            "global.mappings[0]",
            "must have either source or value",
        ),
        (
            {"defaults": {"mappings": [{"target": "a", "source": "a..b"}]}},
            "defaults.mappings[0].source",
            "must be a path such as properties.items[*].sku; it cannot be read from '..b' on",
        ),
        (
            {"events": {"X": {"mappings": [{"target": "a", "source": "a[?(@.b)]"}]}}},
            "events.X.mappings[0].source",
            "must be a path such as properties.items[*].sku; it cannot be read from '[?(@.b)]' on",
        ),
        (
            {"global": {"mappings": [{"target": "a", "source": "$"}]}},
            "global.mappings[0].source",
            "must be a path of 1 to 16 steps and at most 200 characters",
        ),
        (
            {"global": {"mappings": [{"target": "a[1].b", "source": "b"}]}},
            "global.mappings[0].target",
            "must be names with dots between them, such as user_data.em, items[*].id or items[0].id",
        ),
        (
            {"global": {"mappings": [{"target": "a[*].b", "source": "b.c"}]}},
            "global.mappings[0]",
            "must have [*] in its source, as its target has it",
        ),
        (
            {"global": {"filters": [{"source": "a", "operator": "equals"}]}},
            "global.filters[0]",
            "must have a value with the operator equals",
        ),
        (
            {"global": {"filters": [{"source": "a", "operator": "exists", "value": 1}]}},
            "global.filters[0]",
            "must have no value with the operator exists",
        ),
        (
            {"global": {"filters": [{"source": "a", "operator": "in", "value": "x"}]}},
            "global.filters[0]",
            "must have a list as value with the operator in",
        ),
        (
            {"global": {"filters": [{"source": "a", "operator": "matches", "value": 1}]}},
            "global.filters[0]",
            "must have a string as value with the operator matches",
        ),
        (
            {"global": {"filters": [{"source": "a", "operator": "at_least", "value": "x"}]}},
            "global.filters[0]",
            "must have a number or a time as value with the operator at_least",
        ),
        ({"defaults": {"action": "keep"}}, "defaults.action", "must be pass or drop"),
        ({"event": {}}, "event", "is not a field here; the fields are global, defaults, events"),
    ],
)
def test_what_is_wrong_in_a_mapping_is_said(sections, field, message):
    with pytest.raises(ValidationFailed) as refused:
        decode(EventMapping, sections)
    assert refused.value.details == [{"field": field, "message": message}]


names = st.sampled_from(["properties", "traits", "context", "items", "a", "b", "page", "user_id", "vendor_ids"])
paths = st.lists(
    st.one_of(names.map(".{}".format), st.sampled_from(["[0]", "[-1]", "[*]"])), min_size=1, max_size=4
).map(lambda steps: "$" + "".join(steps))
targets = st.lists(names, min_size=1, max_size=3).map(".".join)
forms = st.sampled_from(
    ["epoch_seconds", "epoch_micros", "iso8601", "number", "integer", "string", "boolean", "lower", "trim", "sha256"]
)
fields = st.fixed_dictionaries(
    {"source": paths, "target": targets | st.sampled_from(["items[*].x", "items[0].x", "a.b[*].c"])},
    optional={"format": forms, "default_value": json_values, "value_map": json_objects},
).filter(lambda field: "[*]" not in field["target"] or "[*]" in field["source"])
operators = st.sampled_from(["equals", "not_equals", "contains", "not_contains", "at_least", "matches", "in", "exists"])
operands = {"matches": text, "not_matches": text, "in": st.lists(json_values), "at_least": st.integers()}
filters = operators.flatmap(
    lambda operator: st.fixed_dictionaries(
        {"source": paths, "operator": st.just(operator)}
        | ({} if operator == "exists" else {"value": operands.get(operator, json_values)})
    )
)
events = st.fixed_dictionaries(
    {"type": st.just("page"), "messageId": st.just("m")},
    optional={
        "properties": json_objects,
        "traits": json_objects | st.fixed_dictionaries({"items": st.lists(json_values | json_objects, max_size=3)}),
        "context": json_objects | st.fixed_dictionaries({"page": json_values}),
        "a": json_values,
    },
)


@given(st.lists(fields, max_size=4), st.lists(filters, max_size=2), events)
def test_no_event_is_too_odd_for_a_mapping(fields, filters, event):
    mapping = decode(EventMapping, {"global": {"mappings": fields, "filters": filters}})
    before = deepcopy(event)
    found = mapped(mapping, event)
    assert isinstance(found, Outgoing) or found.reason
    assert event == before


@given(text)
def test_any_text_is_a_path_or_is_refused_with_a_reason(path):
    try:
        steps = steps_of(path)
    except ValueError as refused:
        steps = refused.args[0]
    assert steps
    assert isinstance(steps, tuple) or steps.startswith("must be a path")
