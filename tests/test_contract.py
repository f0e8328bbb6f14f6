"""The running server keeps its OpenAPI document: schemathesis sends what the document allows and what it forbids."""

import subprocess
import sys

import pytest

from chalicelib.api.openapi import document

from .running import Running

# Left out: positive_data_acceptance, because a request that fits its schema may still be refused with reason (a host
# that is none, an Idempotency-Key used before, a version that has passed).
CHECKS = ",".join(
    [
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "response_schema_conformance",
        "negative_data_rejection",
        "unsupported_method",
        "ignored_auth",
        "use_after_free",
        "ensure_resource_availability",
    ]
)


@pytest.fixture
def own_server(tmp_path):
    """A server of this test's own: it removes users and changes passwords too."""
    server = Running(tmp_path / "state")
    yield server
    server.stop()


@pytest.mark.slow
@pytest.mark.parametrize("examples", [2, pytest.param(40, marks=pytest.mark.thorough)])
def test_the_server_keeps_its_openapi_document(own_server, tmp_path, examples):
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "run", f"{own_server.url}/v1/openapi.json"),
        *("-H", f"Authorization: Bearer {own_server.credentials['access_token']}"),
        *("--checks", CHECKS, "--max-examples", str(examples), "--seed", "1", "--generation-database", "none"),
        *("--no-color", "--workers", "2"),
    ]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout[-6000:]
    # The document itself is read, not tested.
    described = sum(len(methods) for path, methods in document()["paths"].items() if path != "/v1/openapi.json")
    assert f"Tested: {described}" in ended.stdout
