"""What CloudFormation says of a resource that failed, and what to do about it."""

from dataclasses import dataclass
from typing import Any

from .refusals import forbidden, missing_action

CANCELLED = ("resource creation cancelled", "resource update cancelled", "resource deletion cancelled")
FAILED = "_FAILED"


@dataclass(frozen=True, slots=True)
class Fault:
    """The first resource that failed, and why."""

    name: str
    type: str
    reason: str

    def __str__(self) -> str:
        what = f"{self.name} ({self.type})"
        return f"{what}: {self.reason.rstrip('.')}. {advice(self.reason)}".rstrip()


def first_fault(events: list[dict[str, Any]]) -> Fault | None:
    """The fault that all others followed from. `events` are of one operation, the oldest first."""
    failed = [event for event in events if event["ResourceStatus"].endswith(FAILED)]
    for event in sorted(failed, key=_is_of_the_stack):
        reason = str(event.get("ResourceStatusReason", ""))
        if not reason.lower().startswith(CANCELLED):
            return Fault(event["LogicalResourceId"], event["ResourceType"], reason)
    return None


def _is_of_the_stack(event: dict[str, Any]) -> bool:
    return bool(event.get("PhysicalResourceId") == event["StackId"])


def advice(reason: str) -> str:
    """What to do next, where the reason is a known one; else nothing."""
    if action := missing_action(reason):
        return forbidden(action)
    words = reason.lower()
    for known, next_step in KNOWN:
        if any(each in words for each in known):
            return next_step
    return ""


KNOWN: tuple[tuple[tuple[str, ...], str], ...] = (
    (
        ("cnamealreadyexists", "cnames you provided are already associated"),
        "Another distribution has the domain, maybe of another account: take it away there, and deploy again",
    ),
    (
        ("denied by stack policy",),
        "It keeps data and is never replaced or removed: deploy the release that was deployed before",
    ),
    (
        ("ssl certificate doesn't exist", "invalidviewercertificate"),
        "CloudFront cannot use the certificate: look whether it is issued, in us-east-1 and for the domain",
    ),
    (
        ("already exists", "alreadyexists", "resourceinuse"),
        "Something else has that name: remove it, or choose another STAGE, then deploy again",
    ),
    (
        ("limitexceeded", "limit exceeded", "quota", "toomany"),
        "The account is at a limit: raise it at Service Quotas, then deploy again",
    ),
    (("throttl", "rate exceeded"), "AWS was asked too much at that moment: deploy again"),
    (("nosuchkey", "nosuchbucket"), "What was uploaded is not there any more: deploy again"),
)
