"""The OpenAPI document: valid, complete, and true."""

import json

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

import app
from chalicelib import clock
from chalicelib.api.openapi import document
from chalicelib.api.operation import operations
from chalicelib.api.validation import decode
from chalicelib.ingestion import event

# Answered for browsers and for methods a path does not take, not operations.
NOT_OPERATIONS = {"OPTIONS", "HEAD"}


def test_the_document_is_valid():
    OpenAPIV31SpecValidator(json.loads(json.dumps(document()))).validate()


def test_every_route_that_does_something_is_in_it():
    served = {
        (path, method)
        for path, methods in app.app.routes.items()
        for method, route in methods.items()
        if method not in NOT_OPERATIONS and route.view_function.__name__ not in ("refuse_method", "console")
    }
    described = {(path, method.upper()) for path, methods in document()["paths"].items() for method in methods}
    assert described == served


@pytest.mark.parametrize("operation", operations(), ids=lambda operation: operation.name)
def test_every_operation_is_described(operation):
    described = document()["paths"][operation.path][operation.method.lower()]
    assert described["summary"]
    assert len(described["description"]) > 10
    assert {"500", "503", str(operation.status)} <= set(described["responses"])
    assert bool(described["security"]) == bool(operation.role)
    if operation.role:
        assert {"401", "403"} <= set(described["responses"])
        assert f"Required role: {operation.role} or above." in described["description"]


@pytest.mark.parametrize(
    "operation",
    [operation for operation in operations() if operation.body or operation.sends],
    ids=lambda operation: operation.name,
)
def test_every_body_has_an_example_that_is_accepted(operation):
    if operation.body:
        decode(operation.body, operation.example, read_only=operation.read_only)
    else:
        kind = {"/v1/t": "track", "/v1/p": "page", "/v1/i": "identify", "/v1/g": "group"}.get(operation.path)
        for item in operation.example.get("batch", [operation.example] if kind else []):
            event.normalise(kind or item["type"], item, clock.now())


def test_the_specifications_names_are_used():
    schemas = document()["components"]["schemas"]
    assert {"Pipeline", "PipelineCreate", "PipelineUpdate", "PipelineList", "Error"} <= set(schemas)
    assert "/v1/admin/pipelines/{pipeline_id}" in document()["paths"]
    assert set(schemas["PipelineCreate"]["required"]) == {"name", "type"}
    assert schemas["PipelineCreate"]["properties"]["rate_limit_rps"]["default"] == 1000


def test_the_document_and_the_page_are_served(api):
    reply = api.get("/v1/openapi.json")
    assert reply.json == json.loads(json.dumps(document()))
    page = api.get("/v1/docs")
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    text = page.body.decode()
    for operation in operations():
        assert f'id="{operation.name}"' in text
    assert "Authorization: Bearer {access_token}" in text
    assert "script" not in page.headers["Content-Security-Policy"]
