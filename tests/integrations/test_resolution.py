"""A revision with a pipeline's parameters in place: what differs between pipelines, and what all of them share."""

from chalicelib.integrations import catalog
from chalicelib.integrations.mapping import EventMapping
from chalicelib.integrations.resolution import Template

CURRENCY = {"mappings": [{"target": "currency", "value": "{{pipeline_param.currency}}"}]}
FIXED = {"mappings": [{"target": "value", "source": "properties.total"}]}
WRONG = {"mappings": [{"target": "value", "source": "properties..total"}]}


def resolved(mapping, **values):
    return Template(catalog.known("webhook"), {"url": "https://hooks.example.com/"}, mapping).resolved(values)


def test_a_mapping_is_whole_whichever_of_its_events_have_placeholders():
    mapping = {"global": FIXED, "events": {"a": CURRENCY, "b": FIXED}, "defaults": {"action": "drop"}}
    found = resolved(mapping, currency="EUR").mapping
    assert isinstance(found, EventMapping)
    assert (found.events["a"].mappings[0].value, found.events["b"].mappings[0].source) == ("EUR", "properties.total")
    assert (found.for_all.mappings[0].source, found.defaults.action) == ("properties.total", "drop")


def test_everything_that_is_wrong_is_named_wherever_it_is():
    wrong = resolved({"global": WRONG, "events": {"a": WRONG, "b": CURRENCY}}, currency="EUR")
    assert wrong.mapping is None
    fields = {problem["field"] for problem in wrong.problems}
    assert fields == {"mapping.global.mappings[0].source", "mapping.events.a.mappings[0].source"}


def test_events_without_placeholders_are_decoded_once_for_all_pipelines():
    mapping = {"global": CURRENCY, "events": {"a": FIXED}}
    template = Template(catalog.known("webhook"), {"url": "https://hooks.example.com/"}, mapping)
    first, second = (template.resolved({"currency": each}).mapping for each in ("EUR", "USD"))
    assert first.events["a"] is second.events["a"]
    assert [each.for_all.mappings[0].value for each in (first, second)] == ["EUR", "USD"]
