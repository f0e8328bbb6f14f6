"""The settings of a pipeline, in parts that are saved one by one."""

import re
from collections.abc import Callable
from typing import Any

from msgspec import json as msgspec_json

from ...activity import metrics
from ...activity.schemas import MetricsQuery
from ...api.validation import parse_json
from ...errors import InvalidJson, PreconditionFailed, RateLimited, ValidationFailed
from ...ingestion import explanation
from ...integrations import overview as uses
from ...pipelines import catalogue, commands, records, rules
from ...pipelines.schemas import PipelineUpdate
from ...pipelines.table import Pipeline
from ..forms import LINES, Form
from ..pages import page
from ..visit import Shown, Visit
from .overview import ONE

PATH = f"{ONE}/settings"
KNOWN_CONFIG = ("anonymize_ip", "filter_bots")  # that ingestion knows; whatever else is in `config` is the customer's
CONFLICT = (
    "Somebody has changed this pipeline since you opened the page. What you typed is still here; look at the history "
    "first, then save again to put it in place of theirs."
)


@page("GET", PATH, role="viewer")
def settings(visit: Visit, pipeline_id: str) -> Shown:
    """All the settings."""
    org_id = visit.caller.org_id
    pipeline = records.load(org_id, pipeline_id)
    origin = visit.asked("origin")
    return visit.show(
        "settings.html",
        pipeline=records.shown(pipeline),
        version=int(pipeline.version),
        other_config=_json({name: value for name, value in pipeline.config.items() if name not in KNOWN_CONFIG}),
        uses={use.key: use.used_by for use in uses.uses_of(pipeline).parameters},
        labels=_labels(org_id),
        use=_use(pipeline),
        origin=origin,
        tried=explanation.verdict(pipeline.domain_allowlist, origin) if origin else None,
        editable=visit.caller.may_act_as("editor"),
    )


@page("POST", PATH, role="editor", again=settings)
def save(visit: Visit, pipeline_id: str) -> Shown:
    """Save one part."""
    part = visit.form.value("form")
    if part not in PARTS:
        raise ValidationFailed([{"field": "form", "message": f"must be one of {', '.join(PARTS)}"}])
    pipeline = records.load(visit.caller.org_id, pipeline_id)
    wanted = visit.decoded(PipelineUpdate, PARTS[part](visit.form, pipeline))
    saved = updated(visit, pipeline_id, wanted)
    done = "saved" if saved.version != pipeline.version else "unchanged"
    return visit.go(f"{visit.path}", done=done)


def updated(visit: Visit, pipeline_id: str, wanted: PipelineUpdate) -> Pipeline:
    """The pipeline with these changes, made to the version that the form was opened with.

    Raises PreconditionFailed with what to do then, and all that an update raises.
    """
    try:
        return commands.update(visit.actor, pipeline_id, wanted, visit.form.opened_with)
    except PreconditionFailed:
        now = records.load(visit.caller.org_id, pipeline_id)
        if commands.is_so(now, wanted):  # as it is when the form is sent twice
            return now
        del visit.form.values["version"]  # the page that comes again has the newest
        raise PreconditionFailed(CONFLICT) from None


def _general(form: Form, _: Pipeline) -> dict[str, Any]:
    return {
        "name": form.value("name"),
        "slug": form.value("slug"),
        "labels": form.lines("labels"),
        "enabled": form.checked("enabled"),
    }


def _senders(form: Form, _: Pipeline) -> dict[str, Any]:
    return {
        "domain_allowlist": form.lines("domain_allowlist"),
        "challenge_token_required": form.checked("challenge_token_required"),
    }


def _rate(form: Form, _: Pipeline) -> dict[str, Any]:
    return {"rate_limit_rps": whole_number(form.value("rate_limit_rps"))}


def _parameters(form: Form, pipeline: Pipeline) -> dict[str, Any]:
    pairs = [
        (key.strip(), _with_breaks(value, pipeline.parameters.get(key.strip(), "")))
        for key, value in zip(form.all("key"), form.all("value"), strict=False)
    ]
    given = [pair for pair in pairs if any(pair)]
    keys = [key for key, _ in given]
    twice = sorted({key for key in keys if keys.count(key) > 1})
    if twice:
        raise ValidationFailed([{"field": f"parameters.{key}", "message": "is there twice"} for key in twice])
    return {"parameters": dict(given)}


def _with_breaks(typed: str, stored: str) -> str:
    """A value with the line breaks that it had: browsers send their own."""
    lines = LINES.split(typed)
    return stored if lines == LINES.split(stored) else "\n".join(lines)


def _identity(form: Form, pipeline: Pipeline) -> dict[str, Any]:
    return {
        "identity_config": pipeline.identity_config
        | {
            "cross_domain_enabled": form.checked("cross_domain_enabled"),
            "cross_domain_domains": form.lines("cross_domain_domains"),
        }
    }


def _privacy(form: Form, _: Pipeline) -> dict[str, Any]:
    try:
        other = parse_json(form.value("other_config", "{}").encode() or b"{}")
    except InvalidJson as error:
        message = f"must be JSON: {error.message.removeprefix('The body is ')}"
        raise ValidationFailed([{"field": "config", "message": message}]) from None
    if not isinstance(other, dict):
        raise ValidationFailed([{"field": "config", "message": 'must be a JSON object such as {"team": "growth"}'}])
    return {"config": other | {name: True for name in KNOWN_CONFIG if form.checked(name)}}


PARTS: dict[str, Callable[[Form, Pipeline], dict[str, Any]]] = {
    "general": _general,
    "senders": _senders,
    "rate": _rate,
    "parameters": _parameters,
    "identity": _identity,
    "privacy": _privacy,
}


def whole_number(text: str) -> Any:
    """The number that was typed; whatever else it is, validation says so."""
    text = text.strip().replace(",", "")
    return int(text) if re.fullmatch("[0-9]{1,15}", text) else text


def _labels(org_id: str) -> list[str]:
    rows = catalogue.rows_of(org_id).values()
    return [label for label, *_ in rules.available_labels(row.labels for row in rows)]


def _use(pipeline: Pipeline) -> dict[str, int]:
    """Of the rate limit, within the last hour."""
    measured = metrics.measured(pipeline.id, MetricsQuery())
    return {
        "busiest": max((each.accepted for each in measured.series), default=0),
        "limited": measured.total.refused.get(RateLimited.code(), 0),
    }


def _json(value: Any) -> str:
    return msgspec_json.format(msgspec_json.encode(value)).decode() if value else ""
