"""Why the gate decides as it does: every check in order, tried on a request that is only told."""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import UNSET

from ..api.validation import parse_json
from ..errors import ApiError, InvalidJson, InvalidPipelineKey
from ..pipelines import records
from . import admission, credentials, gate
from .admission import Incoming, Proof
from .schemas import AllowlistVerdict, CheckOutcome, Explanation, ToldRequest
from .signature import signature_of


def allowlist(org_id: str, pipeline_id: str, origin: str) -> AllowlistVerdict:
    """Whether pages of an origin may send to a pipeline, and by which entry of its allowlist.

    Raises PipelineNotFound.
    """
    return verdict(records.load(org_id, pipeline_id).domain_allowlist, origin)


def verdict(entries: list[str], origin: str) -> AllowlistVerdict:
    """The same for an allowlist that was read."""
    address = origin if "://" in origin or origin == "null" else f"https://{origin}"
    page = gate.host_of(gate.Claims(address, None))
    entry = next((entry for entry in entries if page and gate.matches(entry, page)), None)
    return AllowlistVerdict(
        allowed=not entries or entry is not None,
        host=page,
        matched=entry,
        message=_said(entries, page, entry),
    )


def _said(entries: list[str], page: str | None, entry: str | None) -> str:
    if not entries:
        return "The allowlist is empty: every page may send."
    if page is None:
        return "This is not the origin of a page: such a one has the scheme http or https and a host name."
    if entry:
        return f"{page} matches the entry {entry}."
    wild = next((each for each in entries if each == f"*.{page}"), None)
    hint = f" {wild} is any subdomain, but not {page} itself." if wild else ""
    return f"{page} matches none of the {len(entries)} entries.{hint}"


def explain(org_id: str, pipeline_id: str, told: ToldRequest) -> Explanation:
    """What the gate would say to a request, and which check decides. The rate limit is not touched.

    Raises PipelineNotFound.
    """
    records.load(org_id, pipeline_id)
    headers = {name.lower(): value for name, value in told.headers.items()}
    incoming = _incoming(told.body, headers)
    key, secret, found = _sender(headers, told.query, incoming, pipeline_id)
    outcomes = [CheckOutcome(check="key_known", outcome="passed" if not found else "refused", rule=KEY_KNOWN)]
    refusal: type[ApiError] | None = found
    pipeline = admission.pipeline_of(key or records.key_of(pipeline_id))
    rules = admission.rules_of(pipeline, signature_required=told.path.rstrip("/") == "/v1/events")
    claims = admission.claims_of(headers, incoming, Proof(pipeline, secret, incoming.signature), lambda: True)
    for check in gate.CHECKS:
        if refusal:
            outcomes.append(_outcome(check, "not_reached"))
            continue
        refusal = check(rules, claims)
        outcomes.append(_outcome(check, "refused" if refusal else "passed"))
    return Explanation(
        allowed=refusal is None,
        status=refusal.status if refusal else 200,
        code=refusal.code() if refusal else UNSET,
        message=refusal().message if refusal else "Every check lets this request pass.",
        checks=outcomes,
    )


KEY_KNOWN = "The request has the key of a pipeline: of this one."


def _sender(
    headers: Mapping[str, str], query: Mapping[str, str], incoming: Incoming, pipeline_id: str
) -> tuple[str, str, type[ApiError] | None]:
    try:
        given = credentials.credentials_of(headers, query, incoming.sent)
    except InvalidPipelineKey:
        return "", "", InvalidPipelineKey
    wrong = None if given.key == records.key_of(pipeline_id) else InvalidPipelineKey
    return "" if wrong else given.key, given.secret, wrong


def _incoming(text: str, headers: Mapping[str, str]) -> Incoming:
    """A body that is no JSON object has no key and no token either; what is wrong with it comes after the gate."""
    try:
        sent: Any = parse_json(text.encode())
    except InvalidJson:
        sent = None
    return Incoming(sent if isinstance(sent, dict) else {}, signature_of(headers, text.encode()))


def _outcome(check: Callable[..., Any], outcome: Any) -> CheckOutcome:
    return CheckOutcome(check=check.__name__, outcome=outcome, rule=" ".join((check.__doc__ or "").split()))
