"""Secrets at rest: encrypted by KMS, bound to what they belong to by the encryption context."""

import base64
import json
from functools import lru_cache

from . import aws
from .settings import settings


def encrypt(secret: str, context: dict[str, str]) -> str:
    """The ciphertext of `secret` in base64; `context` must be given again to decrypt it."""
    answer = aws.client("kms").encrypt(
        KeyId=settings().kms_key_id, Plaintext=secret.encode(), EncryptionContext=context
    )
    return base64.b64encode(answer["CiphertextBlob"]).decode("ascii")


def decrypt(ciphertext: str, context: dict[str, str]) -> str:
    """The secret again; kept in memory by its ciphertext, so that KMS is asked once per process."""
    return _decrypt(ciphertext, json.dumps(context, sort_keys=True))


@lru_cache(maxsize=1024)
def _decrypt(ciphertext: str, context: str) -> str:
    answer = aws.client("kms").decrypt(
        CiphertextBlob=base64.b64decode(ciphertext), EncryptionContext=json.loads(context)
    )
    secret: bytes = answer["Plaintext"]
    return secret.decode()
