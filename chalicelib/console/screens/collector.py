"""The collector of a pipeline: its configuration as a form, its builds, and which of them pages get."""

from typing import Any, get_args

from ...collector import builds, modules
from ...errors import ValidationFailed
from ...pipelines import collector_config, records
from ...pipelines.schemas import PipelineUpdate
from ...pipelines.table import Pipeline
from ..forms import LINES, Form
from ..pages import page
from ..visit import Shown, Visit
from .overview import ONE
from .settings import updated, whole_number

PATH = f"{ONE}/collector"
CATEGORIES: tuple[str, ...] = get_args(collector_config.Category)
VENDORS = {
    "ga4": "Google Analytics 4",
    "google_ads": "Google Ads",
    "meta": "Meta",
    "tiktok": "TikTok",
    "pinterest": "Pinterest",
    "snapchat": "Snapchat",
    "linkedin": "LinkedIn",
    "microsoft_ads": "Microsoft Ads",
}
SOURCES = {
    "tcf": "IAB TCF 2",
    "google_consent_mode": "Google Consent Mode 2",
    "onetrust": "OneTrust",
    "cookiebot": "Cookiebot",
    "cookie": "a cookie",
    "storage": "a local storage entry",
}
PARTS = ("type", "name", "data_layer", "categories")  # of a source, as columns
EMPTY_SOURCES = 2  # rows to fill in, beside those that are
SHOWN_BUILDS = 10


@page("GET", PATH, role="viewer")
def collector(visit: Visit, pipeline_id: str) -> Shown:
    """The configuration and the builds."""
    pipeline = records.load(visit.caller.org_id, pipeline_id)
    return visit.show(
        "collector.html",
        pipeline=records.shown(pipeline),
        version=int(pipeline.version),
        js=pipeline.js_builder_config,
        sources=_sources_shown(visit.form, pipeline),
        categories=CATEGORIES,
        vendors=VENDORS,
        source_types=[("", "none"), *SOURCES.items()],
        editable=visit.caller.may_act_as("editor"),
        **_builds(pipeline, visit.caller.may_act_as("editor")),
    )


@page("GET", f"{PATH}/builds", role="viewer")
def newer_builds(visit: Visit, pipeline_id: str) -> Shown:
    """The builds, newer."""
    pipeline = records.load(visit.caller.org_id, pipeline_id)
    return visit.show("builds.html", **_builds(pipeline, visit.caller.may_act_as("editor")))


def _builds(pipeline: Pipeline, editable: bool) -> dict[str, Any]:
    return {
        "pipeline_id": pipeline.id,
        "status": builds.status_of(pipeline),
        "builds": builds.newest(pipeline.id, SHOWN_BUILDS),
        "all_modules": modules.ORDER,
        "may_build": editable,
    }


@page("GET", f"{PATH}/download", role="viewer")
def download(visit: Visit, pipeline_id: str) -> Shown:
    """The current script as a file."""
    filename, text = builds.download(visit.caller.org_id, pipeline_id)
    headers = {
        "Content-Type": "application/javascript",
        "Content-Disposition": f'attachment; filename="{filename}"',
    }
    return Shown(text, headers=headers)


@page("POST", PATH, role="editor", again=collector)
def save(visit: Visit, pipeline_id: str) -> Shown:
    """Save the configuration, and build at once when that was asked for."""
    before = records.load(visit.caller.org_id, pipeline_id)
    config = _given(visit.form, _sources(before))
    saved = updated(visit, pipeline_id, visit.decoded(PipelineUpdate, {"js_builder_config": config}))
    if visit.form.value("then") == "build":
        builds.start(visit.actor, pipeline_id, None)
        return visit.go(visit.path, done="building")
    return visit.go(visit.path, done="saved" if saved.version != before.version else "unchanged")


@page("POST", f"{PATH}/build", role="editor", again=collector)
def build(visit: Visit, pipeline_id: str) -> Shown:
    """Build with the configuration as it is saved."""
    builds.start(visit.actor, pipeline_id, None)
    return visit.go(visit.path.removesuffix("/build"), done="building")


@page("POST", f"{PATH}/publish", role="editor", again=collector)
def publish(visit: Visit, pipeline_id: str) -> Shown:
    """Make an earlier build the current one."""
    builds.publish(visit.actor, pipeline_id, visit.form.value("build_id"), None)
    return visit.go(visit.path.removesuffix("/publish"), done="published")


def _given(form: Form, stored: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "script_filename": form.value("script_filename"),
        "global_variable": form.value("global_variable"),
        "delivery_method": form.value("delivery_method"),
        "page_views": form.value("page_views"),
        "retry": form.checked("retry"),
        "cross_domain": form.checked("cross_domain"),
        "batch_size": whole_number(form.value("batch_size")),
        "flush_interval_ms": whole_number(form.value("flush_interval_ms")),
        "vendor_syncs": {name: _vendor(form, name) for name in VENDORS if form.checked(f"vendor.{name}")},
        "consent_config": _consent(form, stored),
    }


def _vendor(form: Form, name: str) -> dict[str, Any]:
    sync: dict[str, Any] = {}
    if form.value(f"category.{name}"):
        sync["category"] = form.value(f"category.{name}")
    if not form.checked(f"create_ids.{name}"):
        sync["create_ids"] = False
    if name == "ga4" and form.value("measurement_id"):
        sync["measurement_id"] = form.value("measurement_id").strip()
    return sync


def _consent(form: Form, stored: list[dict[str, Any]]) -> dict[str, Any]:
    if not form.value("mode"):
        return {}
    consent: dict[str, Any] = {
        "mode": form.value("mode"),
        "required_category": form.value("required_category"),
        "on_refusal": form.value("on_refusal"),
        "global_privacy_control": [category for category in CATEGORIES if form.checked(f"gpc.{category}")],
    }
    as_shown = [(_source_shown(source), source) for source in stored]
    sources = [
        next((source for shown, source in as_shown if shown == row), _source(**row))
        for row in _rows(form)
        if row["type"]
    ]
    return consent | ({"sources": sources} if sources else {})


def _rows(form: Form) -> list[dict[str, str]]:
    """The rows of sources as they were typed."""
    columns = (form.all(f"source_{part}") for part in PARTS)
    rows = [dict(zip(PARTS, row, strict=True)) for row in zip(*columns, strict=False)]
    return [row | {"categories": "\n".join(LINES.split(row["categories"]))} for row in rows]


def _source(*, type: str, name: str, data_layer: str, categories: str) -> dict[str, Any]:  # noqa: A002 - as in the API
    source: dict[str, Any] = {"type": type}
    if name.strip():
        source["name"] = name.strip()
    if data_layer.strip():
        source["data_layer"] = data_layer.strip()
    if categories.strip():
        source["categories"] = dict(_codes(line) for line in categories.splitlines() if line.strip())
    return source


def _codes(line: str) -> tuple[str, list[str]]:
    """`analytics: C0002, C0003` → (`analytics`, [`C0002`, `C0003`])."""
    category, colon, codes = line.partition(":")
    if not colon:
        message = f"of sources must have lines such as analytics: C0002, not {line.strip()[:50]!r}"
        raise ValidationFailed([{"field": "js_builder_config.consent_config.sources", "message": message}])
    return category.strip(), [code.strip() for code in codes.split(",") if code.strip()]


def _sources(pipeline: Pipeline) -> list[dict[str, Any]]:
    return list(pipeline.js_builder_config.get("consent_config", {}).get("sources", []))


def _sources_shown(form: Form, pipeline: Pipeline) -> list[dict[str, str]]:
    """The rows of sources: as typed, or as they are stored, and some to fill in."""
    if "source_type" in form:
        return _rows(form)
    return [*map(_source_shown, _sources(pipeline)), *([dict.fromkeys(PARTS, "")] * EMPTY_SOURCES)]


def _source_shown(source: dict[str, Any]) -> dict[str, str]:
    """A row. One that comes back like this is the source that is stored: its codes may have commas, which a row cannot
    tell from those between them."""
    categories = source.get("categories", {}).items()
    return {
        "type": source["type"],
        "name": source.get("name", ""),
        "data_layer": source.get("data_layer", ""),
        "categories": "\n".join(f"{category}: {', '.join(codes)}" for category, codes in categories),
    }
