"""Whether CloudFormation would take the template: linted as it is, and again after the SAM transform, which alone shows
wrong IAM actions and schedules."""

import copy
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

from .failure import PackagingFailed, run

REGION = "us-east-1"
FINDINGS = 30  # lines of cfn-lint's that are shown


def lint(template: Path, ignored: Sequence[str] = ()) -> None:
    """Raises PackagingFailed with what cfn-lint finds, but for the rules that are ignored."""
    command = [
        sys.executable,
        "-c",
        "import sys; from cfnlint.runner import main; sys.exit(main())",
        "--regions",
        REGION,
        *(["--ignore-checks", *ignored] if ignored else []),
        "--",
        str(template),
    ]
    run(command, f"cfn-lint finds mistakes in {template.name}", last_lines=FINDINGS)


def expand(template: dict[str, Any]) -> dict[str, Any]:
    """What CloudFormation makes of the SAM template, in the region that the environment names.

    Raises PackagingFailed.
    """
    uploaded = copy.deepcopy(template)
    for resource in uploaded["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = "s3://bucket/deployment.zip"
    try:
        expanded: dict[str, Any] = Translator({}, Parser()).translate(uploaded, {})
    except Exception as error:
        raise PackagingFailed(f"The SAM transform refuses the template: {error}") from error
    return expanded
