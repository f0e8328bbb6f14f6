"""The specification's own requests, as curl sends them, give its own answers: identifiers, keys, secrets and times
apart, field for field. Fields that we add to an answer are allowed."""

import json
import re
import shlex
import shutil
import subprocess

import pytest

from chalicelib.pipelines import examples

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")

CREATE = {
    "name": "Marketing Website",
    "slug": "marketing-website",
    "type": "web",
    "domain_allowlist": ["www.example.com", "example.com"],
    "labels": ["env:production", "brand:marketing"],
    "rate_limit_rps": 1000,
    "parameters": {"ga4_measurement_id": "G-XXXXXXX", "ga4_api_secret": "xxxxxxxxxxx"},
    "js_builder_config": {"script_filename": "d.js", "global_variable": "_df"},
}
UPDATE = {
    "name": "Marketing Website (Updated)",
    "domain_allowlist": ["www.example.com", "example.com", "blog.example.com"],
    "labels": ["env:production", "brand:marketing", "site:blog"],
    "parameters": {"ga4_measurement_id": "G-NEWIDXX", "ga4_api_secret": "new_secret_value"},
    "enabled": False,
}
ID, KEY, TIME = r"pip_\w+", r"dk_pip_\w+", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
ROW = {
    "id": re.compile(ID),
    "name": "Marketing Website",
    "slug": "marketing-website",
    "type": "web",
    "pipeline_key": re.compile(KEY),
    "labels": ["env:production", "brand:marketing"],
    "enabled": True,
    "created_at": re.compile(TIME),
    "updated_at": re.compile(TIME),
}
PREFIX = {"pipeline_key_secret_prefix": re.compile(r"sk_.{4}")}
SECRET = {"pipeline_key_secret": re.compile(r"sk_.{43}")}
CREATED = (
    ROW
    | PREFIX
    | SECRET
    | {
        "org_id": re.compile(r"org_\w+"),
        "domain_allowlist": CREATE["domain_allowlist"],
        "rate_limit_rps": 1000,
    }
)
PIPELINE = {name: value for name, value in CREATED.items() if name != "pipeline_key_secret"} | {
    "challenge_token_required": False,
    "parameters": CREATE["parameters"],
    "config": {},
    "js_builder_config": {"script_filename": "d.js", "global_variable": "_df", "delivery_method": "cdn"},
    "identity_config": {"cross_domain_enabled": False, "cross_domain_domains": []},
}


@pytest.fixture(scope="module")
def curl(running):
    """Runs a curl line of the specification: our address, pipeline and token in the place of its examples."""
    known, token = {"pip_abc123": "pip_abc123"}, running.owner_of("specification").token

    def run(line, body=None):
        line = line.replace("http://localhost:8084", running.url).replace("pip_abc123", known["pip_abc123"])
        line = line.replace("{access_token}", token)
        command = [*shlex.split(line.replace("\\\n", " ")), "-s", "-w", "\n%{http_code} %{content_type}"]
        if body is not None:
            command += ["-H", "Content-Type: application/json", "-d", json.dumps(body)]
        text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        content, _, last = text.rpartition("\n")
        status, _, content_type = last.partition(" ")
        answer = json.loads(content) if content_type.startswith("application/json") else content
        if isinstance(answer, dict) and int(status) == 201:
            known["pip_abc123"] = answer["id"]
        return int(status), answer

    return run


def assert_like(answer, expected, path=""):
    """Every field of the specification's answer is there with its value."""
    if isinstance(expected, re.Pattern):
        assert expected.fullmatch(answer), (path, answer)
    elif isinstance(expected, dict):
        for name, value in expected.items():
            assert name in answer, (path, name)
            assert_like(answer[name], value, f"{path}.{name}")
    elif isinstance(expected, list):
        assert len(answer) == len(expected), path
        for place, value in enumerate(expected):
            assert_like(answer[place], value, f"{path}[{place}]")
    else:
        assert answer == expected, path


def test_the_specifications_requests_give_its_answers(curl):
    authorization = '-H "Authorization: Bearer {access_token}"'
    one = "http://localhost:8084/v1/admin/pipelines/pip_abc123"

    status, answer = curl(f"curl -X POST http://localhost:8084/v1/admin/pipelines {authorization}", CREATE)
    assert status == 201
    assert_like(answer, CREATED)

    status, answer = curl(
        f'curl -X GET "http://localhost:8084/v1/admin/pipelines?type=web&label=env:production" \\\n  {authorization}'
    )
    assert status == 200
    assert_like(answer, {"pipelines": [ROW], "total": 1, "limit": 50, "offset": 0})

    status, answer = curl(f"curl -X GET {one} \\\n  {authorization}")
    assert status == 200
    assert_like(answer, PIPELINE)
    assert "pipeline_key_secret" not in answer

    status, answer = curl(f"curl -X PUT {one} {authorization}", UPDATE)
    assert status == 200
    assert_like(answer, PIPELINE | UPDATE)

    status, answer = curl(f"curl -X POST {one}/rotate-secret \\\n  {authorization}")
    assert status == 200
    assert_like(answer, {"pipeline_key": re.compile(KEY)} | SECRET | PREFIX)

    status, answer = curl(f"curl -X POST {one}/tokens \\\n  {authorization}")
    assert status == 200
    assert_like(answer, {"token": re.compile(r"ct_.+"), "expires_at": re.compile(TIME)})

    status, answer = curl(f"curl -X GET {one}/collector/status {authorization}")
    assert (status, answer["status"]) == (200, "no_builds")

    status, answer = curl(f"curl -X POST {one}/collector/build \\\n  {authorization}")
    assert status == 200
    assert_like(answer, {"status": "building", "pipeline_id": re.compile(ID)})

    answer = until_ready(curl, f"curl -X GET {one}/collector/status {authorization}")
    assert_like(
        answer,
        {
            "status": "ready",
            "pipeline_id": re.compile(ID),
            "build_id": re.compile(r"bld_\w+"),
            "version_hash": re.compile(r"[0-9a-f]{8}"),
            "built_at": re.compile(TIME),
        },
    )
    status, script = curl(f"curl -X GET {one}/collector/download {authorization}")
    assert (status, len(script.encode())) == (200, answer["file_size_bytes"])

    status, answer = curl(f"curl -X DELETE {one} \\\n  {authorization}")
    assert (status, answer) == (200, {"status": "deleted"})


def test_the_examples_of_the_description_are_the_specifications():
    assert (examples.CREATE, examples.UPDATE) == (CREATE, UPDATE)


def until_ready(curl, line):
    """The status when the build is no longer under way."""
    import time

    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        _, answer = curl(line)
        if answer["status"] != "building":
            return answer
        time.sleep(0.1)
    raise AssertionError("the build did not end")
