"""The packages that go into the zip: those of requirements.txt, as wheels for where they will run, and nothing else.

Chalice would bring botocore along (17 MB), which the Lambda runtime has already; it takes `vendor/` as it is.
"""

import shutil
import sys
from pathlib import Path

from .failure import run

# The newest manylinux that python3.13's Amazon Linux 2023 (glibc 2.34) runs; some wheels exist only for 2.28.
LAMBDA = (
    *("--platform", "manylinux2014_aarch64", "--platform", "manylinux_2_28_aarch64"),
    *("--implementation", "cp", "--python-version", "3.13", "--only-binary=:all:"),
)
# Read only while developing, or by pip; and what compiles bindings such as argon2's, which are compiled already.
NOISE = (
    *("**/__pycache__", "**/tests", "**/test", "**/*.pyi", "bin", "*.dist-info/[!Ll]*"),
    *("cffi", "pycparser", "pycparser-*", "crawleruseragents/package*.json"),
)


def install(requirements: Path, vendor: Path, *, for_lambda: bool) -> None:
    """Put the packages of `requirements` into `vendor`.

    Raises PackagingFailed.
    """
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"]
    command += ["--no-compile", "--no-deps", "--target", str(vendor), "--requirement", str(requirements)]
    run(command + list(LAMBDA if for_lambda else ()), f"The packages of {requirements.name} cannot be installed")
    for pattern in NOISE:
        for path in list(vendor.glob(pattern)):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
