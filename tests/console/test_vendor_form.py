"""Forms made of JSON Schema, and what was typed into them as a configuration."""

import json

import pytest

from chalicelib.console import vendor_form
from chalicelib.console.forms import Form
from chalicelib.console.rendering import folded
from chalicelib.console.vendor_hints import HINTS
from chalicelib.integrations import catalog

SCHEMA = {
    "properties": {
        "site_url": {"type": "string", "maxLength": 4096, "description": "an address"},
        "api_token": {"type": "string", "writeOnly": True},
        "mode": {"enum": ["eu", "POST"], "default": "eu"},
        "is_on": {"type": "boolean", "default": True},
        "count": {"type": "integer", "default": 5},
        "tags": {"type": "array", "items": {"type": "string"}, "default": []},
        "headers": {"type": "object", "default": {}},
        "template": {"type": "string", "maxLength": 16384, "default": ""},
    },
    "required": ["site_url", "api_token"],
}
FIELDS = vendor_form.fields_of("any", SCHEMA)


def of(key):
    return next(field for field in FIELDS if field.key == key)


def typed(before=None, **values):
    form = Form({f"config.{key}": [value] for key, value in values.items() if not key.startswith("forget")})
    form.values |= {"forget.api_token": ["on"]} if "forget" in values else {}
    return vendor_form.typed(FIELDS, form, before or {})


def test_the_type_of_a_field_says_how_it_is_shown():
    assert [field.kind for field in FIELDS] == [
        *("text", "secret", "choice", "box", "number", "lines", "pairs", "long"),
    ]
    assert [of(key).label for key in ("site_url", "api_token")] == ["Site URL", "API token"]
    assert of("mode").options == (("eu", "EU"), ("POST", "POST"))
    assert [of(key).hint for key in ("site_url", "tags", "headers")] == [
        "An address.",
        "One a line.",
        "One a line, as Name: value.",
    ]


@pytest.mark.parametrize(
    ("values", "config"),
    [
        pytest.param({}, {}, id="what is not on the form is not said"),
        pytest.param({"site_url": "", "mode": "POST"}, {"mode": "POST"}, id="required and empty is not there"),
        pytest.param({"is_on": "on"}, {"is_on": True}, id="a box that is ticked"),
        pytest.param({"is_on": ""}, {"is_on": False}, id="a box that is not"),
        pytest.param({"count": " 12 "}, {"count": 12}, id="a number"),
        pytest.param({"count": "many"}, {"count": "many"}, id="what is no number is left to the API"),
        pytest.param({"count": ""}, {}, id="no number"),
        pytest.param({"tags": "a\r\n\r\n b \n"}, {"tags": ["a", "b"]}, id="a list, one a line"),
        pytest.param(
            {"headers": "A: 1\nB : x:y\nno value"}, {"headers": {"A": "1", "B": "x:y", "no value": ""}}, id="pairs"
        ),
        pytest.param({"template": "a\r\nb"}, {"template": "a\nb"}, id="lines of a text end alike everywhere"),
        pytest.param({"template": ""}, {"template": ""}, id="a text may be empty"),
    ],
)
def test_what_was_typed_becomes_the_configuration(values, config):
    assert typed(**values) == config


@pytest.mark.parametrize(
    ("before", "values", "secret"),
    [
        pytest.param({}, {"api_token": "new"}, "new", id="a first one"),
        pytest.param({"api_token": "***"}, {"api_token": ""}, "***", id="not typed, it stays"),
        pytest.param({"api_token": "***"}, {"api_token": "new"}, "new", id="typed, it is replaced"),
        pytest.param({"api_token": "{{pipeline_param.k}}"}, {}, "{{pipeline_param.k}}", id="a parameter's name stays"),
        pytest.param({"api_token": "***"}, {"forget": "on"}, None, id="removed"),
        pytest.param({}, {"api_token": ""}, None, id="none"),
    ],
)
def test_a_secret_stays_unless_it_is_typed(before, values, secret):
    assert typed(before, **values).get("api_token") == secret


def test_of_a_secret_only_that_there_is_one_is_told():
    assert (
        vendor_form.is_kept(of("api_token"), {"api_token": "***"}) == "There is one; it stays unless you type another."
    )
    assert "{{pipeline_param.k}}" in vendor_form.is_kept(of("api_token"), {"api_token": "{{pipeline_param.k}}"})
    assert vendor_form.is_kept(of("api_token"), {}) == ""


@pytest.mark.parametrize("key", catalog.all_keys())
def test_every_field_of_every_vendor_has_a_hint_and_no_hint_is_for_another(key):
    assert set(HINTS[key]) == set(catalog.json_schema(key)["properties"])


def test_json_to_edit_has_what_is_short_on_one_line_and_is_the_same():
    mapping = dict(catalog.known("google_analytics_4").presets["e_commerce"])
    text = folded(mapping)
    assert json.loads(text) == mapping
    assert '\n        {"source": "properties.currency", "target": "params.currency"},\n' in text
    assert max(map(len, text.splitlines())) <= 120
