"""Removing for good what keeps data: by type, and whether or not a stack still knows of it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from .account import Account
from .failure import DeploymentFailed
from .waiting import Clock

KEY_WAITS_DAYS = 7  # the shortest time that KMS allows between asking and deleting
GONE_SECONDS = 300.0
PAUSE_SECONDS = 1.0
GONE = {
    *("ResourceNotFoundException", "NotFoundException", "NoSuchBucket", "404"),
    *("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"),
}


@dataclass(frozen=True, slots=True, order=True)
class Named:
    """A resource at AWS: its type, and the name or id by which AWS knows it."""

    type: str
    name: str


NAMES = {
    "AWS::DynamoDB::Table": "TableName",
    "AWS::S3::Bucket": "BucketName",
    "AWS::SQS::Queue": "QueueName",
    "AWS::SecretsManager::Secret": "Name",
}


def named(resources: Mapping[str, Any], account: Account) -> dict[str, Named]:
    """Those of a template's resources that have a name of their own, by logical id."""
    found = {}
    for logical_id, resource in resources.items():
        given = resource.get("Properties", {}).get(NAMES.get(resource["Type"], ""))
        text = given.get("Fn::Sub") if isinstance(given, dict) else given
        if isinstance(text, str):
            text = text.replace("${AWS::AccountId}", account.id).replace("${AWS::Region}", account.region)
            if "${" not in text:
                found[logical_id] = Named(resource["Type"], text)
    return found


class Removal:
    """Looks for resources and removes them."""

    def __init__(self, account: Account, clock: Clock) -> None:
        self._account = account
        self._clock = clock

    def present(self, wanted: Iterable[Named]) -> list[Named]:
        """Those that are there."""
        return sorted(each for each in wanted if self._is_there(each))

    def owner(self, one: Named) -> str | None:
        """The stack that has the resource; None when no stack has it any more."""
        cloudformation = self._account.client("cloudformation")
        physical_id = self._queue_url(one.name) if one.type == "AWS::SQS::Queue" else one.name
        try:
            found = cloudformation.describe_stack_resources(PhysicalResourceId=physical_id)["StackResources"]
            stack = cloudformation.describe_stacks(StackName=found[0]["StackId"])["Stacks"][0]
        except ClientError as error:
            if "does not exist" in str(error):
                return None
            raise
        # CloudFormation remembers for ninety days what a deleted stack had.
        return None if stack["StackStatus"] == "DELETE_COMPLETE" else str(stack["StackName"])

    def remove(self, resources: Iterable[Named]) -> None:
        """Delete them with all that is in them; those that are gone already are no mistake.

        Raises DeploymentFailed for a type that is not known here, before anything is deleted.
        """
        wanted = sorted(set(resources))
        if unknown := [each for each in wanted if each.type not in self._ways()]:
            raise DeploymentFailed(
                f"{unknown[0].name} is of the type {unknown[0].type}, which has to be removed by hand"
            )
        for each in wanted:
            try:
                self._ways()[each.type](each.name)
            except ClientError as error:
                if error.response["Error"]["Code"] not in GONE:
                    raise
        for each in wanted:
            if each.type == "AWS::DynamoDB::Table":
                self._clock.until(lambda table=each: not self._is_there(table), GONE_SECONDS, PAUSE_SECONDS)  # type: ignore[misc]

    def _ways(self) -> dict[str, Callable[[str], None]]:
        return {
            "AWS::DynamoDB::Table": self._table,
            "AWS::S3::Bucket": self._bucket,
            "AWS::SQS::Queue": self._queue,
            "AWS::KMS::Key": self._key,
            "AWS::KMS::Alias": self._alias,
            "AWS::SecretsManager::Secret": self._secret,
        }

    def _is_there(self, one: Named) -> bool:
        ask: dict[str, Callable[[], Any]] = {
            "AWS::DynamoDB::Table": lambda: self._account.client("dynamodb").describe_table(TableName=one.name),
            "AWS::S3::Bucket": lambda: self._account.client("s3").head_bucket(
                Bucket=one.name, ExpectedBucketOwner=self._account.id
            ),
            "AWS::SQS::Queue": lambda: self._queue_url(one.name),
            "AWS::SecretsManager::Secret": lambda: self._account.client("secretsmanager").describe_secret(
                SecretId=one.name
            ),
        }
        try:
            ask[one.type]()
        except ClientError as error:
            if error.response["Error"]["Code"] in GONE:
                return False
            raise
        return True

    def _table(self, name: str) -> None:
        dynamodb = self._account.client("dynamodb")
        if dynamodb.describe_table(TableName=name)["Table"].get("DeletionProtectionEnabled"):
            dynamodb.update_table(TableName=name, DeletionProtectionEnabled=False)
        dynamodb.delete_table(TableName=name)

    def _bucket(self, name: str) -> None:
        s3 = self._account.client("s3")
        owned = {"Bucket": name, "ExpectedBucketOwner": self._account.id}
        for page in s3.get_paginator("list_object_versions").paginate(**owned):
            versions = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
            if versions:
                listed = [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in versions]
                done = s3.delete_objects(**owned, Delete={"Objects": listed, "Quiet": True})
                if errors := done.get("Errors"):
                    raise DeploymentFailed(
                        f"{errors[0]['Key']} in the bucket {name} cannot be deleted: {errors[0]['Message']}; remove "
                        "what holds it, then run the same command again"
                    )
        s3.delete_bucket(**owned)

    def _queue(self, name: str) -> None:
        self._account.client("sqs").delete_queue(QueueUrl=self._queue_url(name))

    def _queue_url(self, name: str) -> str:
        # A stack knows a queue by its address.
        return str(self._account.client("sqs").get_queue_url(QueueName=name.rpartition("/")[2])["QueueUrl"])

    def _key(self, key_id: str) -> None:
        kms = self._account.client("kms")
        if kms.describe_key(KeyId=key_id)["KeyMetadata"]["KeyState"] != "PendingDeletion":
            kms.schedule_key_deletion(KeyId=key_id, PendingWindowInDays=KEY_WAITS_DAYS)

    def _alias(self, name: str) -> None:
        self._account.client("kms").delete_alias(AliasName=name)

    def _secret(self, name: str) -> None:
        # Without the week in which it could be had again, for so long its name would be taken.
        self._account.client("secretsmanager").delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
