"""What is stored of answers that may be asked for again."""

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute

from ..store import Expiring, named


class IdempotencyRecord(Expiring):
    """The first answer to a request with an Idempotency-Key. A secret in it is stored encrypted."""

    class Meta:
        table_name = named("idempotency")
        billing_mode = "PAY_PER_REQUEST"

    key = UnicodeAttribute(hash_key=True)
    fingerprint = UnicodeAttribute()  # of method, path and body
    status = NumberAttribute()
    headers = JSONAttribute()
    answer = UnicodeAttribute()  # JSON, without its secret
    secret = UnicodeAttribute(null=True)  # the fields left out of it: JSON encrypted by KMS, base64
