"""What `make package` makes: the zip, the template, and that a mistake in either is found."""

import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from app import app
from chalicelib.infrastructure.functions import FUNCTIONS
from deployment import bundle, checks, package, vendor
from deployment.failure import PackagingFailed

from .conftest import ROOT, Package, make_package

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def names(packaged: Package) -> set[str]:
    with zipfile.ZipFile(packaged.bundle) as made:
        return set(made.namelist())


@pytest.fixture(scope="module")
def resources(packaged: Package) -> dict[str, Any]:
    found: dict[str, Any] = packaged.read("sam.json")["Resources"]
    return found


def test_the_zip_is_small(packaged: Package) -> None:
    assert packaged.bundle.stat().st_size <= 3_000_000


def test_the_zip_has_the_product_and_its_scripts(names: set[str]) -> None:
    source = {path.relative_to(ROOT).as_posix() for path in (ROOT / "chalicelib").rglob("*") if path.is_file()}
    assert {"app.py", "chalice/app.py"} | {name for name in source if "__pycache__" not in name} <= names
    assert any(name.endswith(".js") for name in source)


UNWANTED = ["botocore/", "boto3/", "moto/", "cffi/", "pycparser/", "local/", "tests/", "/tests/", "__pycache__"]


@pytest.mark.parametrize("unwanted", UNWANTED)
def test_the_zip_lacks_what_lambda_has_or_nobody_needs(names: set[str], unwanted: str) -> None:
    found = [name for name in names if name.startswith(unwanted) or (unwanted[0] in "/_" and unwanted in name)]
    assert found == []


def test_passwords_need_nothing_of_what_their_bindings_were_compiled_with() -> None:
    without = "import sys; sys.modules |= {'cffi': None, 'pycparser': None}"
    hashed = "from chalicelib.accounts import passwords; assert passwords.is_correct('a', passwords.hash_password('a'))"
    subprocess.run([sys.executable, "-c", f"{without}; {hashed}"], cwd=ROOT, check=True)


def test_compiled_packages_are_for_the_runtime(names: set[str]) -> None:
    compiled = {name for name in names if name.endswith(".so")}
    assert compiled
    assert all("cpython-313-aarch64" in name or ".abi3." in name for name in compiled)


def test_the_same_source_makes_the_same_package(tmp_path: Path) -> None:
    once, again = (make_package(tmp_path / each, "local") for each in ("once", "again"))
    assert again.bundle.read_bytes() == once.bundle.read_bytes()
    assert again.read("sam.json") == once.read("sam.json")


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda each: each.name)
def test_a_function_is_deployed_as_it_is_described(resources: dict[str, Any], function: Any) -> None:
    properties = resources[function.logical_id]["Properties"]
    assert (properties["Runtime"], properties["Architectures"]) == ("python3.13", ["arm64"])
    assert (properties["MemorySize"], properties["Timeout"]) == (function.memory_mb, function.timeout_seconds)
    assert set(properties["Environment"]["Variables"]) == {"STAGE", *function.told}


@pytest.mark.parametrize("function", [each for each in FUNCTIONS if each.queue], ids=lambda each: each.name)
def test_a_consumer_reports_failures_of_its_own_queue(packaged: Package, function: Any) -> None:
    """As the SAM transform makes it: a name that Chalice does not use would leave its own event untouched."""
    expanded = packaged.read("expanded.json")["Resources"].values()
    sources = [each["Properties"] for each in expanded if each["Type"] == "AWS::Lambda::EventSourceMapping"]
    (source,) = [each for each in sources if each["FunctionName"] == {"Ref": function.logical_id}]
    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert source["EventSourceArn"] == {"Fn::Sub": f"${{{function.queue}.Arn}}"}
    assert source["BatchSize"] == function.batch_size


def test_no_two_functions_share_a_role(resources: dict[str, Any]) -> None:
    roles = {str(resources[function.logical_id]["Properties"]["Role"]) for function in FUNCTIONS}
    assert len(roles) == len(FUNCTIONS)


def test_every_route_is_at_the_gateway(resources: dict[str, Any]) -> None:
    paths = resources["RestAPI"]["Properties"]["DefinitionBody"]["paths"]
    deployed = {path: {method.upper() for method in methods} for path, methods in paths.items()}
    assert deployed == {path: set(methods) for path, methods in app.routes.items()}


@pytest.mark.parametrize("path", sorted(app.routes))
def test_every_method_reaches_the_application_which_answers_405(resources: dict[str, Any], path: str) -> None:
    methods = resources["RestAPI"]["Properties"]["DefinitionBody"]["paths"][path]
    assert set(methods) >= {"get", "head", "options", "post", "put", "patch", "delete"}


def test_the_api_names_its_function_without_depending_on_it(resources: dict[str, Any]) -> None:
    assert "APIHandler" not in json.dumps(resources["RestAPI"])
    assert resources["APIHandler"]["Properties"]["FunctionName"] == "signal-dev-api"
    assert "function:signal-dev-api/invocations" in json.dumps(resources["RestAPI"])


def test_the_transform_keeps_the_gateways_answers(packaged: Package) -> None:
    (api,) = [
        each
        for each in packaged.read("expanded.json")["Resources"].values()
        if each["Type"] == "AWS::ApiGateway::RestApi"
    ]
    answers = api["Properties"]["Body"]["x-amazon-apigateway-gateway-responses"]
    assert answers["MISSING_AUTHENTICATION_TOKEN"]["statusCode"] in (404, "404")


def _first_action(template: dict[str, Any]) -> list[str]:
    statement = template["Resources"]["CleanupRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"][0]
    actions: list[str] = statement["Action"]
    return actions


def _misspell_action(template: dict[str, Any]) -> None:
    _first_action(template)[0] = "logs:CreateLogStreams"


def _depend_in_a_circle(template: dict[str, Any]) -> None:
    paths = template["Resources"]["RestAPI"]["Properties"]["Body"]["paths"]
    paths["/v1/health"]["get"]["x-amazon-apigateway-integration"]["uri"] = {"Fn::Sub": "${APIHandler.Arn}/invocations"}


def _point_nowhere(template: dict[str, Any]) -> None:
    template["Resources"]["Build"]["Properties"]["Environment"]["Variables"]["COLLECTOR_BUCKET"] = {"Ref": "Bucket"}


@pytest.mark.parametrize(
    "mistake", [_misspell_action, _depend_in_a_circle, _point_nowhere], ids=lambda each: each.__name__
)
def test_the_linter_finds(packaged: Package, tmp_path: Path, mistake: Any) -> None:
    template = packaged.read("expanded.json")
    mistake(template)
    wrong = tmp_path / "wrong.json"
    wrong.write_text(json.dumps(template))
    with pytest.raises(PackagingFailed, match=r"cfn-lint finds mistakes in wrong\.json"):
        checks.lint(wrong)


def test_a_zip_without_a_script_is_refused(tmp_path: Path) -> None:
    made = tmp_path / "deployment.zip"
    with zipfile.ZipFile(made, "w") as empty:
        empty.writestr("app.py", "")
    with pytest.raises(PackagingFailed, match=r"The zip lacks .*start\.js"):
        bundle.check(made, ROOT)


def test_a_zip_too_large_is_refused(monkeypatch: pytest.MonkeyPatch, packaged: Package) -> None:
    monkeypatch.setattr(bundle, "LARGEST_BYTES", 1000)
    with pytest.raises(PackagingFailed, match="it may have 1,000"):
        bundle.check(packaged.bundle, ROOT)


def test_a_package_that_cannot_be_installed_is_one_sentence(tmp_path: Path) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("./nothing-1.0-py3-none-any.whl\n")
    with pytest.raises(PackagingFailed, match=r"^The packages of requirements\.txt cannot be installed:\n"):
        vendor.install(requirements, tmp_path / "vendor", for_lambda=False)


def test_an_application_that_cannot_be_imported_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "source"
    shutil.copytree(ROOT / ".chalice", source / ".chalice")
    (source / "chalicelib").mkdir()
    (source / "requirements.txt").touch()
    (source / "app.py").write_text("import nothing_of_this_name\n")
    monkeypatch.setattr(package, "SOURCE", source)
    with pytest.raises(PackagingFailed, match=r"^Chalice cannot package the application:\n.*nothing_of_this_name"):
        package.package("dev", tmp_path / "out")


def test_a_stage_that_does_not_fit_is_one_sentence(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "deployment.package", "--stage", "The_Moon", "--out", tmp_path]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "error: STAGE 'The_Moon' does not fit: 1 to 24 lower-case letters, digits and hyphens, a letter first and no "
        "hyphen last, such as prod\n"
    )


def test_the_template_leaves_room_below_the_megabyte_that_cloudformation_takes(packaged: Package) -> None:
    assert (packaged.folder / "sam.json").stat().st_size < 500_000
