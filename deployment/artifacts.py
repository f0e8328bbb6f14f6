"""What CloudFormation is given: the zip and the template, in a private bucket of the stage, under names made of their
content, so that deploying the same again changes nothing. They stay: to go back after an update that failed,
CloudFormation reads what was deployed before."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from .account import Account
from .failure import DeploymentFailed
from .stage import artifacts_bucket, description

HASH_CHARACTERS = 16
BUNDLE = "./deployment.zip"  # how Chalice's template names the zip
PRIVATE = {
    "BlockPublicAcls": True,
    "BlockPublicPolicy": True,
    "IgnorePublicAcls": True,
    "RestrictPublicBuckets": True,
}


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A template that CloudFormation can read, and where."""

    url: str
    template: dict[str, Any]


class Artifacts:
    """The bucket of a stage's zips and templates."""

    def __init__(self, account: Account, stage: str) -> None:
        self.name = artifacts_bucket(stage, account.id)
        self._account = account
        self._stage = stage
        self._s3 = account.client("s3")
        self._owned = {"Bucket": self.name, "ExpectedBucketOwner": account.id}

    def upload(self, package: Path) -> Uploaded:
        """Put the package of a folder where CloudFormation finds it.

        Raises DeploymentFailed when the folder has no package of the stage, or the bucket cannot be used.
        """
        template = self._template_of(package)
        self.ensure()
        bundle = self._put((package / "deployment.zip").read_bytes(), "zip")
        named = json.loads(json.dumps(template).replace(BUNDLE, f"s3://{self.name}/{bundle}"))
        return self.upload_template(named)

    def upload_template(self, template: dict[str, Any]) -> Uploaded:
        """Put a template where CloudFormation finds it."""
        text = json.dumps(template, separators=(",", ":"), sort_keys=True)
        key = self._put(text.encode(), "json")
        return Uploaded(f"{self._s3.meta.endpoint_url}/{self.name}/{key}", template)

    def _template_of(self, package: Path) -> dict[str, Any]:
        sam = package / "sam.json"
        if not sam.is_file() or not (package / "deployment.zip").is_file():
            raise DeploymentFailed(f"{package} has no package; make one with `python -m deployment.package`")
        template: dict[str, Any] = json.loads(sam.read_text())
        if template.get("Description") != description(self._stage):
            raise DeploymentFailed(
                f"The package in {package} is that of {template.get('Description')!r}, not of stage {self._stage}; "
                f"make one with `python -m deployment.package --stage {self._stage}`"
            )
        return template

    def ensure(self) -> None:
        """Make the bucket, unless it is there. Raises DeploymentFailed when it cannot be ours."""
        if not self.exists():
            where = {"CreateBucketConfiguration": {"LocationConstraint": self._account.region}}
            # The one region that S3 does not want to be told.
            self._s3.create_bucket(Bucket=self.name, **({} if self._account.region == "us-east-1" else where))
        # Each time: somebody may have been interrupted after the bucket was made.
        self._s3.put_public_access_block(**self._owned, PublicAccessBlockConfiguration=PRIVATE)
        sse = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}
        self._s3.put_bucket_encryption(**self._owned, ServerSideEncryptionConfiguration=sse)

    def exists(self) -> bool:
        """Whether the bucket is there, and ours. Raises DeploymentFailed when it is in another region or account."""
        try:
            found = self._s3.head_bucket(**self._owned)
        except ClientError as error:
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
            if status == 404:
                return False
            if status == 403:
                raise DeploymentFailed(
                    f"The bucket {self.name} belongs to another account, or the credentials may not s3:ListBucket it; "
                    "take another STAGE, or allow it"
                ) from error
            if status != 301:
                raise
            found = error.response["ResponseMetadata"]["HTTPHeaders"]
            found = {"BucketRegion": found.get("x-amz-bucket-region", "another region")}
        region = found.get("BucketRegion") or self._account.region
        if region != self._account.region:
            raise DeploymentFailed(
                f"Stage {self._stage} is in {region}, where its bucket {self.name} is: say REGION={region}, or take "
                f"another STAGE for {self._account.region}"
            )
        return True

    def _put(self, content: bytes, suffix: str) -> str:
        key = f"{hashlib.sha256(content).hexdigest()[:HASH_CHARACTERS]}.{suffix}"
        self._s3.put_object(**self._owned, Key=key, Body=content)
        return key
