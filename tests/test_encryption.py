"""Secrets at rest are bound to what they belong to."""

import pytest
from botocore.exceptions import ClientError

from chalicelib import encryption
from chalicelib.pipelines.table import PipelineKey


def test_a_secret_comes_back_only_with_its_own_context(moto_aws):
    stored = encryption.encrypt("sk_secret", {"pipeline_id": "pip_1"})
    assert "sk_secret" not in stored
    assert encryption.decrypt(stored, {"pipeline_id": "pip_1"}) == "sk_secret"
    with pytest.raises(ClientError):
        encryption.decrypt(stored, {"pipeline_id": "pip_2"})


def test_kms_is_asked_once_for_a_secret(moto_aws, monkeypatch):
    from chalicelib import aws

    stored = encryption.encrypt("sk_secret", {"a": "b"})
    encryption.decrypt(stored, {"a": "b"})
    monkeypatch.setattr(aws.client("kms"), "decrypt", lambda **_: pytest.fail("asked again"))
    assert encryption.decrypt(stored, {"a": "b"}) == "sk_secret"


def test_a_pipelines_secret_is_not_stored_in_the_clear(owner):
    created = owner.a_pipeline()
    assert created["pipeline_key_secret"] not in str(PipelineKey.get(created["pipeline_key"]).serialize())
