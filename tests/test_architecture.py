"""Who may import whom: the folders say what the product does, and the direction between them is held here."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FEATURES = {"accounts", "audit", "pipelines", "collector", "ingestion", "activity", "integrations", "delivery"}
FOUNDATION = {
    "aws",
    "certificate",
    "client_address",
    "clock",
    "differences",
    "encryption",
    "errors",
    "event_shape",
    "identifiers",
    "logs",
    "masking",
    "metrics",
    "queues",
    "settings",
    "signing_keys",
    "store",
    "text",
    "unique_names",
}
# What a folder or module of chalicelib may import of chalicelib, beside itself and the foundation.
ALLOWED = {
    "api": {"auth"},
    "auth": set(),
    "audit": {"api", "auth"},
    "accounts": {"api", "audit", "auth"},
    "pipelines": {"api", "audit", "auth"},
    "collector": {"api", "audit", "auth", "pipelines"},
    "ingestion": {"api", "auth", "pipelines", "activity"},
    "activity": {"api", "auth", "pipelines"},
    "integrations": {"api", "audit", "auth", "pipelines"},
    "delivery": {"api", "audit", "auth", "pipelines", "activity", "ingestion", "integrations"},
    "console": FEATURES | {"api", "audit", "auth"},
    "cleanup": {"api", "accounts", "activity", "pipelines"},
    "infrastructure": FEATURES | {"api", "console"},
}
PURE = [
    *("rules.py", "builder.py", "validation.py"),
    *(
        "body.py",
        "client_address.py",
        "credentials.py",
        "differences.py",
        "event.py",
        "event_shape.py",
        "gate.py",
        "masking.py",
        "page_address.py",
        "pixel.py",
        "retry.py",
        "signature.py",
        "vendor_ids.py",
        "visitor.py",
    ),
]  # know neither AWS nor the clock, and nor do these:
PURE_INTEGRATIONS = {
    *(
        "addresses.py",
        "aws_answers.py",
        "catalog.py",
        "config_types.py",
        "consent.py",
        "event_parts.py",
        "filters.py",
        "formats.py",
        "mapping.py",
        "parameters.py",
        "paths.py",
        "payloads.py",
        "personal_data.py",
        "presets.py",
        "resolution.py",
        "vendor.py",
    ),
}
IMPURE = {"boto3", "botocore", "pynamodb", "chalice", "time", "os", "random"}
CHALICE = {
    "routes.py",
    "attachment_routes.py",
    "history_routes.py",
    "operation.py",
    "requests.py",
    "idempotency.py",
    "description.py",
    "health.py",
    "http_api.py",
    "answering.py",
    "assets.py",
    "visit.py",
    "app.py",
}

modules = sorted((ROOT / "chalicelib").rglob("*.py"))


def imports(path: Path) -> set[str]:
    """What a module imports: names of packages, and full dotted names for those of chalicelib."""
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            prefix = ".".join((*base, node.module) if node.module else base)
            found |= {f"{prefix}.{alias.name}" for alias in node.names} | {prefix}
    return found


def is_pure(path: Path) -> bool:
    """Whether a module is one of plain functions: by its name, and every vendor."""
    integrations = ROOT / "chalicelib" / "integrations"
    return (
        path.name in PURE
        or path.is_relative_to(integrations / "vendors")
        or (path.parent == integrations and path.name in PURE_INTEGRATIONS)
    )


def part_of(dotted: str) -> str | None:
    """The folder or module of chalicelib that a dotted name is in."""
    parts = dotted.split(".")
    return parts[1] if parts[0] == "chalicelib" and len(parts) > 1 else None


@pytest.mark.parametrize("path", modules, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_imports_only_what_is_below_it(path):
    own = path.relative_to(ROOT / "chalicelib").parts[0].removesuffix(".py")
    used = {part for name in imports(path) if (part := part_of(name))} - {own}
    if own == "__init__":
        assert not used
    elif own in FOUNDATION:
        assert used <= FOUNDATION
    else:
        assert used <= ALLOWED[own] | FOUNDATION


@pytest.mark.parametrize(
    "path", [path for path in modules if is_pure(path)], ids=lambda path: str(path.relative_to(ROOT))
)
def test_a_pure_module_knows_neither_aws_nor_the_clock(path):
    used = imports(path)
    assert not {name.partition(".")[0] for name in used} & IMPURE
    assert not {part_of(name) for name in used} & {"aws", "store", "clock", "settings", "queues", "encryption"}


@pytest.mark.parametrize("path", modules, ids=lambda path: str(path.relative_to(ROOT)))
def test_only_the_ways_in_know_chalice(path):
    assert path.name in CHALICE or "chalice" not in {name.partition(".")[0] for name in imports(path)}


@pytest.mark.parametrize("path", modules, ids=lambda path: str(path.relative_to(ROOT)))
def test_only_settings_reads_the_environment(path):
    assert path.name == "settings.py" or "os" not in imports(path)


def test_no_module_collects_what_belongs_nowhere():
    assert not [path for path in modules if path.stem in ("utils", "helpers", "common", "misc")]
