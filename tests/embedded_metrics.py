"""Lines of the log as CloudWatch reads them: documents in the embedded metric format."""

import json
from typing import Any

import jsonschema

_NAME = {"type": "string", "minLength": 1, "maxLength": 255}
_UNITS = (
    *("Seconds", "Microseconds", "Milliseconds", "Percent", "Count", "Count/Second", "None"),
    *(f"{size}{of}" for size in ("", "Kilo", "Mega", "Giga", "Tera") for of in ("bytes", "bits")),
)
_DIRECTIVE = {
    "type": "object",
    "required": ["Namespace", "Dimensions", "Metrics"],
    "additionalProperties": False,
    "properties": {
        "Namespace": _NAME | {"pattern": "^[A-Za-z0-9._/#: -]+$"},
        "Dimensions": {"type": "array", "minItems": 1, "items": {"type": "array", "maxItems": 9, "items": _NAME}},
        "Metrics": {
            "type": "array",
            "minItems": 1,
            "maxItems": 100,
            "items": {
                "type": "object",
                "required": ["Name"],
                "additionalProperties": False,
                "properties": {"Name": _NAME, "Unit": {"enum": list(_UNITS)}},
            },
        },
    },
}
# What the specification says of a document, in JSON Schema:
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["_aws"],
    "properties": {
        "_aws": {
            "type": "object",
            "required": ["Timestamp", "CloudWatchMetrics"],
            "additionalProperties": False,
            "properties": {
                "Timestamp": {"type": "integer", "minimum": 10**12},  # milliseconds
                "CloudWatchMetrics": {"type": "array", "minItems": 1, "items": _DIRECTIVE},
            },
        }
    },
}
LARGEST = 256 * 1024  # bytes of a document that every account's logs take
_NUMBER = {"type": "number"}
_NUMBERS = {"anyOf": [_NUMBER, {"type": "array", "minItems": 1, "maxItems": 100, "items": _NUMBER}]}


def values(line: dict[str, Any]) -> dict[str, Any]:
    """The numbers that CloudWatch takes out of a line; of metrics with a dimension, with its value behind the name.

    Raises jsonschema.ValidationError for a line that CloudWatch would not take.
    """
    if "_aws" not in line:
        return {}
    jsonschema.validate(line, SCHEMA)
    assert len(json.dumps(line, ensure_ascii=False).encode()) <= LARGEST
    found: dict[str, Any] = {}
    for directive in line["_aws"]["CloudWatchMetrics"]:
        for keys in directive["Dimensions"]:
            for key in keys:
                jsonschema.validate(line.get(key), _NAME)
            for name in (metric["Name"] for metric in directive["Metrics"]):
                jsonschema.validate(line.get(name), _NUMBERS)
                full = " ".join([name, *(line[key] for key in keys)])
                assert full not in found
                found[full] = line[name]
    return found
