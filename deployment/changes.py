"""A change set: what would become of a stack, looked at before it happens."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .failure import DeploymentFailed
from .kept import kept
from .stack import Stack
from .waiting import Clock

CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
NOTHING = ("didn't contain changes", "No updates are to be performed")
LONGEST_SECONDS = 600.0
PAUSE_SECONDS = 1.0
NAMED = 8  # so many resources are named, of more it is said how many of each kind
# How CloudFormation calls the kinds of resources, and people; others are called by the last part of their type.
KINDS = {
    "AWS::DynamoDB::Table": "table",
    "AWS::S3::Bucket": "bucket",
    "AWS::S3::BucketPolicy": "bucket policy",
    "AWS::SQS::Queue": "queue",
    "AWS::KMS::Key": "key",
    "AWS::KMS::Alias": "key alias",
    "AWS::SecretsManager::Secret": "secret",
    "AWS::Lambda::Function": "function",
    "AWS::Lambda::Permission": "permission",
    "AWS::Lambda::EventSourceMapping": "trigger",
    "AWS::Events::Rule": "schedule",
    "AWS::IAM::Role": "role",
    "AWS::Logs::LogGroup": "log group",
    "AWS::CloudWatch::Alarm": "alarm",
    "AWS::CloudFront::Distribution": "CDN distribution",
    "AWS::ApiGateway::RestApi": "API",
    "AWS::ApiGatewayV2::Api": "API",
    "AWS::ApiGateway::Stage": "API stage",
    "AWS::ApiGatewayV2::Stage": "API stage",
    "AWS::Lambda::Alias": "function alias",
    "AWS::Lambda::Version": "function version",
    "AWS::CloudWatch::Dashboard": "dashboard",
    "AWS::Logs::QueryDefinition": "saved query",
    "AWS::SNS::Topic": "topic",
    "AWS::SNS::TopicPolicy": "topic policy",
    "AWS::SNS::Subscription": "subscription",
}
ORDER = list(dict.fromkeys(KINDS.values()))  # what keeps data comes first


@dataclass(frozen=True, slots=True)
class Change:
    """What would happen to one resource: `action` is Add, Modify, Remove, … and `replacement` True, False,
    Conditional or empty, in CloudFormation's words."""

    action: str
    name: str
    type: str
    replacement: str = ""
    physical_id: str = ""
    properties: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """What people call it."""
        return KINDS.get(self.type, self.type.rpartition("::")[2])


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """A change set that can be executed."""

    id: str
    stack_id: str
    changes: tuple[Change, ...]


def make(
    stack: Stack, clock: Clock, *, name: str, exists: bool, url: str, parameters: Sequence[Mapping[str, Any]]
) -> ChangeSet | None:
    """A change set for the template at `url`; None when nothing would change. Raises DeploymentFailed."""
    cloudformation = stack.cloudformation
    made = cloudformation.create_change_set(
        StackName=stack.name,
        ChangeSetName=name,
        ChangeSetType="UPDATE" if exists else "CREATE",
        TemplateURL=url,
        Parameters=list(parameters),
        Capabilities=CAPABILITIES,
    )

    def ended() -> dict[str, Any] | None:
        found: dict[str, Any] = cloudformation.describe_change_set(StackName=stack.name, ChangeSetName=made["Id"])
        return None if found["Status"].endswith(("_PENDING", "_IN_PROGRESS")) else found

    found = clock.until(ended, LONGEST_SECONDS, PAUSE_SECONDS)
    if found is None:
        raise DeploymentFailed(f"CloudFormation did not work out the changes in {LONGEST_SECONDS:.0f} s; deploy again")
    if found["Status"] == "FAILED":
        cloudformation.delete_change_set(StackName=stack.name, ChangeSetName=made["Id"])
        reason = found.get("StatusReason", "")
        if exists and any(each in reason for each in NOTHING):
            return None
        raise DeploymentFailed(f"CloudFormation does not take the template: {reason}")
    return ChangeSet(made["Id"], made["StackId"], tuple(_changes(stack, made["Id"])))


def _changes(stack: Stack, change_set_id: str) -> list[Change]:
    paginator = stack.cloudformation.get_paginator("describe_change_set")
    pages = paginator.paginate(StackName=stack.name, ChangeSetName=change_set_id)
    return [
        _change(each["ResourceChange"])
        for page in pages
        for each in page.get("Changes", [])
        if "ResourceChange" in each
    ]


def _change(found: Mapping[str, Any]) -> Change:
    targets = [detail["Target"] for detail in found.get("Details", []) if "Target" in detail]
    return Change(
        found["Action"],
        found["LogicalResourceId"],
        found["ResourceType"],
        found.get("Replacement", ""),
        found.get("PhysicalResourceId", ""),
        tuple(sorted({each["Name"] for each in targets if each.get("Name")})),
    )


def refuse_loss(changes: Sequence[Change], present: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    """Whether everything that keeps data stays as it is. `present` is the template that is deployed, `wanted` the one
    that is to be.

    Raises DeploymentFailed that names what would be lost.
    """
    keeping = kept(dict(present))
    for change in changes:
        if change.name in keeping and _loses(change, keeping[change.name], wanted.get("Resources", {})):
            how = "remove" if change.action == "Remove" else "replace"
            cause = f" (its {', '.join(change.properties)} would change)" if change.properties else ""
            raise DeploymentFailed(
                f"This would {how} the {change.kind} {change.physical_id or change.name}{cause}, and with it what it "
                f"keeps; nothing was changed. Deploy the release that was deployed before: in this one {change.name} "
                "must be as it is there"
            )


def _loses(change: Change, present: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    if change.action in ("Add", "Import"):
        return False
    if change.action != "Modify":
        return True
    if change.replacement == "Conditional" and change.name in wanted:
        return not _only_gets_an_index(change, present, wanted[change.name])
    return change.replacement != "False"


def _only_gets_an_index(change: Change, present: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """A table's `AttributeDefinitions` replace it only when an attribute that is there already changes; a new index
    brings new ones. Source: AWS CloudFormation, AWS::DynamoDB::Table."""
    if change.type != "AWS::DynamoDB::Table":
        return False
    before, after = present["Properties"], wanted["Properties"]
    same = all(before.get(name) == after.get(name) for name in ("TableName", "KeySchema", "LocalSecondaryIndexes"))
    return same and all(each in after["AttributeDefinitions"] for each in before["AttributeDefinitions"])


def summary(changes: Sequence[Change]) -> list[str]:
    """A few lines that tell what will change."""
    lines = []
    for title, found in (
        ("new", [each for each in changes if each.action in ("Add", "Import")]),
        ("changed", [each for each in changes if each.action not in ("Add", "Import", "Remove")]),
        ("removed", [each for each in changes if each.action == "Remove"]),
    ):
        if found:
            lines.append(f"  {title + ':':<9}{_listed(found)}")
    return lines


def _listed(changes: Sequence[Change]) -> str:
    if len(changes) <= NAMED:
        return ", ".join(f"{each.name} ({each.kind})" for each in changes)
    counted = Counter(each.kind for each in changes)
    kinds = sorted(counted, key=lambda kind: (ORDER.index(kind) if kind in ORDER else len(ORDER), kind))
    return ", ".join(f"{counted[kind]} {kind if counted[kind] == 1 else plural(kind)}" for kind in kinds)


def plural(kind: str) -> str:
    """`queue` → `queues`, `bucket policy` → `bucket policies`."""
    if kind.endswith("y") and not kind.endswith("ey"):
        return kind[:-1] + "ies"
    return kind + ("es" if kind.endswith(("s", "x", "ch")) else "s")
