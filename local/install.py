"""Makes a virtual environment and installs pinned requirements into it, once.

Run by the Makefile with the machine's own Python, so it stands on the standard library alone:
`python3 local/install.py .venv requirements-run.txt`.
"""

import hashlib
import subprocess
import sys
from pathlib import Path

OLDEST_PYTHON = (3, 11)
LAST_WORDS = 5  # lines
INTERRUPTED = 130  # as shells count Ctrl-C


def main(arguments: list[str]) -> int:
    """Install; returns the exit code."""
    folder, *files = (Path(argument) for argument in arguments)
    if sys.version_info < OLDEST_PYTHON:
        return failed(
            f"Python {'.'.join(map(str, OLDEST_PYTHON))} or newer is needed, this is {sys.version.split()[0]}"
        )
    stamp = folder / f"installed-{files[-1].stem}"
    wanted = checksum(files)
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
        return 0
    # pip comes last: one that was interrupted, or made without python3-venv, has a Python already
    if not (folder / "bin" / "pip").exists() and (trouble := make_environment(folder)):
        return failed(trouble)
    if not install(folder, files):
        return failed(f"the packages of {files[-1]} could not be installed; pip's own words are above")
    stamp.write_text(wanted, encoding="utf-8")
    return 0


def make_environment(folder: Path) -> str:
    """Make the virtual environment, or complete it; returns what went wrong, empty when nothing did."""
    print(f"Making the virtual environment {folder} …", flush=True)
    made = subprocess.run([sys.executable, "-m", "venv", str(folder)], capture_output=True, text=True, check=False)
    if not made.returncode:
        return ""
    words = (made.stdout + made.stderr).strip()
    if "ensurepip is not available" in words or "No module named venv" in words:
        return "Python's venv module is missing; install it (Debian and Ubuntu: the package python3-venv)"
    return f"the virtual environment {folder} cannot be made ({words.splitlines()[-1] if words else 'no reason given'})"


def install(folder: Path, files: list[Path]) -> bool:
    """Let pip install, saying package by package how far it is."""
    command = [str(folder / "bin" / "python"), "-m", "pip", "install", "--disable-pip-version-check"]
    for file in files:
        command += ["-r", str(file)]
    total, seen, lines = len(pinned(files)), 0, []
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as pip:
        for line in pip.stdout or ():
            lines.append(line)
            if line.startswith(("Collecting ", "Processing ")):
                seen += 1
                package = line.split()[1].rpartition("/")[2]
                print(f"  {folder}: {min(seen, total)} of {total}  {package}", flush=True)
            elif line.startswith("Installing collected packages"):
                print(f"  {folder}: unpacking …", flush=True)
    if pip.returncode:
        errors = [line for line in lines if "ERROR" in line or line.startswith("error")]
        print("".join(errors or lines[-LAST_WORDS:]), file=sys.stderr)
    return pip.returncode == 0


def pinned(files: list[Path]) -> set[str]:
    """The packages that requirement files name, those they include as well."""
    names: set[str] = set()
    for file in files:
        for line in file.read_text(encoding="utf-8").splitlines():
            if line.startswith("-r "):
                names |= pinned([file.parent / line[3:].strip()])
            elif line.strip() and not line.startswith("#"):
                names.add(line.partition("==")[0])
    return names


def checksum(files: list[Path]) -> str:
    """Changes whenever the requirements or the Python do."""
    digest = hashlib.sha256(sys.version.encode())
    for file in sorted({file.resolve() for file in files} | included(files)):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def included(files: list[Path]) -> set[Path]:
    """The requirement files that others include."""
    found: set[Path] = set()
    for file in files:
        for line in file.read_text(encoding="utf-8").splitlines():
            if line.startswith("-r "):
                other = (file.parent / line[3:].strip()).resolve()
                found |= {other} | included([other])
    return found


def failed(message: str) -> int:
    """Say what went wrong."""
    print(f"Cannot set up: {message}.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        print("Interrupted; the next time goes on from here.", file=sys.stderr)
        sys.exit(INTERRUPTED)
