"""`python -m deployment.package --stage prod --out build/package`: makes deployment.zip and sam.json of a stage.

The source is copied first, because Chalice takes whatever lies beside app.py.
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from chalicelib.infrastructure.resources import template

from . import bundle, vendor
from .circle import break_circle
from .failure import Failure, run
from .stage import checked_stage

SOURCE = Path(__file__).resolve().parent.parent
DEPLOYED = ("app.py", "chalicelib", ".chalice")
ANY_REGION = "us-east-1"  # Chalice and the SAM transform ask for one; no answer holds it
LEFT_OUT = shutil.ignore_patterns("__pycache__", "deployments", "deployed")


def main(arguments: list[str] | None = None) -> int:
    """Make the package that the command line asks for; the exit status."""
    asked = _arguments(arguments)
    try:
        package(checked_stage(asked.stage), asked.out, for_lambda=asked.platform == "lambda")
    except Failure as failure:
        print(f"error: {failure}", file=sys.stderr)
        return 1
    return 0


def _arguments(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m deployment.package", description=__doc__)
    parser.add_argument("--stage", default="prod", help="whose template: prod, dev, or any name that fits")
    parser.add_argument("--out", type=Path, default=Path("build/package"), help="the folder to write to")
    parser.add_argument(
        "--platform",
        default="lambda",
        choices=("lambda", "local"),
        help="whose packages: Lambda's (python3.13 on arm64), or those of this Python, for an emulator",
    )
    return parser.parse_args(arguments)


def package(stage: str, out: Path, *, for_lambda: bool = True, lint: bool = True) -> Path:
    """Make `deployment.zip` and `sam.json` in `out`, and with `lint` `expanded.json`; the path of sam.json.

    Raises PackagingFailed.
    """
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        _say("Copying the source")
        _copy(project)
        _say("Installing the packages of requirements.txt")
        vendor.install(SOURCE / "requirements.txt", project / "vendor", for_lambda=for_lambda)
        _say(f"Making the template of stage {stage}")
        _chalice(project, stage, out.resolve(), for_lambda=for_lambda)
    sam = out / "sam.json"
    made = json.loads(sam.read_text())
    break_circle(made)
    # CloudFormation takes no more than a megabyte of it.
    sam.write_text(json.dumps(made, separators=(",", ":"), sort_keys=True) + "\n")
    bundle.settle(out / "deployment.zip")
    _say(f"deployment.zip: {bundle.check(out / 'deployment.zip', SOURCE):,} bytes of {bundle.LARGEST_BYTES:,}")
    if for_lambda and lint:
        _check(sam, made)
    _say(f"Done: {sam}")
    return sam


def _copy(project: Path) -> None:
    for name in DEPLOYED:
        source = SOURCE / name
        if source.is_dir():
            shutil.copytree(source, project / name, ignore=LEFT_OUT)
        else:
            shutil.copy2(source, project / name)
    (project / "requirements.txt").touch()  # what is needed comes from vendor/


def _chalice(project: Path, stage: str, out: Path, *, for_lambda: bool) -> None:
    changes = template(stage)
    if not for_lambda:
        _run_here(changes)
    _write(project / "resources.json", changes)
    command = [
        sys.executable,
        "-c",
        "import sys; from chalice.cli import main; sys.exit(main())",
        "package",
        "--stage",
        stage,
    ]
    run(
        [*command, "--merge-template", "resources.json", str(out)],
        "Chalice cannot package the application",
        cwd=project,
        # app.py names its queues by the stage
        env={**os.environ, "STAGE": stage, "AWS_DEFAULT_REGION": ANY_REGION, "PYTHONDONTWRITEBYTECODE": "1"},
    )


def _run_here(changes: dict[str, Any]) -> None:
    """Leave runtime and architecture as Chalice finds them: this Python's."""
    for resource in changes["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            del resource["Properties"]["Runtime"], resource["Properties"]["Architectures"]


def _check(sam: Path, made: dict[str, Any]) -> None:
    from . import checks  # who only deploys has no linter

    os.environ["AWS_DEFAULT_REGION"] = ANY_REGION
    _say("Linting sam.json")
    checks.lint(sam)
    _say("Linting what the SAM transform makes of it")
    expanded = sam.with_name("expanded.json")
    _write(expanded, checks.expand(made))
    checks.lint(expanded)


def _write(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=2, sort_keys=True) + "\n")


def _say(what: str) -> None:
    print(what, flush=True)


if __name__ == "__main__":
    sys.exit(main())
