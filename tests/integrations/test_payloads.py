import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.integrations.payloads import PayloadError, check, rendered

VALUES = {
    "event": {"n": 2, "s": 'a "b" <é>', "list": [1, 2, 3], "o": {"x": None, "keys": 5}, "t": True, "half": 0.5},
    "name": "Bought",
}


@pytest.mark.parametrize(
    ("source", "payload"),
    [
        ("plain", "plain"),
        ("{{ name }}", "Bought"),
        ("{{ event.n }} {{ event.half }} {{ event.t }}", "2 0.5 true"),
        ("{{ event.list }}{{ event.o }}", '[1,2,3]{"x":null,"keys":5}'),
        ("{{ event.s | tojson }}", '"a \\"b\\" <é>"'),
        ("{{ event.nothing.at.all | tojson }}", "null"),
        ("[{{ event.nothing.at.all }}]", "[]"),
        ("{{ event.nothing | default(7) }} {{ event.o.x | default('-') }}", "7 -"),
        ("{% for item in event.list %}{{ item * 10 }}{% if not loop.last %},{% endif %}{% endfor %}", "10,20,30"),
        ("{% for key, value in event.o | items %}{{ key }}={{ value }};{% endfor %}", "x=;keys=5;"),
        ("{% if event.n > 1 and name == 'Bought' %}yes{% else %}no{% endif %}", "yes"),
        ("{{ 'a' if event.nothing is defined else 'b' }}", "b"),
        ("{{ event['n'] }}{{ event.list[0] }}", "21"),
        ("{{ event.list | join('-') }} {{ event.list | length }} {{ event.list | first }}", "1-2-3 3 1"),
        ("{{ name | upper }} {{ (event.half * 3) | round(1) }} {{ '12.7' | int }}", "BOUGHT 1.5 12"),
        ("{{ {'a': event.n, 'b': [name]} | tojson }}", '{"a": 2, "b": ["Bought"]}'),
    ],
)
def test_a_template_makes_a_payload(source, payload):
    assert rendered(check(source), VALUES) == payload


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("{{ x", "must be a template: unexpected end of template, expected 'end of print statement'. (line 1)"),
        ("{% macro m() %}{% endmacro %}", "must not have Macro in it (line 1)"),
        ("{% set a = 1 %}", "must not have Assign in it (line 1)"),
        ("\n{{ range(10) }}", "must not have Call in it (line 2)"),
        ("{{ event.get('x') }}", "must not have Call in it (line 1)"),
        ("{{ 10 ** 10 }}", "must not have Pow in it (line 1)"),
        ("{{ 'a' ~ 'b' }}", "must not have Concat in it (line 1)"),
        ("{% include 'x' %}", "must not have Include in it (line 1)"),
        ("{% import 'x' as y %}", "must not have Import in it (line 1)"),
        ("{% for a in event.list recursive %}{% endfor %}", "must not have For in it (line 1)"),
        ("{{ _budget }}", "must not use _budget (line 1)"),
        ("{{" + "(" * 5000, "must be a template that is nested less deeply"),
        ("{% for a in event.b %}" * 30 + "{% endfor %}" * 30, "must be a template that is nested less deeply"),
        ("x" * 16_385, "must be at most 16,384 characters"),
    ],
)
def test_what_a_template_must_not_have_is_said(source, message):
    with pytest.raises(PayloadError) as refused:
        check(source)
    assert str(refused.value) == message


@pytest.mark.parametrize(
    "filtered", ["attr('x')", "replace('a', 'aa')", "format", "map('x')", "_within_budget", "center"]
)
def test_only_harmless_filters_are_there(filtered):
    with pytest.raises(PayloadError, match="must not use"):
        check(f"{{{{ event | {filtered} }}}}")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("{{ 'x' * 1000000000 }}", "is for numbers"),
        ("{{ event.list * 3 }}", "is for numbers"),
        ("{{ event.__class__.__mro__ }}{{ event.s.__class__.__name__ | default(1 / 0) }}", "division by zero"),
        ("{{ 'abc' | int }}", "invalid literal|could not convert"),
        (
            "{% for a in event.many %}{% for b in event.many %}{% endfor %}{% endfor %}",
            "go round more than 10,000 times",
        ),
        ("{% for a in event.many %}{{ event.long }}{% endfor %}", "larger than 262,144 characters"),
        ("{{ event.many | join(event.long) }}", "join makes too long a text"),
        ("{{ event.quotes" + " | tojson" * 12 + " }}", "tojson makes too long a text"),
    ],
)
def test_what_would_take_long_or_much_is_stopped(source, message):
    values = {"event": {**VALUES["event"], "many": [1] * 5000, "long": "y" * 30_000, "quotes": '"' * 30_000}}
    began = time.perf_counter()
    with pytest.raises(PayloadError, match=message):
        rendered(source, values)
    assert time.perf_counter() - began < 2


@pytest.mark.parametrize("attribute", ["__class__", "__init__", "items", "keys", "update", "__globals__"])
@pytest.mark.parametrize("value", [{}, [], "text", 1])
def test_a_value_has_no_attributes_but_its_fields(value, attribute):
    assert rendered(f"[{{{{ event.{attribute} }}}}]", {"event": value}) == "[]"


def test_a_field_may_have_the_name_of_a_method():
    assert rendered("{{ event.items | length }}{{ event.keys }}", {"event": {"items": [1, 2], "keys": "k"}}) == "2k"


@given(st.text(alphabet="{}%|.[]()'\"eventfor in list+-*~ 0123456789", max_size=40))
def test_any_text_is_a_template_or_is_refused(source):
    try:
        assert isinstance(rendered(check(source), VALUES), str)
    except PayloadError as refused:
        assert str(refused)  # noqa: PT017 - both are fine
