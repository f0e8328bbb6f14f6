"""Stages for tests of taking one to another, in this process: what one has is put away, and an empty one comes."""

import argparse
import base64
import os
from functools import lru_cache

import boto3
from moto.core.base_backend import BackendDict
from moto.kms.models import kms_backends

from chalicelib import aws
from deployment.account import Account
from operations.place import Place
from operations.taking_elsewhere import export_stage, import_stage

from ..conftest import forget_what_was_read

PASSPHRASE = "a passphrase of nine words or so"


@lru_cache(maxsize=1)
def _place():
    """The one place of all tests: its clients take long to make."""
    return Place(Account(boto3.Session(), "123456789012", "us-east-1"), "test")


class Stages:
    """The stage that a test is in, with the commands on it, and others to go to."""

    def __init__(self, pristine, folder):
        self.file = folder / "stage.signal"
        self._pristine = pristine
        self._left = []

    @property
    def dynamodb(self):
        """The client that the commands use."""
        return _place().client("dynamodb")

    def export(self, **asked):
        """Export it, in place of what was exported before; the file."""
        self.file.unlink(missing_ok=True)
        export_stage.run(_place(), argparse.Namespace(**{"file": str(self.file), "audit": ""} | asked))
        return self.file

    def take_in(self, **asked):
        """Import the file into it."""
        given = {"file": str(self.file), "different": "", "removed": "", "newer": "", "dry_run": "", "confirm": "test"}
        import_stage.run(_place(), argparse.Namespace(**given | asked))

    def mirror(self):
        """Import the file as every night."""
        self.take_in(different="1", removed="1")

    def go_to_another(self):
        """Leave the stage, to an empty one in a region with another key."""
        self._left.append(_put_away())
        self._pristine.put_back()
        forget_what_was_read()
        keys = kms_backends["123456789012"]["us-east-1"].keys
        (before,) = keys
        made = aws.client("kms").create_key()["KeyMetadata"]["KeyId"]
        aws.client("kms").update_alias(AliasName=os.environ["KMS_KEY_ID"], TargetKeyId=made)
        del keys[before]

    def go_back(self):
        """Leave the stage, to the one before."""
        there = self._left.pop()
        self._left.append(_put_away())
        for backends, accounts in there:
            backends.update(accounts)
            BackendDict._instances.append(backends)
        forget_what_was_read()

    @property
    def key(self):
        """The key of the stage, as its ciphertexts name it."""
        (key,) = kms_backends["123456789012"]["us-east-1"].keys
        return base64.b64encode(key.encode()).decode().rstrip("=")[:-1]


def _put_away():
    """All that moto holds, which then holds nothing. It is not copied: what is in a bucket cannot be."""
    held = [(backends, dict(backends)) for backends in BackendDict._instances]
    for backends, _ in held:
        backends.clear()
    BackendDict._instances.clear()
    return held
