"""What would be sent for an event, and if nothing, why not. Nothing is sent, and no secret is in what is shown: the
requests are made with *** in place of every secret."""

import gzip
import json
from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import UNSET

from .. import clock
from ..pipelines import records as pipeline_records
from . import attachment_schemas, catalog, drafts, dry_run_schemas, given_event, records, revisions, targets
from .decisions import CONSENT, Withheld, decided
from .redaction import Redaction
from .resolution import Resolved, Template
from .secrets import MASK
from .table import Integration
from .vendor import Consent, HttpRequest, Outgoing, Sending, Vendor


def dry_run(org_id: str, integration_id: str, wanted: dry_run_schemas.DryRun) -> dry_run_schemas.DryRunReport:
    """What a revision, or what is not saved yet, would send for an event.

    Raises IntegrationNotFound, PipelineNotFound, ValidationFailed.
    """
    integration = records.load(org_id, integration_id)
    number = records.revision_number(integration, wanted.revision)
    given = wanted.pipeline_id is not UNSET
    parameters = pipeline_records.load(org_id, str(wanted.pipeline_id)).parameters if given else {}
    event = given_event.completed(wanted.event)
    vendor, template, category = _contents(integration, number, wanted)
    resolved = template.resolved(parameters)
    report = dry_run_schemas.DryRunReport(revision=number, event=event, missing=resolved.missing)
    refused = targets.refusals(resolved.plain, vendor.addresses) if resolved.config is not None else []
    problems = resolved.problems + [{**each, "field": f"config.{each['field']}"} for each in refused]
    if problems or resolved.mapping is None:
        report.problems = [attachment_schemas.Problem(**problem) for problem in problems]
        return _stopped(report, "configuration", "the configuration cannot be used")
    if resolved.missing and given:
        return _stopped(report, "parameters", f"the pipeline has no {', '.join(resolved.missing)}")
    decision = decided(category, resolved.mapping, event)
    if isinstance(decision, Withheld):
        return _stopped(report, "consent" if decision.code == CONSENT else "mapping", decision.reason)
    return _with_requests(report, vendor, resolved, decision)


def _contents(
    integration: Integration, number: int, wanted: dry_run_schemas.DryRun
) -> tuple[Vendor, Template, Consent]:
    """What is tried: the revision, with what is given in place of parts of it."""
    revision, vendor = revisions.numbered(integration.id, number), catalog.known(integration.vendor)
    draft = drafts.drafted(vendor, wanted, revision, to_be_saved=False)
    return vendor, Template(vendor, draft.config, draft.mapping), draft.consent


def _with_requests(
    report: dry_run_schemas.DryRunReport, vendor: Vendor, resolved: Resolved, outgoing: Outgoing
) -> dry_run_schemas.DryRunReport:
    """The report with what the vendor would get."""
    fields = [field for field in catalog.secret_fields(vendor.key) if resolved.plain.get(field)]
    redaction = Redaction(resolved.plain[field] for field in fields)
    report.vendor_event_name = outgoing.name
    report.values = redaction.value(outgoing.values)
    config = msgspec.structs.replace(resolved.config, **dict.fromkeys(fields, MASK))
    reason = vendor.missing(config, outgoing)
    if reason:
        return _stopped(report, "vendor", redaction.text(reason))
    report.requests = [_shown(sending, redaction) for sending in _sendings(vendor, config, outgoing)]
    report.would_be_sent = True
    return report


def _sendings(vendor: Vendor, config: Any, outgoing: Outgoing) -> Iterable[Sending]:
    return vendor.requests(config, [outgoing], MASK if vendor.token_request else "")


def _stopped(
    report: dry_run_schemas.DryRunReport, by: dry_run_schemas.StoppedBy, reason: str
) -> dry_run_schemas.DryRunReport:
    report.stopped_by, report.reason = by, reason
    return report


def _shown(
    sending: Sending, redaction: Redaction
) -> dry_run_schemas.ShownHttpRequest | dry_run_schemas.ShownAwsRequest:
    """A request as people read it."""
    request = sending.request
    if isinstance(request, HttpRequest):
        request, own = request.at(clock.timestamp()), Redaction((MASK, *request.secrets))
        return dry_run_schemas.ShownHttpRequest(
            method=request.method,
            url=redaction.text(own.text(request.url)),
            headers=redaction.headers(own.headers(request.headers, request.secret_headers)),
            body=redaction.value(own.value(_readable(request.body))),
        )
    return dry_run_schemas.ShownAwsRequest(
        service=request.service,
        operation=request.operation,
        arguments=redaction.value(_readable(dict(request.arguments))),
    )


def _readable(value: Any) -> Any:
    """What bytes say: JSON or a text, of what is compressed too."""
    if isinstance(value, dict):
        return {name: _readable(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_readable(item) for item in value]
    if not isinstance(value, bytes):
        return value
    text = (gzip.decompress(value) if value.startswith(b"\x1f\x8b") else value).decode("utf-8", "replace")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
