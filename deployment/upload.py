"""`python -m deployment.upload --stage prod`: packages and uploads, and prints where CloudFormation finds the template,
for those who deploy by other means."""

import sys
import tempfile
from collections.abc import Sequence
from contextlib import redirect_stdout
from pathlib import Path

from .account import open_account
from .artifacts import Artifacts
from .command import ended, options
from .package import package
from .stage import checked_stage


def main(arguments: Sequence[str] | None = None) -> int:
    """Upload what the command line asks for; the exit status."""
    return ended(_run, arguments)


def _run(arguments: Sequence[str] | None) -> None:
    parser = options("upload", __doc__)
    parser.add_argument("--package", type=Path, help="a folder that `python -m deployment.package` made")
    asked = parser.parse_args(arguments)
    stage = checked_stage(asked.stage)
    artifacts = Artifacts(open_account(asked.region), stage)
    if asked.package:
        print(artifacts.upload(asked.package).url)
        return
    with tempfile.TemporaryDirectory() as folder:
        with redirect_stdout(sys.stderr):  # the address is all that a script reads
            package(stage, Path(folder), lint=False)
        print(artifacts.upload(Path(folder)).url)


if __name__ == "__main__":
    sys.exit(main())
