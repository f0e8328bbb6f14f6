"""Idempotency-Key: the same request again within 24 hours gets the first answer again.

The record is written in the same transaction as the work, so there is never one without the other. After Stripe's
`Idempotency-Key` and draft-ietf-httpapi-idempotency-key-header.
"""

import hashlib
import re
from dataclasses import dataclass
from typing import Any

import msgspec
from chalice.app import Request
from pynamodb.transactions import TransactWrite

from .. import clock, encryption, store
from ..auth import Caller
from ..errors import IdempotencyKeyReused, ValidationFailed
from .table import IdempotencyRecord

KEPT_SECONDS = 24 * 3600
KEY = re.compile(r"[\x21-\x7e]{1,255}")
RECORD = "idempotency record"  # the name of the record's write in a transaction


class AnsweredMeanwhile(Exception):
    """The same request was answered while this one was being worked on; nothing of this one was done."""


@dataclass(frozen=True, slots=True)
class Replay:
    """A first answer, to be given again."""

    status: int
    headers: dict[str, str]
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Once:
    """One request that is to have its effect once."""

    key: str
    fingerprint: str

    def replay(self) -> Replay | None:
        """The first answer, or None when there is none yet.

        Raises IdempotencyKeyReused.
        """
        try:
            record = IdempotencyRecord.get(self.key, consistent_read=True)
        except IdempotencyRecord.DoesNotExist:
            return None
        if record.expires_at.timestamp() <= clock.timestamp():
            return None
        if record.fingerprint != self.fingerprint:
            raise IdempotencyKeyReused
        body = msgspec.json.decode(record.answer)
        if record.secret:
            body |= msgspec.json.decode(encryption.decrypt(record.secret, self._context))
        return Replay(int(record.status), record.headers | {"Idempotent-Replayed": "true"}, body)

    def remember(self, status: int, headers: dict[str, str], body: Any, secret: str | None = None) -> store.Write:
        """The write that keeps an answer, for the transaction that does the work. `secret` names the field of the
        answer that must not be stored in the clear."""
        public = msgspec.to_builtins(body)
        hidden = {secret: public[secret]} if secret else None
        if secret:
            public[secret] = None  # keeps its place
        record = IdempotencyRecord(
            key=self.key,
            fingerprint=self.fingerprint,
            status=status,
            headers=headers,
            answer=msgspec.json.encode(public).decode(),
            secret=encryption.encrypt(msgspec.json.encode(hidden).decode(), self._context) if hidden else None,
            expiry_shard=store.expiry_shard(),
            expires_at=clock.after(KEPT_SECONDS),
        )
        free = IdempotencyRecord.key.does_not_exist() | (IdempotencyRecord.expires_at <= clock.now())

        def write(transaction: TransactWrite) -> None:
            transaction.save(record, condition=free)

        return write

    @property
    def _context(self) -> dict[str, str]:
        return {"idempotency_key": self.key}


def begin(request: Request, caller: Caller) -> Once | None:
    """What makes this request happen once, or None when the caller sent no Idempotency-Key.

    Raises ValidationFailed.
    """
    key = request.headers.get("idempotency-key")
    if key is None:
        return None
    if not KEY.fullmatch(key):
        message = "must be 1 to 255 visible ASCII characters"
        raise ValidationFailed([{"field": "Idempotency-Key", "message": message}])
    path = request.context.get("path") or request.path
    work = b"\n".join([request.method.encode(), path.encode(), bytes(request.raw_body)])
    scope = f"{caller.org_id}#{caller.user_id}#{key}"
    return Once(scope, hashlib.sha256(work).hexdigest())


def transact(once: Once | None, writes: dict[str, store.Write], record: store.Write | None) -> None:
    """`store.transact` together with the record of the answer.

    Raises AnsweredMeanwhile, store.ConditionFailed.
    """
    if once is None or record is None:
        return store.transact(writes)
    try:
        store.transact({RECORD: record} | writes)
    except store.ConditionFailed as failed:
        if RECORD in failed.items:
            raise AnsweredMeanwhile from failed
        raise
