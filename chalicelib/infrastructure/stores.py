"""Where built collectors and archived events lie, and the keys: that secrets are encrypted with, and that tokens are
signed with."""

from typing import Any

PREVIOUS_VERSIONS_KEPT_DAYS = 30
SIGNING_KEY_CHARACTERS = 64


def stores(prefix: str) -> dict[str, Any]:
    """The buckets and the keys; names start with `prefix`."""
    return {
        # Versions, so that a build that broke a customer's page, or an event that was overwritten, can be had again.
        "CollectorBucket": _bucket(f"{prefix}collectors"),
        "EventsBucket": _bucket(f"{prefix}events"),
        "EventsBucketPolicy": bucket_policy("EventsBucket", []),
        "SecretsKey": _key(f"{prefix}secrets"),
        "SecretsKeyAlias": {
            "Type": "AWS::KMS::Alias",
            "Properties": {"AliasName": f"alias/{prefix}secrets", "TargetKeyId": {"Ref": "SecretsKey"}},
        },
        "SigningKey": _signing_key(f"{prefix}signing-key"),
    }


def _bucket(name: str) -> dict[str, Any]:
    return {
        "Type": "AWS::S3::Bucket",
        "DeletionPolicy": "RetainExceptOnCreate",
        "UpdateReplacePolicy": "Retain",
        "Properties": {
            # Bucket names are unique in the world, hence the account.
            "BucketName": {"Fn::Sub": f"{name}-${{AWS::AccountId}}"},
            "BucketEncryption": {
                "ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
            },
            "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
            "PublicAccessBlockConfiguration": {
                "BlockPublicAcls": True,
                "BlockPublicPolicy": True,
                "IgnorePublicAcls": True,
                "RestrictPublicBuckets": True,
            },
            "VersioningConfiguration": {"Status": "Enabled"},
            "LifecycleConfiguration": {
                "Rules": [
                    {
                        "Id": "forget-previous-versions",
                        "Status": "Enabled",
                        "NoncurrentVersionExpiration": {"NoncurrentDays": PREVIOUS_VERSIONS_KEPT_DAYS},
                        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
                    }
                ]
            },
        },
    }


def bucket_policy(bucket: str, allowed: list[dict[str, Any]]) -> dict[str, Any]:
    """The policy of a bucket: what is `allowed` to services, and nothing without TLS."""
    clear = {
        "Sid": "NothingTravelsInTheClear",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [{"Fn::GetAtt": [bucket, "Arn"]}, {"Fn::Sub": f"${{{bucket}.Arn}}/*"}],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return {
        "Type": "AWS::S3::BucketPolicy",
        "Properties": {
            "Bucket": {"Ref": bucket},
            "PolicyDocument": {"Version": "2012-10-17", "Statement": [*allowed, clear]},
        },
    }


def _signing_key(name: str) -> dict[str, Any]:
    """Made by AWS, known to nobody, and changed without a deployment."""
    return {
        "Type": "AWS::SecretsManager::Secret",
        "DeletionPolicy": "RetainExceptOnCreate",
        "UpdateReplacePolicy": "Retain",
        "Properties": {
            "Name": name,
            "Description": "The key that access tokens and forms are signed with (HS256)",
            "GenerateSecretString": {"PasswordLength": SIGNING_KEY_CHARACTERS, "ExcludePunctuation": True},
        },
    }


def _key(name: str) -> dict[str, Any]:
    return {
        "Type": "AWS::KMS::Key",
        "DeletionPolicy": "RetainExceptOnCreate",  # without the key every pipeline's secret is lost
        "UpdateReplacePolicy": "Retain",
        "Properties": {
            "Description": f"{name}: pipeline key secrets and the secrets in remembered answers",
            "EnableKeyRotation": True,
            "KeyPolicy": {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Sid": "PermissionsAreGivenByIam",
                        "Effect": "Allow",
                        "Principal": {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}},
                        "Action": "kms:*",
                        "Resource": "*",
                    }
                ],
            },
        },
    }
