"""The bucket of artifacts is ours, or it is not used."""

import json

import pytest

from deployment.artifacts import PRIVATE, Artifacts
from deployment.failure import DeploymentFailed

from .canned import ACCOUNT, REGION, canned

BUCKET = f"signal-prod-artifacts-{ACCOUNT}"
OWNED = {"Bucket": BUCKET, "ExpectedBucketOwner": ACCOUNT}


def test_a_bucket_that_is_missing_is_made_private_and_encrypted():
    with canned() as account:
        account.refuse("s3", "head_bucket", "404", "Not Found", 404)
        where = {"LocationConstraint": REGION}
        account.expect("s3", "create_bucket", Bucket=BUCKET, CreateBucketConfiguration=where)
        account.expect("s3", "put_public_access_block", **OWNED, PublicAccessBlockConfiguration=PRIVATE)
        sse = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}
        account.expect("s3", "put_bucket_encryption", **OWNED, ServerSideEncryptionConfiguration=sse)
        Artifacts(account, "prod").ensure()


@pytest.mark.parametrize(
    ("status", "headers", "words"),
    [
        pytest.param(403, {}, "belongs to another account, or the credentials may not s3:ListBucket it", id="not ours"),
        pytest.param(
            301,
            {"x-amz-bucket-region": "us-west-2"},
            "is in us-west-2, .* say REGION=us-west-2",
            id="elsewhere",
        ),
    ],
)
def test_a_bucket_that_cannot_be_used_is_named(status, headers, words):
    with canned() as account:
        account.refuse("s3", "head_bucket", str(status), "", status, **headers)
        with pytest.raises(DeploymentFailed, match=words):
            Artifacts(account, "prod").ensure()


def test_a_folder_without_a_package_is_refused(tmp_path):
    with canned() as account, pytest.raises(DeploymentFailed, match="has no package; make one with"):
        Artifacts(account, "prod").upload(tmp_path)


def test_the_package_of_another_stage_is_refused(tmp_path):
    (tmp_path / "sam.json").write_text(json.dumps({"Description": "Datafly Signal, dev"}))
    (tmp_path / "deployment.zip").touch()
    with canned() as account, pytest.raises(DeploymentFailed, match="'Datafly Signal, dev', not of stage prod"):
        Artifacts(account, "prod").upload(tmp_path)
