import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.integrations.parameters import has_placeholder, keys_in, resolve

PARAMETERS = {"id": "G-1", "secret": "s3cret", "nested": "{{pipeline_param.id}}", "empty": "", "a.b-c_1": "dotted"}


@pytest.mark.parametrize(
    ("config", "resolved", "missing"),
    [
        pytest.param("{{pipeline_param.id}}", "G-1", [], id="a whole string"),
        pytest.param("<{{pipeline_param.id}}>", "<G-1>", [], id="part of a string"),
        pytest.param("{{pipeline_param.id}}/{{pipeline_param.secret}}", "G-1/s3cret", [], id="two in one string"),
        pytest.param("{{pipeline_param.empty}}", "", [], id="an empty value is a value"),
        pytest.param("{{pipeline_param.a.b-c_1}}", "dotted", [], id="dots, hyphens and digits in a key"),
        pytest.param({"a": [{"b": "{{pipeline_param.id}}"}]}, {"a": [{"b": "G-1"}]}, [], id="at any depth"),
        pytest.param({"{{pipeline_param.id}}": 1}, {"{{pipeline_param.id}}": 1}, [], id="never in an object's keys"),
        pytest.param("{{pipeline_param.nested}}", "{{pipeline_param.id}}", [], id="one pass: a value is not looked at"),
        pytest.param("{{pipeline_param.no}}", "{{pipeline_param.no}}", ["no"], id="what is missing stays"),
        pytest.param(
            ["{{pipeline_param.z}}{{pipeline_param.a}}", "{{pipeline_param.z}}"],
            ["{{pipeline_param.z}}{{pipeline_param.a}}", "{{pipeline_param.z}}"],
            ["a", "z"],
            id="missing keys are told once and in order",
        ),
        pytest.param("{{ pipeline_param.id }}", "{{ pipeline_param.id }}", [], id="blanks make it no placeholder"),
        pytest.param("{{pipeline_param.id }}", "{{pipeline_param.id }}", [], id="one blank too"),
        pytest.param("{{PIPELINE_PARAM.id}}", "{{PIPELINE_PARAM.id}}", [], id="upper case is none"),
        pytest.param("{{pipeline_param.1a}}", "{{pipeline_param.1a}}", [], id="a key does not begin with a digit"),
        pytest.param("{{pipeline_param.}}", "{{pipeline_param.}}", [], id="an empty key is none"),
        pytest.param(
            "{{pipeline_param." + "k" * 65 + "}}", "{{pipeline_param." + "k" * 65 + "}}", [], id="a key of 65 is none"
        ),
        pytest.param("{{{pipeline_param.id}}}", "{G-1}", [], id="braces around it stay"),
        pytest.param([1, 2.5, True, None], [1, 2.5, True, None], [], id="what is no string stays"),
    ],
)
def test_placeholders_are_replaced(config, resolved, missing):
    assert resolve(config, PARAMETERS) == (resolved, missing)


@pytest.mark.parametrize(
    ("config", "keys"),
    [
        pytest.param({}, [], id="none"),
        pytest.param(
            {"b": "{{pipeline_param.b}}", "a": ["{{pipeline_param.a}}{{pipeline_param.b}}"]}, ["a", "b"], id="two"
        ),
        pytest.param({"{{pipeline_param.b}}": "x"}, [], id="an object's keys do not count"),
    ],
)
def test_the_keys_that_a_configuration_refers_to_are_known(config, keys):
    assert keys_in(config) == keys


def test_a_text_with_a_placeholder_is_known_as_one():
    assert has_placeholder("G-{{pipeline_param.id}}")
    assert not has_placeholder("G-{{ id }}")


keys = st.from_regex(r"[A-Za-z_][A-Za-z0-9_.-]{0,5}", fullmatch=True)
placeholders = keys.map("{{{{pipeline_param.{}}}}}".format)
texts = st.lists(st.one_of(st.text(max_size=8), placeholders), max_size=4).map("".join)
configs = st.recursive(
    st.one_of(texts, st.integers(), st.booleans(), st.none()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
)
plain_values = st.text(alphabet="abc-_ é", max_size=6)


def shape(config):
    """A configuration with its strings forgotten."""
    if isinstance(config, dict):
        return {key: shape(value) for key, value in config.items()}
    if isinstance(config, list):
        return [shape(value) for value in config]
    return "" if isinstance(config, str) else config


@given(configs, st.dictionaries(keys, st.text(max_size=6)))
def test_only_strings_change_and_never_keys(config, parameters):
    assert shape(resolve(config, parameters)[0]) == shape(config)


@given(configs, st.dictionaries(keys, st.text(max_size=6)))
def test_missing_is_exactly_what_is_referred_to_and_not_given(config, parameters):
    assert resolve(config, parameters)[1] == [key for key in keys_in(config) if key not in parameters]


@given(configs, st.dictionaries(keys, plain_values))
def test_resolving_again_changes_nothing(config, parameters):
    once, missing = resolve(config, parameters)
    assert resolve(once, parameters) == (once, missing)


@given(configs)
def test_without_parameters_nothing_changes(config):
    assert resolve(config, {}) == (config, keys_in(config))


@given(configs, plain_values)
def test_with_every_parameter_no_placeholder_is_left(config, value):
    resolved, missing = resolve(config, dict.fromkeys(keys_in(config), value + "x"))
    assert (missing, keys_in(resolved)) == ([], [])
